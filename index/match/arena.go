package match

import "encoding/binary"

// chunked is a slice that grows without moving what it holds.
type chunked[T any] struct {
	chunks []*[chunkSize]T
	n      int
}

const chunkSize = 1 << 9

// add appends a value and returns its position.
func (c *chunked[T]) add(v T) int {
	if c.n%chunkSize == 0 {
		c.chunks = append(c.chunks, new([chunkSize]T))
	}
	c.chunks[c.n/chunkSize][c.n%chunkSize] = v
	c.n++
	return c.n - 1
}

// at returns the value at a position.
func (c *chunked[T]) at(i int) *T { return &c.chunks[i/chunkSize][i%chunkSize] }

// arena keeps the names of entries: the length of Name and of Raw in two bytes
// each, then both. A record lies in one chunk.
type arena struct {
	chunks [][]byte
}

const (
	arenaChunk = 1 << 15
	maxKept    = 1<<16 - 1 // what is longer is cut
)

// put keeps the names of an entry and returns where.
func put[S string | []byte](a *arena, name, raw S) uint64 {
	name, raw = name[:min(len(name), maxKept)], raw[:min(len(raw), maxKept)]
	last := len(a.chunks) - 1
	if last < 0 || cap(a.chunks[last])-len(a.chunks[last]) < 4+len(name)+len(raw) {
		a.chunks = append(a.chunks, make([]byte, 0, max(arenaChunk, 4+len(name)+len(raw))))
		last++
	}
	c := a.chunks[last]
	at := uint64(last)<<32 | uint64(len(c))
	c = binary.LittleEndian.AppendUint16(c, uint16(len(name)))
	c = binary.LittleEndian.AppendUint16(c, uint16(len(raw)))
	c = append(c, name...)
	a.chunks[last] = append(c, raw...)
	return at
}

// get returns the names at a place.
func (a *arena) get(at uint64) (name, raw []byte) {
	c := a.chunks[at>>32][uint32(at):]
	n, r := binary.LittleEndian.Uint16(c), binary.LittleEndian.Uint16(c[2:])
	c = c[4:]
	return c[:n], c[n : n+r]
}

// wire returns the name at a place in the bytes of the wire.
func (a *arena) wire(at uint64) []byte {
	name, raw := a.get(at)
	if len(raw) > 0 {
		return raw
	}
	return name
}
