package match

import "encoding/binary"

// nameBuffer holds the names of entries: the length of Name and of Raw in two bytes
// each, then both. A record lies in one chunk.
type nameBuffer struct {
	chunks [][]byte
}

const (
	nameChunk     = 1 << 15
	maxNameLength = 1<<16 - 1 // longer names are cut
)

// addNames copies the names of an entry into the buffer and returns where they are.
func addNames[S string | []byte](b *nameBuffer, name, raw S) uint64 {
	name, raw = name[:min(len(name), maxNameLength)], raw[:min(len(raw), maxNameLength)]
	last := len(b.chunks) - 1
	if last < 0 || cap(b.chunks[last])-len(b.chunks[last]) < 4+len(name)+len(raw) {
		b.chunks = append(b.chunks, make([]byte, 0, max(nameChunk, 4+len(name)+len(raw))))
		last++
	}
	c := b.chunks[last]
	at := uint64(last)<<32 | uint64(len(c))
	c = binary.LittleEndian.AppendUint16(c, uint16(len(name)))
	c = binary.LittleEndian.AppendUint16(c, uint16(len(raw)))
	c = append(c, name...)
	b.chunks[last] = append(c, raw...)
	return at
}

// get returns the names that addNames has put at a place.
func (b *nameBuffer) get(at uint64) (name, raw []byte) {
	c := b.chunks[at>>32][uint32(at):]
	n, r := binary.LittleEndian.Uint16(c), binary.LittleEndian.Uint16(c[2:])
	c = c[4:]
	return c[:n], c[n : n+r]
}

// wire returns the name at a place in the bytes of the wire.
func (b *nameBuffer) wire(at uint64) []byte {
	name, raw := b.get(at)
	if len(raw) > 0 {
		return raw
	}
	return name
}
