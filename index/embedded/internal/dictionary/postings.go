package dictionary

import (
	"encoding/binary"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/codec"
)

// posting is one entry of a block that has a name.
type posting struct {
	block   uint32 // position in volume.blocks
	removed bool   // the entry is gone: another volume has it as a posting that is not removed
}

// postingsReader reads the postings of a block of names, name after name.
type postingsReader struct {
	codec.Reader

	blocks uint32 // the number of blocks: all positions are less
	next   int    // the name that comes next
}

// openPostings decompresses the postings of a block of names into room.
func (v *volume) openPostings(b *block.Block, room *[]byte) (r postingsReader, err error) {
	*room, err = b.Own(*room)
	return postingsReader{Reader: codec.Reader{Rest: *room}, blocks: uint32(len(v.blocks))}, err
}

// read appends the postings of a name to room. Names ascend from call to call.
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
		last += uint32(v >> (n & 1))
		room = append(room, posting{block: last, removed: n&1 == 1 && v&1 == 1})
		c.Bad = c.Bad || last >= r.blocks
	}
	if r.Reader = c.Reader; r.Bad {
		return room, block.ErrDamaged
	}
	return room, nil
}

// head reads the number at the head of a name's postings: how many there are, doubled, plus
// 1 if some are removed.
func (r *postingsReader) head(c *codec.Column) int { return c.Length(2*len(c.Rest) + 1) }

// appendPostings appends the encoded postings of a name, which ascend by blocks.
func appendPostings(data []byte, postings []posting) []byte {
	anyRemoved := uint64(0)
	for _, p := range postings {
		if p.removed {
			anyRemoved = 1
		}
	}
	data = binary.AppendUvarint(data, uint64(len(postings))<<1|anyRemoved)
	last := uint32(0)
	for _, p := range postings {
		v := uint64(p.block-last) << anyRemoved
		if p.removed {
			v |= 1
		}
		data = binary.AppendUvarint(data, v)
		last = p.block
	}
	return data
}

// countPlaces returns the number of places that postings stand for: those that are removed
// count as -1.
func countPlaces(postings []posting) (n int) {
	for _, p := range postings {
		if p.removed {
			n--
		} else {
			n++
		}
	}
	return n
}

// cancelOut leaves out pairs of postings of one block of which one is removed and one is
// not. The postings ascend by blocks. It reuses their memory.
func cancelOut(postings []posting) []posting {
	out := postings[:0]
	for i := 0; i < len(postings); {
		k := i
		for k < len(postings) && postings[k].block == postings[i].block {
			k++
		}
		n := countPlaces(postings[i:k])
		for range max(n, -n) {
			out = append(out, posting{postings[i].block, n < 0})
		}
		i = k
	}
	return out
}
