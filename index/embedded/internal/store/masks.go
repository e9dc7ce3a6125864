package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/codec"
)

// Most masks are smaller than a key. So the bucket masks has one key for those of up to 64
// neighbouring blocks: block ID / 64 => packed masks,
//
//	[blocks]  byte     block ID % 64, rising
//	          uvarint  length
//	          mask
//
// and a mask is
//
//	uvarint  dirs
//	[dirs]   uvarint  directory   its number in the block, less that of the one before
//	until the end
//	         uvarint  entry       its number, less that of the one before
//
// If a directory is masked, all of its entries are.
const maskPack = 64

func maskKey(id block.ID) []byte { return Number(uint64(id) / maskPack) }

// nextMask splits the first mask off packed ones. If they are damaged rest is nil and gone
// is not a valid mask.
func nextMask(packed []byte) (at byte, gone, rest []byte) {
	n, used := binary.Uvarint(packed[1:])
	if from := 1 + used; used > 0 && packed[0] < maskPack && n <= uint64(len(packed)-from) {
		return packed[0], packed[from:][:n], packed[from+int(n):]
	}
	return packed[0], []byte{0xff}, nil
}

// maskAmong returns the mask of a block among packed ones, or nil.
func maskAmong(packed []byte, id block.ID) []byte {
	for len(packed) > 0 {
		at, gone, rest := nextMask(packed)
		switch want := byte(id % maskPack); {
		case at == want, rest == nil:
			return gone
		case at > want:
			return nil
		}
		packed = rest
	}
	return nil
}

// maskIn returns the encoded mask of a block, or nil.
func maskIn(masks tree, id block.ID) []byte { return maskAmong(masks.Get(maskKey(id)), id) }

// putMask writes the mask of a block; nil removes it.
func putMask(masks *bolt.Bucket, id block.ID, gone []byte) error {
	old := masks.Get(maskKey(id))
	if bytes.Equal(maskAmong(old, id), gone) {
		return nil
	}
	var packed []byte
	add := func(at byte, gone []byte) {
		if gone != nil {
			packed = binary.AppendUvarint(append(packed, at), uint64(len(gone)))
			packed = append(packed, gone...)
		}
	}
	this := byte(id % maskPack)
	rest := old
	for len(rest) > 0 && rest[0] < this {
		var of []byte
		at := rest[0]
		_, of, rest = nextMask(rest)
		add(at, of)
	}
	add(this, gone)
	if len(rest) > 0 && rest[0] == this {
		_, _, rest = nextMask(rest)
	}
	if packed = append(packed, rest...); len(packed) == 0 {
		return masks.Delete(maskKey(id))
	}
	return masks.Put(maskKey(id), packed)
}

// eachMask calls do with the blocks that have masks.
func eachMask(masks tree, do func(id block.ID, gone []byte)) {
	c := masks.Cursor()
	for k, packed := c.First(); k != nil; k, packed = c.Next() {
		for at := byte(0); len(packed) > 0 && len(k) == 8; {
			var gone []byte
			at, gone, packed = nextMask(packed)
			do(block.ID(number(k)*maskPack+uint64(at)), gone)
		}
	}
}

// Mask says which directories and entries of a block are gone, by their numbers,
// ascending.
type Mask struct{ dirs, Entries []int }

func (m *Mask) empty() bool { return len(m.dirs)+len(m.Entries) == 0 }

// Each calls do with the entries of n that are not gone, ascending.
func (m *Mask) Each(n int, do func(i int)) {
	gone := m.Entries
	for i := range n {
		if len(gone) > 0 && gone[0] == i {
			gone = gone[1:]
			continue
		}
		do(i)
	}
}

// errMask says that a block cannot be read because its mask is damaged.
var errMask = fmt.Errorf("%w: its mask is wrong", block.ErrDamaged)

// encode returns m in the format above.
func (m *Mask) encode() []byte {
	p := binary.AppendUvarint(nil, uint64(len(m.dirs)))
	for _, numbers := range [][]int{m.dirs, m.Entries} {
		last := 0
		for _, n := range numbers {
			p = binary.AppendUvarint(p, uint64(n-last))
			last = n
		}
	}
	return p
}

// Parse reads an encoded mask. No data is an empty mask.
func (m *Mask) Parse(data []byte) error {
	m.dirs, m.Entries = m.dirs[:0], m.Entries[:0]
	r := codec.Reader{Rest: data}
	if len(data) == 0 {
		return nil
	}
	m.dirs = rising(&r, m.dirs, r.Count())
	m.Entries = rising(&r, m.Entries, -1)
	if r.Bad {
		return errMask
	}
	return nil
}

// rising reads n numbers that rise, or as many as there are.
func rising(r *codec.Reader, to []int, n int) []int {
	for last := -1; n != 0 && len(r.Rest) > 0; n-- {
		k := r.Length(block.MaxPart)
		if last < 0 {
			k++
		}
		if k == 0 {
			r.Fail()
		}
		last += k
		to = append(to, last)
	}
	r.Bad = r.Bad || n > 0
	return to
}

// fits reports whether m can be the mask of b.
func (m *Mask) fits(b *block.Block) bool {
	return fits(m.dirs, len(b.Dirs())) && fits(m.Entries, b.Len())
}

func fits(numbers []int, n int) bool { return len(numbers) == 0 || numbers[len(numbers)-1] < n }

// Unmasker removes masked entries from blocks. It is to be reused.
type Unmasker struct {
	gone Mask
	live piece
}

// Unmask returns b, whose names were decoded from data, or, if there is a mask, a block of
// the entries that are left. The result is valid until the next call.
func (u *Unmasker) Unmask(b *block.Block, data, gone []byte) (*block.Block, error) {
	if gone == nil {
		return b, nil
	}
	if err := errors.Join(u.gone.Parse(gone), b.Decode(data)); err != nil {
		return nil, err
	}
	u.live.clear(b.Host())
	overlay(&u.live, b, u.gone, &block.Block{})
	return &u.live.Block, nil
}
