package dictionary

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"

	bleveseg "github.com/blevesearch/scorch_segment_api/v2"
	"github.com/klauspost/compress/s2"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/codec"
	"trawl/index/embedded/internal/segment"
)

// A volume is a directory of files. "names" holds names, in the order of
// rolled.compare: that of kinds, extensions, names, sizes. So what is alike stands
// together.
//
//	[n]     block of names: a block (block_format.go) of some 64 names and no host, with
//	        the number of places, signed, instead of each time, and rosters instead of the
//	        directories:
//	            uvarint  mentions      doubled, plus 1 if some take away
//	          [n]
//	            uvarint  block         its position in the table, less that of the one
//	                                   before; if some take away doubled, plus 1 if this does
//	table, an S2 block
//	    uvarint  blocks                of the store
//	  [blocks]
//	    uvarint  number                less that of the one before
//	    uvarint  host                  hostNo
//	    uvarint  depth                 as in its head
//	    ~        taken                 likewise
//	    uvarint  n, size               blocks of names; names in each at most
//	    uvarint  names                 in all
//	  [n]
//	    uvarint  length
//	footer   uint64 where the table is, uint32 its CRC-32C, uint32 the version
//
// Numbers of the footer are little-endian. "grams0", "grams1" and so on are segments
// (segment_write.go) with a document for each block of names, 16,384 in each but the last.
type volume struct {
	number uint64
	dir    string
	file   []byte             // mapped
	grams  []bleveseg.Segment // of gramsBlocks blocks of names each

	blocks []block.ID     // of the store that it covers, ascending
	facts  []block.Facts  // of each
	of     []block.HostNo // their hosts, each once
	starts []uint64       // of the blocks of names in file, and where the last one ends
	size   int            // names in each block of names at most
	names  int            // in all

	users    atomic.Int32 // its state, and searches
	obsolete atomic.Bool  // it goes when it is closed
}

const (
	volumeVersion = 1
	volumeFooter  = 16
	namesFile     = "names"

	// gramsBlocks is how many blocks of names a segment has at most, so that it is made
	// in some 60 MiB.
	gramsBlocks = 1 << 14
)

// gramsFile names the segment that begins with a block of names.
func gramsFile(dir string, at int) string {
	return filepath.Join(dir, fmt.Sprintf("grams%d", at/gramsBlocks))
}

var ErrDamaged = errors.New("damaged volume of the roll")

// damaged makes an errVolume, which is no errBlock, of what is found in the volume.
func (v *volume) damaged(err error) error {
	return fmt.Errorf("%w: %s: %s", ErrDamaged, v.dir, err.Error())
}

// openVolume opens a volume. One user has it.
func (r *Dictionary) openVolume(number uint64) (v *volume, err error) {
	v = &volume{number: number, dir: r.path(number)}
	v.users.Store(1)
	defer func() {
		if err != nil {
			v.release()
			v, err = nil, fmt.Errorf("open %s: %w", r.path(number), err)
		}
	}()
	if v.file, err = mapFile(filepath.Join(v.dir, namesFile)); err != nil {
		return v, err
	}
	if err := v.readTable(); err != nil {
		return v, err
	}
	for at := 0; at < v.len(); at += gramsBlocks {
		s, err := (&segment.Plugin{}).Open(gramsFile(v.dir, at))
		if err != nil {
			return v, err
		}
		v.grams = append(v.grams, s)
		if s.Count() != uint64(min(gramsBlocks, v.len()-at)) {
			return v, ErrDamaged
		}
	}
	return v, nil
}

// mapFile maps a file that does not change.
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
	data, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	return data, os.NewSyscallError("mmap", err)
}

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
	v.of = slices.Collect(maps.Keys(hosts))
	blocks := r.Count()
	v.size, v.names = r.Length(block.MaxPart), int(r.Uvarint())
	v.starts = make([]uint64, blocks+1)
	for i := range blocks {
		v.starts[i+1] = v.starts[i] + r.Uvarint()
	}
	if r.Bad || len(r.Rest) > 0 || v.starts[blocks] != at || v.size == 0 || v.names > blocks*v.size {
		return ErrDamaged
	}
	return nil
}

// len returns the number of blocks of names.
func (v *volume) len() int { return len(v.starts) - 1 }

// data returns a block of names.
func (v *volume) data(i int) []byte { return v.file[v.starts[i]:v.starts[i+1]] }

// release ends one use of the volume; the last one closes it.
func (v *volume) release() {
	if v.users.Add(-1) > 0 {
		return
	}
	for _, s := range v.grams {
		_ = s.Close() // it was only read
	}
	if v.file != nil {
		_ = syscall.Munmap(v.file) // likewise
	}
	if v.obsolete.Load() {
		_ = os.RemoveAll(v.dir) // what is left goes with the next open
	}
}

// posting says that a name stands in a block.
type posting struct {
	block   uint32 // position in volume.blocks
	removed bool   // it is taken away: it was counted by another volume
}

// postingsReader reads the mentions of a block of names, name after name.
type postingsReader struct {
	codec.Reader

	blocks uint32 // mentions are of less
	next   int    // the name that comes next
}

// openPostings unpacks the mentions of a block of names, into room.
func (v *volume) openPostings(b *block.Block, room *[]byte) (r postingsReader, err error) {
	*room, err = b.Own(*room)
	return postingsReader{Reader: codec.Reader{Rest: *room}, blocks: uint32(len(v.blocks))}, err
}

// read returns the mentions of a name, which is not behind those before, in room.
func (r *postingsReader) read(name int, room []posting) ([]posting, error) {
	for ; r.next < name; r.next++ {
		c := codec.Column{Reader: r.Reader}
		c.Skip(r.head(&c) >> 1)
		r.Reader = c.Reader
	}
	r.next++
	c := codec.Column{Reader: r.Reader}
	n := r.head(&c)
	last := uint32(0)
	for range n >> 1 {
		v := c.Uvarint()
		m := posting{removed: n&1 == 1 && v&1 == 1}
		last += uint32(v >> (n & 1))
		m.block = last
		room = append(room, m)
		c.Bad = c.Bad || last >= r.blocks
	}
	if r.Reader = c.Reader; r.Bad {
		return room, block.ErrDamaged
	}
	return room, nil
}

// head reads what the mentions of a name begin with.
func (r *postingsReader) head(c *codec.Column) int { return c.Length(2*len(c.Rest) + 1) }

// appendPostings appends the mentions of a name, by blocks.
func appendPostings(p []byte, mentions []posting) []byte {
	taking := uint64(0)
	for _, m := range mentions {
		if m.removed {
			taking = 1
		}
	}
	p = binary.AppendUvarint(p, uint64(len(mentions))<<1|taking)
	last := uint32(0)
	for _, m := range mentions {
		v := uint64(m.block-last) << taking
		if m.removed {
			v |= 1
		}
		p = binary.AppendUvarint(p, v)
		last = m.block
	}
	return p
}

// net returns how many places mentions tell of.
func net(mentions []posting) (n int) {
	for _, m := range mentions {
		if m.removed {
			n--
		} else {
			n++
		}
	}
	return n
}

// cancel leaves out of mentions, by blocks, those that cancel each other out.
func cancel(mentions []posting) []posting {
	out := mentions[:0]
	for i := 0; i < len(mentions); {
		k := i
		for k < len(mentions) && mentions[k].block == mentions[i].block {
			k++
		}
		n := net(mentions[i:k])
		for range max(n, -n) {
			out = append(out, posting{mentions[i].block, n < 0})
		}
		i = k
	}
	return out
}
