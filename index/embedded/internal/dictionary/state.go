package dictionary

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/codec"
	"trawl/index/embedded/internal/store"
)

// The file state in the roll's directory:
//
//	uint32   CRC-32C of what follows, little-endian
//	uvarint  version             1
//	uvarint  seq                 the roll tells all of the store up to this number
//	uvarint  kept                1 if there is a roll, else 0
//	uvarint  sample              how many hashes
//	[sample]
//	  uvarint  hash              less the one before
//	uvarint  volumes
//	[volumes]
//	  uvarint  number            of its directory
//	until the end
//	  uvarint  dead              numbers of dead blocks, less that of the one before
const (
	stateFile    = "state"
	stateVersion = 1
)

var errState = errors.New("its state is damaged, or of another version")

// save writes a state in the place of the one before.
func (r *Dictionary) save(s *State) error {
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
	name := filepath.Join(r.dir, stateFile)
	f, err := os.OpenFile(name+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write the roll: %w", store.Explain(err))
	}
	if _, err = f.Write(append(binary.LittleEndian.AppendUint32(nil, codec.Checksum(p)), p...)); err == nil {
		err = f.Sync()
	}
	if err = cmp.Or(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err == nil {
		err = store.SyncDir(r.dir)
	}
	if err != nil {
		return fmt.Errorf("write the roll: %w", store.Explain(err))
	}
	return nil
}

// load reads the state and opens its volumes. There may be none.
func (r *Dictionary) load() error {
	r.state = &State{}
	data, err := os.ReadFile(filepath.Join(r.dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(data) < 4 || codec.Checksum(data[4:]) != binary.LittleEndian.Uint32(data) {
		return errState
	}
	p := codec.Reader{Rest: data[4:]}
	if p.Uvarint() != stateVersion {
		return errState
	}
	r.state.seq, r.state.kept = p.Uvarint(), p.Uvarint() == 1
	hash := uint32(0)
	for range p.Count() {
		hash += uint32(p.Uvarint())
		r.state.sample = append(r.state.sample, hash)
	}
	for range p.Count() {
		number := p.Uvarint()
		r.last = max(r.last, number)
		v, err := r.openVolume(number)
		if err != nil {
			return err
		}
		r.state.parts = append(r.state.parts, part{volume: v})
	}
	last := block.ID(0)
	for len(p.Rest) > 0 && !p.Bad {
		last += block.ID(p.Uvarint())
		r.state.dead = append(r.state.dead, last)
	}
	if p.Bad {
		return errState
	}
	r.state.bury()
	return nil
}

// clean removes what is not of the state: volumes that a kill left.
func (r *Dictionary) clean() error {
	files, err := os.ReadDir(r.dir)
	if err != nil {
		return fmt.Errorf("open the roll: %w", err)
	}
	keep := map[uint64]bool{}
	for _, p := range r.state.parts {
		keep[p.number] = true
	}
	for _, f := range files {
		number, err := strconv.ParseUint(f.Name(), 10, 64)
		if err != nil || keep[number] {
			continue
		}
		r.last = max(r.last, number)
		if err := os.RemoveAll(filepath.Join(r.dir, f.Name())); err != nil {
			return fmt.Errorf("open the roll: %w", err)
		}
	}
	return nil
}
