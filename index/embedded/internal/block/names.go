package block

import (
	"encoding/binary"

	"trawl/index"
	"trawl/index/embedded/internal/codec"
)

// A block of names is a block of no host in which each entry is a name that repeats: it
// holds the number of the places that the name stands in, signed, in the place of the
// time, and bytes of the writer's own in the place of the directories.

// AddName appends a name to a block of names.
func (b *Block) AddName(name []byte, kind index.Kind, size, places int64) {
	b.text = append(append(b.text, name...), 0)
	b.ends = append(b.ends, uint32(len(b.text)))
	b.kind, b.size = append(b.kind, kind), append(b.size, size)
	b.unix, b.prec = append(b.unix, places), append(b.prec, index.Unknown)
}

// TextLen returns how many bytes the names and the texts of directories take that were
// added to the block.
func (b *Block) TextLen() int { return len(b.text) + len(b.scratch) }

// EncodeNames returns a block of names, with own in the place of the directories. It
// holds until the next call.
func (e *Encoder) EncodeNames(b *Block, own []byte) []byte {
	e.numbers = b.appendNameNumbers(e.numbers[:0])
	return e.parts(Facts{}, b.text, e.numbers, own)
}

// Own returns the bytes that stand in the place of the directories, in room.
func (b *Block) Own(room []byte) ([]byte, error) { return b.unpack(2, room) }

// PlacesOf returns in how many places name i stands. It is to be asked for ascending
// names, after the kinds and sizes of those that are looked at.
func (b *Block) PlacesOf(i int) (int, error) {
	v := b.column.At(len(b.flags) + i)
	if b.column.Bad {
		return 0, ErrDamaged
	}
	return int(codec.Signed(uint64(v))), nil
}

// appendNameNumbers appends the numbers of a block of names, whose places stand in unix.
func (b *Block) appendNameNumbers(p []byte) []byte {
	p = binary.AppendUvarint(p, uint64(b.Len()))
	p = append(p, 1)
	for _, kind := range b.kind {
		p = append(p, byte(kind))
	}
	for _, size := range b.size {
		p = binary.AppendUvarint(p, uint64(size+1))
	}
	for _, n := range b.unix {
		p = binary.AppendVarint(p, n)
	}
	return p
}
