package embedded

import (
	"encoding/binary"

	"trawl/index"
)

// A block of names is a block of no host in which each entry is a name that repeats: it
// holds the number of the places that the name stands in, signed, in the place of the
// time, and bytes of the writer's own in the place of the directories.

// addName appends a name to a block of names.
func (b *block) addName(name []byte, kind index.Kind, size, places int64) {
	b.text = append(append(b.text, name...), 0)
	b.ends = append(b.ends, uint32(len(b.text)))
	b.kind, b.size = append(b.kind, kind), append(b.size, size)
	b.unix, b.prec = append(b.unix, places), append(b.prec, index.Unknown)
}

// textLen returns how many bytes the names and the texts of directories take that were
// added to the block.
func (b *block) textLen() int { return len(b.text) + len(b.scratch) }

// encodeNames returns a block of names, with own in the place of the directories. It
// holds until the next call.
func (e *encoder) encodeNames(b *block, own []byte) []byte {
	e.numbers = b.appendNameNumbers(e.numbers[:0])
	return e.parts(blockFacts{}, b.text, e.numbers, own)
}

// own returns the bytes that stand in the place of the directories, in room.
func (b *block) own(room []byte) ([]byte, error) { return b.unpack(2, room) }

// placesOf returns in how many places name i stands. It is to be asked for ascending
// names, after the kinds and sizes of those that are looked at.
func (b *block) placesOf(i int) (int, error) {
	v := b.column.at(len(b.flags) + i)
	if b.column.bad {
		return 0, errBlock
	}
	return int(signed(uint64(v))), nil
}

// appendNameNumbers appends the numbers of a block of names, whose places stand in unix.
func (b *block) appendNameNumbers(p []byte) []byte {
	p = binary.AppendUvarint(p, uint64(b.len()))
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
