package embedded

import (
	"bytes"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// The bucket masks keeps those of blocks whose numbers are near under one key, since most
// are smaller than a key: blockID / 64 => packed masks,
//
//	[blocks]  byte     blockID % 64, rising
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
// All entries of a directory that is gone are.
const maskPack = 64

func maskKey(id blockID) []byte { return number(uint64(id) / maskPack) }

// nextMask splits the first mask off packed ones. If they are damaged rest is nil and gone
// no mask.
func nextMask(packed []byte) (at byte, gone, rest []byte) {
	n, used := binary.Uvarint(packed[1:])
	if from := 1 + used; used > 0 && packed[0] < maskPack && n <= uint64(len(packed)-from) {
		return packed[0], packed[from:][:n], packed[from+int(n):]
	}
	return packed[0], []byte{0xff}, nil
}

// maskAmong returns the mask of a block among packed ones, or nil.
func maskAmong(packed []byte, id blockID) []byte {
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

// maskIn returns the mask of a block as it is kept, or nil.
func maskIn(masks *bolt.Bucket, id blockID) []byte { return maskAmong(masks.Get(maskKey(id)), id) }

// putMask keeps the mask of a block; nil is none.
func putMask(masks *bolt.Bucket, id blockID, gone []byte) error {
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
func eachMask(masks *bolt.Bucket, do func(id blockID, gone []byte)) {
	c := masks.Cursor()
	for k, packed := c.First(); k != nil; k, packed = c.Next() {
		for at := byte(0); len(packed) > 0 && len(k) == 8; {
			var gone []byte
			at, gone, packed = nextMask(packed)
			do(blockID(binary.BigEndian.Uint64(k)*maskPack+uint64(at)), gone)
		}
	}
}

// packMasks packs the masks of a version that had a key for each: blockID => mask.
func packMasks(tx *bolt.Tx) error {
	old := tx.Bucket([]byte("masks"))
	changes := old.Sequence()
	masks := map[blockID][]byte{}
	err := old.ForEach(func(k, gone []byte) error {
		if len(k) != 8 {
			return errMask
		}
		masks[blockID(binary.BigEndian.Uint64(k))] = bytes.Clone(gone)
		return nil
	})
	if err == nil {
		err = tx.DeleteBucket([]byte("masks"))
	}
	if err != nil {
		return err
	}
	fresh, err := tx.CreateBucket([]byte("masks"))
	if err != nil {
		return err
	}
	for id, gone := range masks {
		if err := putMask(fresh, id, gone); err != nil {
			return err
		}
	}
	return fresh.SetSequence(changes)
}

// mask tells what of a block is gone: numbers of directories and of entries,
// ascending.
type mask struct{ dirs, entries []int }

func (m *mask) empty() bool { return len(m.dirs)+len(m.entries) == 0 }

// each calls do with the entries of n that are not gone, ascending.
func (m *mask) each(n int, do func(i int)) {
	gone := m.entries
	for i := range n {
		if len(gone) > 0 && gone[0] == i {
			gone = gone[1:]
			continue
		}
		do(i)
	}
}

// errMask is that a block is not to be read because its mask is not.
var errMask = fmt.Errorf("%w: its mask is wrong", errBlock)

// encode returns m as it is kept.
func (m *mask) encode() []byte {
	p := binary.AppendUvarint(nil, uint64(len(m.dirs)))
	for _, of := range [][]int{m.dirs, m.entries} {
		last := 0
		for _, n := range of {
			p = binary.AppendUvarint(p, uint64(n-last))
			last = n
		}
	}
	return p
}

// parse reads a mask as encode wrote it; of nothing it is empty.
func (m *mask) parse(data []byte) error {
	m.dirs, m.entries = m.dirs[:0], m.entries[:0]
	r := reader{rest: data}
	if len(data) == 0 {
		return nil
	}
	m.dirs = rising(&r, m.dirs, r.count())
	m.entries = rising(&r, m.entries, -1)
	if r.bad {
		return errMask
	}
	return nil
}

// rising reads n numbers that rise, or as many as there are.
func rising(r *reader, to []int, n int) []int {
	for last := -1; n != 0 && len(r.rest) > 0; n-- {
		k := r.length(maxBlock)
		if last < 0 {
			k++
		}
		if k == 0 {
			r.fail()
		}
		last += k
		to = append(to, last)
	}
	r.bad = r.bad || n > 0
	return to
}

// fits reports whether m can be a mask of b.
func (m *mask) fits(b *block) bool {
	return fits(m.dirs, len(b.dirs)) && fits(m.entries, b.len())
}

func fits(numbers []int, n int) bool { return len(numbers) == 0 || numbers[len(numbers)-1] < n }
