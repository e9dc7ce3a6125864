package dictionary

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/codec"
	"trawl/index/embedded/internal/disk"
	"trawl/index/embedded/internal/store"
)

// The file "state" in the dictionary's directory:
//
//	uint32   CRC-32C of what follows, little-endian
//	uvarint  version             2; 1 had no missed, files and unread
//	uvarint  seq                 the dictionary covers the store up to this number
//	uvarint  missed              and those up to this one that the store had forgotten
//	uvarint  kept                1 if there is a dictionary, else 0
//	uvarint  sample              number of hashes
//	[sample]
//	  uvarint  hash              minus the one before
//	uvarint  volumes
//	[volumes]
//	  uvarint  number            names its directory
//	  uvarint  files             "names", then the segments in their order
//	  [files]
//	    uvarint  length
//	    uint32   checksum        of its table or, of a segment, that at its end; little-endian
//	uvarint  unread              number of blocks that could not be read
//	[unread]
//	  uvarint  block             its number, minus the one before
//	until the end
//	  uvarint  dead              number of a dead block, minus the one before
const (
	stateFile    = "state"
	stateVersion = 2
)

var (
	errState     = errors.New("its state is damaged, or of another version")
	errOtherFile = errors.New("one of its files is another one than its state names")
)

// files is the directory of a dictionary.
type files struct {
	dir  string
	last uint64 // the largest number given to a volume
}

// path returns the directory of a volume.
func (f *files) path(number uint64) string {
	return filepath.Join(f.dir, strconv.FormatUint(number, 10))
}

// encode returns the content of the state file.
func (s *State) encode() []byte {
	p := binary.AppendUvarint(nil, stateVersion)
	p = binary.AppendUvarint(binary.AppendUvarint(p, s.seq), s.missed)
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
		p = binary.AppendUvarint(binary.AppendUvarint(p, part.number), uint64(len(part.seals)))
		for _, file := range part.seals {
			p = binary.LittleEndian.AppendUint32(binary.AppendUvarint(p, file.length), file.sum)
		}
	}
	p = appendIDs(binary.AppendUvarint(p, uint64(len(s.unread))), s.unread)
	p = appendIDs(p, s.dead)
	return append(binary.LittleEndian.AppendUint32(nil, codec.Checksum(p)), p...)
}

// appendIDs appends ascending numbers of blocks, each minus the one before.
func appendIDs(p []byte, ids []block.ID) []byte {
	last := block.ID(0)
	for _, id := range ids {
		p = binary.AppendUvarint(p, uint64(id-last))
		last = id
	}
	return p
}

// save replaces the state file.
func (f *files) save(s *State) error {
	err := disk.MakeDir(f.dir)
	if err == nil {
		err = disk.ReplaceFile(filepath.Join(f.dir, stateFile), func(out *bufio.Writer) error {
			_, err := out.Write(s.encode())
			return err
		})
	}
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
	s.seq, s.missed, s.kept = p.Uvarint(), p.Uvarint(), p.Uvarint() == 1
	hash := uint32(0)
	for range p.Count() {
		hash += uint32(p.Uvarint())
		s.sample = append(s.sample, hash)
	}
	for range p.Count() {
		if err := f.loadVolume(s, &p); err != nil {
			return s, err
		}
	}
	last := block.ID(0)
	for range p.Count() {
		last += block.ID(p.Uvarint())
		s.unread = append(s.unread, last)
	}
	last = 0
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

// loadVolume opens the next volume of a state file and adds it to the state. Its files must be those
// that the state was written with.
func (f *files) loadVolume(s *State, p *codec.Reader) error {
	number := p.Uvarint()
	f.last = max(f.last, number)
	seals := make([]seal, p.Count())
	for i := range seals {
		seals[i].length = p.Uvarint()
		if sum := p.Bytes(4); !p.Bad {
			seals[i].sum = binary.LittleEndian.Uint32(sum)
		}
	}
	if p.Bad {
		return errState
	}
	v, err := f.open(number)
	if err != nil {
		return err
	}
	s.parts = append(s.parts, part{volume: v})
	if !slices.Equal(v.seals, seals) {
		return v.damaged(errOtherFile)
	}
	return nil
}

// clean removes volumes that are not part of a state: a crash has left them. New ones get larger
// numbers, also if they cannot be removed.
func (f *files) clean(s *State) (left error) {
	volumes, err := os.ReadDir(f.dir)
	if err != nil {
		return err
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
		left = cmp.Or(left, os.RemoveAll(filepath.Join(f.dir, v.Name())))
	}
	return left
}
