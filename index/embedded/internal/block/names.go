package block

import (
	"encoding/binary"

	"trawl/index"
	"trawl/index/embedded/internal/codec"
)

// A block of names has no host. Each of its entries is a name that repeats. In place of the
// time it has the number of places where the name occurs, signed, and in place of the
// directories bytes that only the writer understands.

// AddName appends a name to a block of names.
func (b *Block) AddName(name []byte, kind index.Kind, size, places int64) {
	b.text = append(append(b.text, name...), 0)
	b.ends = append(b.ends, uint32(len(b.text)))
	b.kind, b.size = append(b.kind, kind), append(b.size, size)
	b.unix, b.prec = append(b.unix, places), append(b.prec, index.Unknown)
}

// TextLen returns how many bytes the names and the directories take in a block that is
// being built.
func (b *Block) TextLen() int { return len(b.text) + len(b.scratch) }

// EncodeNames returns a block of names, with own in place of the directories. It is valid
// until the next call.
func (e *Encoder) EncodeNames(b *Block, own []byte) []byte {
	e.numbers = b.appendNameNumbers(e.numbers[:0])
	return e.assemble(Facts{}, b.text, e.numbers, own)
}

// Own returns the bytes that stand in place of the directories. It uses room if it is large
// enough.
func (b *Block) Own(room []byte) ([]byte, error) { return b.unpack(2, room) }

// PlacesOf returns in how many places name i occurs. It reads forwards: i must rise from
// call to call, and NumbersOf must not follow without Rewind.
func (b *Block) PlacesOf(i int) (int, error) {
	v := b.numbers.column.At(len(b.numbers.flags) + i)
	if b.numbers.column.Bad {
		return 0, ErrDamaged
	}
	return int(codec.Signed(uint64(v))), nil
}

// appendNameNumbers appends the numbers of a block of names, with the places from unix.
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
