package match

// chunked is a slice that grows without moving its values.
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
