package codec

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
)

// Reader reads a payload from front to back. After the first value that does not fit it is
// bad, and all that it returns is zero.
type Reader struct {
	Rest []byte // what is not read yet
	Bad  bool
}

// Fail makes the reader bad.
func (r *Reader) Fail() { r.Bad, r.Rest = true, nil }

// Byte reads a byte.
func (r *Reader) Byte() byte {
	if len(r.Rest) == 0 {
		r.Fail()
		return 0
	}
	c := r.Rest[0]
	r.Rest = r.Rest[1:]
	return c
}

// Uvarint reads a number as binary.AppendUvarint writes it.
func (r *Reader) Uvarint() uint64 {
	if len(r.Rest) > 0 && r.Rest[0] < 0x80 {
		c := r.Rest[0]
		r.Rest = r.Rest[1:]
		return uint64(c)
	}
	v, n := binary.Uvarint(r.Rest)
	if n <= 0 {
		r.Fail()
		return 0
	}
	r.Rest = r.Rest[n:]
	return v
}

// Varint reads a number as binary.AppendVarint writes it.
func (r *Reader) Varint() int64 {
	return Signed(r.Uvarint())
}

// Signed returns the number that binary.AppendVarint writes as the uvarint v.
func Signed(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// Length reads a number that is at most limit.
func (r *Reader) Length(limit int) int {
	v := r.Uvarint()
	if v > uint64(limit) {
		r.Fail()
		return 0
	}
	return int(v)
}

// Count reads how many values follow that take at least a byte each.
func (r *Reader) Count() int { return r.Length(len(r.Rest)) }

// Bytes reads n bytes. They are part of the payload.
func (r *Reader) Bytes(n int) []byte {
	if n > len(r.Rest) {
		r.Fail()
		return nil
	}
	s := r.Rest[:n:n]
	r.Rest = r.Rest[n:]
	return s
}

// Optional reads a length plus one, 0 for nil, and bytes of that length.
func (r *Reader) Optional() []byte {
	n := r.Count()
	if n == 0 {
		return nil
	}
	return r.Bytes(n - 1)
}

// Column is a column of uvarints that is read forwards.
type Column struct {
	Reader
	next int // the number of the value that Rest begins with
}

// tops are the bits that are not set in the last byte of a uvarint.
const tops = 0x8080808080808080

// Read reads len(to) values.
func (c *Column) Read(to []int64) {
	p, at := c.Rest, 0
	for i := range to {
		if len(p)-at >= 8 {
			x := binary.LittleEndian.Uint64(p[at:])
			if ends := ^x & tops; ends != 0 {
				at += bits.TrailingZeros64(ends)/8 + 1
				to[i] = int64(join(x & (ends ^ (ends - 1)))) // the bytes up to the first that ends one
				continue
			}
		}
		c.Rest = p[at:]
		to[i] = int64(c.Uvarint())
		p, at = c.Rest, 0
	}
	c.Rest = p[at:]
	c.next += len(to)
}

// join joins the groups of seven bits of a uvarint of up to eight bytes.
func join(x uint64) uint64 {
	x = x&0x007f007f007f007f | x&0x7f007f007f007f00>>1
	x = x&0x00003fff00003fff | x&0x3fff00003fff0000>>2
	return x&0x000000000fffffff | x&0x0fffffff00000000>>4
}

// At returns value i, which must not have been read yet.
func (c *Column) At(i int) int64 {
	c.Skip(i)
	var one [1]int64
	c.Read(one[:])
	return one[0]
}

// Skip goes forward to value i.
func (c *Column) Skip(i int) {
	n, p := i-c.next, c.Rest
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
		c.Fail()
		return
	}
	c.Rest, c.next = p, max(c.next, i)
}

// Checksum returns the CRC-32C of data.
func Checksum(data []byte) uint32 {
	return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
}

// AppendBytes appends the length of s, then s.
func AppendBytes(p, s []byte) []byte {
	return append(binary.AppendUvarint(p, uint64(len(s))), s...)
}

// Grow returns s with length n, its contents undefined.
func Grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}
