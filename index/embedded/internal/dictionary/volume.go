package dictionary

import (
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	bleveseg "github.com/blevesearch/scorch_segment_api/v2"
	"github.com/klauspost/compress/s2"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/codec"
	"trawl/index/embedded/internal/disk"
	"trawl/index/embedded/internal/segment"
)

// A volume is a directory of files. The file "names" holds names in the order of
// repeatedName.compare: by kind, extension, name and size, so that similar names are
// neighbours.
//
//	[n]     block of names: a block (package block) of some 64 names and no host, with the
//	        number of places, signed, in place of each time, and the postings of each name
//	        in place of the directories:
//	            uvarint  postings      doubled, plus 1 if some are removed
//	          [postings]
//	            uvarint  block         position in the table, minus the one before; if some
//	                                   are removed doubled, plus 1 if this one is
//	table, an S2 block
//	    uvarint  blocks                of the store
//	  [blocks]
//	    uvarint  number                minus the one before
//	    uvarint  host                  block.HostNo
//	    uvarint  depth                 as in the head of the block
//	    ~        taken                 likewise
//	    uvarint  n, size               blocks of names; the most names in each
//	    uvarint  names                 in all
//	  [n]
//	    uvarint  length                of a block of names
//	  [n]
//	    uint32   sum                   of a block of names (block.Sum), little-endian
//	footer   uint64 offset of the table, uint32 its CRC-32C, uint32 the version
//
// The numbers of the footer are little-endian. The files "grams0", "grams1" and so on are
// segments (package segment) with a document for each block of names: 16,384 documents in
// each segment but the last.
type volume struct {
	number uint64
	dir    string
	file   []byte             // "names", mapped into memory
	grams  []bleveseg.Segment // of gramsBlocks blocks of names each

	blocks []block.ID     // the blocks of the store that it covers, ascending
	facts  []block.Facts  // of each block
	hosts  []block.HostNo // of the blocks, each once
	starts []uint64       // the offsets of the blocks of names in file, and the end of the last one
	sums   []byte         // the sums of the blocks of names, 4 bytes each
	seals  []seal         // of "names", then of the segments
	size   int            // the most names in a block of names
	names  int            // in all

	users    atomic.Int32 // the present state, and searches
	obsolete atomic.Bool  // the last user removes the files
}

const (
	volumeVersion = 3 // 1 had no sums; 2 had trigrams of another fold, not of loose forms
	volumeFooter  = 16
	namesFile     = "names"

	// gramsBlocks is the largest number of blocks of names in a segment, so that some
	// 60 MiB suffice to make it.
	gramsBlocks = 1 << 14
)

// gramsFile returns the file of the segment that has a block of names.
func gramsFile(dir string, at int) string {
	return filepath.Join(dir, fmt.Sprintf("grams%d", at/gramsBlocks))
}

// open opens a volume for one user.
func (f *files) open(number uint64) (v *volume, err error) {
	v = &volume{number: number, dir: f.path(number)}
	v.users.Store(1)
	defer func() {
		if err != nil {
			v.release()
			v, err = nil, fmt.Errorf("open %s: %w", f.path(number), err)
		}
	}()
	defer Guarded(&err)()
	if v.file, err = mapFile(filepath.Join(v.dir, namesFile)); err != nil {
		return v, err
	}
	if err := v.readTable(); err != nil {
		return v, err
	}
	v.seals = append(v.seals, sealOfNames(v.file))
	for at := 0; at < v.len(); at += gramsBlocks {
		if err := v.openGrams(at); err != nil {
			return v, err
		}
	}
	return v, nil
}

// openGrams opens the segment that begins with a block of names. It reads all of it to verify its
// checksum.
func (v *volume) openGrams(at int) error {
	name := gramsFile(v.dir, at)
	s, err := (&segment.Plugin{}).Open(name)
	if err != nil {
		return err
	}
	v.grams = append(v.grams, s)
	if s.Count() != uint64(min(gramsBlocks, v.len()-at)) {
		return ErrDamaged
	}
	seal, err := sealOfGrams(name)
	v.seals = append(v.seals, seal)
	return err
}

// mapFile maps a file that does not change into memory.
func mapFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < volumeFooter {
		return nil, ErrDamaged
	}
	return disk.Map(f, info.Size())
}

// readTable reads the table at the end of the file.
func (v *volume) readTable() error {
	foot := v.file[len(v.file)-volumeFooter:]
	at := binary.LittleEndian.Uint64(foot)
	if binary.LittleEndian.Uint32(foot[12:]) != volumeVersion || at > uint64(len(v.file)-volumeFooter) {
		return ErrDamaged
	}
	packed := v.file[at : len(v.file)-volumeFooter]
	if codec.Checksum(packed) != binary.LittleEndian.Uint32(foot[8:]) {
		return ErrDamaged
	}
	table, err := s2.Decode(nil, packed)
	if err != nil {
		return ErrDamaged
	}
	r := codec.Reader{Rest: table}
	n := r.Count()
	v.blocks, v.facts = make([]block.ID, n), make([]block.Facts, n)
	last, hosts := block.ID(0), map[block.HostNo]bool{}
	for i := range v.blocks {
		last += block.ID(r.Uvarint())
		v.blocks[i], v.facts[i] = last, block.Facts{Host: block.HostNo(r.Uvarint()), Depth: uint16(r.Uvarint()), Taken: r.Varint()}
		hosts[v.facts[i].Host] = true
	}
	v.hosts = slices.Collect(maps.Keys(hosts))
	blocks := r.Count()
	v.size, v.names = r.Length(block.MaxPart), int(r.Uvarint())
	v.starts = make([]uint64, blocks+1)
	for i := range blocks {
		v.starts[i+1] = v.starts[i] + r.Uvarint()
	}
	v.sums = r.Bytes(4 * blocks)
	if r.Bad || len(r.Rest) > 0 || v.starts[blocks] != at || v.size == 0 || v.names > blocks*v.size {
		return ErrDamaged
	}
	return nil
}

// len returns the number of blocks of names.
func (v *volume) len() int { return len(v.starts) - 1 }

// data returns a block of names, which is to be read by decodeHead.
func (v *volume) data(i int) []byte { return v.file[v.starts[i]:v.starts[i+1]] }

// decodeHead reads the head of a block of names, and verifies that it is the block that belongs
// there. The other sections have checksums of their own, which the sum of the block covers.
func (v *volume) decodeHead(i int, b *block.Block) error {
	data := v.data(i)
	if block.Sum(data) != binary.LittleEndian.Uint32(v.sums[4*i:]) {
		return ErrDamaged
	}
	return b.DecodeHead(data)
}

// release ends one use of the volume. The last release closes it.
func (v *volume) release() {
	if v.users.Add(-1) > 0 {
		return
	}
	for _, s := range v.grams {
		_ = s.Close() // it was only read
	}
	if v.file != nil {
		_ = disk.Unmap(v.file) // likewise
	}
	if v.obsolete.Load() {
		_ = os.RemoveAll(v.dir) // the next Open removes the rest
	}
}
