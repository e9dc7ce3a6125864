package embedded

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
)

// reader takes a payload apart. After the first thing that does not fit it is
// bad and returns zeros.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) fail() { r.bad, r.rest = true, nil }

func (r *reader) byte() byte {
	if len(r.rest) == 0 {
		r.fail()
		return 0
	}
	c := r.rest[0]
	r.rest = r.rest[1:]
	return c
}

func (r *reader) uvarint() uint64 {
	if len(r.rest) > 0 && r.rest[0] < 0x80 {
		c := r.rest[0]
		r.rest = r.rest[1:]
		return uint64(c)
	}
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) varint() int64 {
	return signed(r.uvarint())
}

// signed is the number that binary.AppendVarint writes as the uvarint v.
func signed(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// length reads a number that is at most limit.
func (r *reader) length(limit int) int {
	v := r.uvarint()
	if v > uint64(limit) {
		r.fail()
		return 0
	}
	return int(v)
}

// count reads the number of things that take at least a byte each.
func (r *reader) count() int { return r.length(len(r.rest)) }

func (r *reader) take(n int) []byte {
	if n > len(r.rest) {
		r.fail()
		return nil
	}
	s := r.rest[:n:n]
	r.rest = r.rest[n:]
	return s
}

// optional reads bytes whose length is one more than it is, 0 for nil.
func (r *reader) optional() []byte {
	n := r.count()
	if n == 0 {
		return nil
	}
	return r.take(n - 1)
}

// column is a column of uvarints that is read forwards.
type column struct {
	reader
	next int // the number of the one that rest begins with
}

// tops are the bits that are not set in the last byte of a uvarint.
const tops = 0x8080808080808080

// read reads as many as there is room for.
func (c *column) read(to []int64) {
	p, at := c.rest, 0
	for i := range to {
		if len(p)-at >= 8 {
			x := binary.LittleEndian.Uint64(p[at:])
			if ends := ^x & tops; ends != 0 {
				at += bits.TrailingZeros64(ends)/8 + 1
				to[i] = int64(join(x & (ends ^ (ends - 1)))) // the bytes up to the first that ends one
				continue
			}
		}
		c.rest = p[at:]
		to[i] = int64(c.uvarint())
		p, at = c.rest, 0
	}
	c.rest = p[at:]
	c.next += len(to)
}

// join puts the sevens of bits of a uvarint of up to eight bytes together.
func join(x uint64) uint64 {
	x = x&0x007f007f007f007f | x&0x7f007f007f007f00>>1
	x = x&0x00003fff00003fff | x&0x3fff00003fff0000>>2
	return x&0x000000000fffffff | x&0x0fffffff00000000>>4
}

// at returns number i, which is not behind what was read.
func (c *column) at(i int) int64 {
	c.skip(i)
	var one [1]int64
	c.read(one[:])
	return one[0]
}

// skip goes forward to number i.
func (c *column) skip(i int) {
	n, p := i-c.next, c.rest
	for n > 0 && len(p) >= 8 {
		ends := bits.OnesCount64(^binary.LittleEndian.Uint64(p) & tops)
		if ends >= n {
			break
		}
		n, p = n-ends, p[8:]
	}
	for n > 0 && len(p) > 0 {
		if p[0] < 0x80 {
			n--
		}
		p = p[1:]
	}
	if n > 0 {
		c.fail()
		return
	}
	c.rest, c.next = p, max(c.next, i)
}

func checksum(data []byte) uint32 {
	return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
}

// appendBytes appends the length of s, then s.
func appendBytes(p, s []byte) []byte {
	return append(binary.AppendUvarint(p, uint64(len(s))), s...)
}

// grow returns s with length n, its contents undefined.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}
