package dictionary

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/codec"
	"trawl/index/embedded/internal/disk"
	"trawl/index/embedded/internal/store"
)

// The file "state" in the dictionary's directory:
//
//	uint32   CRC-32C of what follows, little-endian
//	uvarint  version             1
//	uvarint  seq                 the dictionary covers the store up to this number
//	uvarint  kept                1 if there is a dictionary, else 0
//	uvarint  sample              number of hashes
//	[sample]
//	  uvarint  hash              minus the one before
//	uvarint  volumes
//	[volumes]
//	  uvarint  number            names its directory
//	until the end
//	  uvarint  dead              number of a dead block, minus the one before
const (
	stateFile    = "state"
	stateVersion = 1
)

var errState = errors.New("its state is damaged, or of another version")

// files is the directory of a dictionary.
type files struct {
	dir  string
	last uint64 // the largest number given to a volume
}

// path returns the directory of a volume.
func (f *files) path(number uint64) string {
	return filepath.Join(f.dir, strconv.FormatUint(number, 10))
}

// save replaces the state file.
func (f *files) save(s *State) error {
	p := binary.AppendUvarint(nil, stateVersion)
	p = binary.AppendUvarint(p, s.seq)
	kept, hash := uint64(0), uint32(0)
	if s.kept {
		kept = 1
	}
	p = binary.AppendUvarint(binary.AppendUvarint(p, kept), uint64(len(s.sample)))
	for _, h := range s.sample {
		p = binary.AppendUvarint(p, uint64(h-hash))
		hash = h
	}
	p = binary.AppendUvarint(p, uint64(len(s.parts)))
	for _, part := range s.parts {
		p = binary.AppendUvarint(p, part.number)
	}
	last := block.ID(0)
	for _, id := range s.dead {
		p = binary.AppendUvarint(p, uint64(id-last))
		last = id
	}
	name := filepath.Join(f.dir, stateFile)
	err := disk.ReplaceFile(name, func(out *bufio.Writer) error {
		_, err := out.Write(append(binary.LittleEndian.AppendUint32(nil, codec.Checksum(p)), p...))
		return err
	})
	if err != nil {
		return fmt.Errorf("write the dictionary of repeated names: %w", store.Explain(err))
	}
	return nil
}

// load reads the state and opens its volumes. Without a state file it returns the zero
// State. With an error it returns a state of the volumes that are open, to be released.
func (f *files) load() (*State, error) {
	s := &State{}
	data, err := os.ReadFile(filepath.Join(f.dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if len(data) < 4 || codec.Checksum(data[4:]) != binary.LittleEndian.Uint32(data) {
		return s, errState
	}
	p := codec.Reader{Rest: data[4:]}
	if p.Uvarint() != stateVersion {
		return s, errState
	}
	s.seq, s.kept = p.Uvarint(), p.Uvarint() == 1
	hash := uint32(0)
	for range p.Count() {
		hash += uint32(p.Uvarint())
		s.sample = append(s.sample, hash)
	}
	for range p.Count() {
		number := p.Uvarint()
		f.last = max(f.last, number)
		v, err := f.open(number)
		if err != nil {
			return s, err
		}
		s.parts = append(s.parts, part{volume: v})
	}
	last := block.ID(0)
	for len(p.Rest) > 0 && !p.Bad {
		last += block.ID(p.Uvarint())
		s.dead = append(s.dead, last)
	}
	if p.Bad {
		return s, errState
	}
	s.markDead()
	return s, nil
}

// clean removes volumes that are not part of a state: a crash has left them.
func (f *files) clean(s *State) error {
	volumes, err := os.ReadDir(f.dir)
	if err != nil {
		return fmt.Errorf("open the dictionary of repeated names: %w", err)
	}
	keep := map[uint64]bool{}
	for _, p := range s.parts {
		keep[p.number] = true
	}
	for _, v := range volumes {
		number, err := strconv.ParseUint(v.Name(), 10, 64)
		if err != nil || keep[number] {
			continue
		}
		f.last = max(f.last, number)
		if err := os.RemoveAll(filepath.Join(f.dir, v.Name())); err != nil {
			return fmt.Errorf("open the dictionary of repeated names: %w", err)
		}
	}
	return nil
}
