package pages

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
)

// The format of bbolt, version 2. All numbers have the byte order of the machine. A file
// consists of pages of one size. A page that is too long for one goes on in those that follow.
//
//	uint64   id                    its position in the file, in pages; 0 inside a value
//	uint16   flags                 1 branch, 2 leaf, 4 meta, 16 freelist
//	uint16   count                 of elements
//	uint32   overflow              how many pages it goes on for
//
// A leaf has keys and values in ascending order of the keys. A value with the flag 1 is a
// bucket: its root and its sequence, and its only page if the root is 0.
//
//	[count]  uint32 flags, position of the key from here, length of the key, of the value
//	[count]  bytes                 key, value
//
// A branch has the first key of each page below it.
//
//	[count]  uint32 position of the key from here, length of the key, uint64 page
//	[count]  bytes                 key
//
// A freelist has the numbers of unused pages. If there are 65535 or more, count is 65535 and the
// first number is how many follow.
//
//	[count]  uint64 page
//
// Pages 0 and 1 are metas. Transactions write them by turns; the newest valid one counts.
//
//	uint32   magic, version, size of a page, 0
//	uint64   root, sequence        of the bucket of all buckets
//	uint64   freelist              its page, or all ones
//	uint64   end                   the number of pages in use or free
//	uint64   transaction
//	uint64   checksum              FNV-1a of the meta before it
const (
	headLen    = 16
	elementLen = 16
	metaLen    = 64

	flagBranch   = 1
	flagLeaf     = 2
	flagMeta     = 4
	flagFreelist = 16

	flagBucket = 1
	bucketLen  = 16

	magic   = 0xED0CDAED
	version = 2

	manyFree   = 0xffff
	noFreelist = 1<<64 - 1
)

// ErrDamaged is in the errors of pages that cannot be what bbolt has written.
var ErrDamaged = errors.New("damaged page")

func damaged(id uint64, format string, args ...any) error {
	return fmt.Errorf("%w %d: %s", ErrDamaged, id, fmt.Sprintf(format, args...))
}

// page is the bytes of one page, with those in which it goes on.
type page []byte

func (p page) id() uint64    { return binary.NativeEndian.Uint64(p) }
func (p page) flags() uint16 { return binary.NativeEndian.Uint16(p[8:]) }
func (p page) len() int      { return int(binary.NativeEndian.Uint16(p[10:])) }
func (p page) leaf() bool    { return p.flags() == flagLeaf }

func (p page) overflow() uint32 { return binary.NativeEndian.Uint32(p[12:]) }

// element returns the three numbers of an element behind its flags or before its page.
func (p page) element(i int) (at, key, value int) {
	e := p[headLen+i*elementLen:]
	u := func(from int) int { return int(binary.NativeEndian.Uint32(e[from:])) }
	start := headLen + i*elementLen
	if p.leaf() {
		return start + u(4), u(8), u(12)
	}
	return start + u(0), u(4), 0
}

// key returns the key of an element.
func (p page) key(i int) []byte {
	at, n, _ := p.element(i)
	return p[at : at+n : at+n]
}

// value returns the value of an element of a leaf, and whether it is a bucket.
func (p page) value(i int) (value []byte, bucket bool) {
	at, key, n := p.element(i)
	from := at + key
	return p[from : from+n : from+n], binary.NativeEndian.Uint32(p[headLen+i*elementLen:])&flagBucket != 0
}

// child returns the page of an element of a branch.
func (p page) child(i int) uint64 {
	return binary.NativeEndian.Uint64(p[headLen+i*elementLen+8:])
}

// Meta describes one transaction.
type Meta struct {
	Tx       uint64 // its number
	End      uint64 // pages from here on are not used
	Freelist uint64 // the page of the freelist
	Sum      uint64 // of what it says: another transaction or file has another one
	Torn     bool   // the meta of the transaction before or after it is not valid

	root     uint64
	sequence uint64
	pageSize int
}

// MetaLen is the length of a meta in bytes.
const MetaLen = metaLen

// Offset returns where in the file the meta of a transaction is.
func (m *Meta) Offset() int64 { return int64(m.Tx%2)*int64(m.pageSize) + headLen }

// Size returns the length of the pages of a transaction in bytes.
func (m *Meta) Size() int64 { return int64(m.End) * int64(m.pageSize) }

// parseMeta reads a meta behind the head of its page.
func parseMeta(p []byte) (Meta, bool) {
	if len(p) < headLen+metaLen {
		return Meta{}, false
	}
	p = p[headLen : headLen+metaLen]
	sum := fnv.New64a()
	sum.Write(p[:metaLen-8])
	u32 := func(at int) uint32 { return binary.NativeEndian.Uint32(p[at:]) }
	u64 := func(at int) uint64 { return binary.NativeEndian.Uint64(p[at:]) }
	m := Meta{
		pageSize: int(u32(8)), root: u64(16), sequence: u64(24),
		Freelist: u64(32), End: u64(40), Tx: u64(48), Sum: u64(56),
	}
	return m, u32(0) == magic && u32(4) == version && u64(56) == sum.Sum64()
}

// readMeta returns the newest meta of a file. bbolt writes pages of 512 bytes to 64 KiB.
func readMeta(data []byte) (Meta, error) {
	first, ok := parseMeta(data)
	if !ok {
		first.pageSize = 0
	}
	for size := 512; size <= 1<<16; size <<= 1 {
		if first.pageSize != 0 && size != first.pageSize || len(data) < 2*size {
			continue
		}
		second, fine := parseMeta(data[size:])
		fine = fine && second.pageSize == size
		switch {
		case fine && (!ok || second.Tx > first.Tx):
			second.Torn = !ok
			return second, nil
		case ok:
			first.Torn = !fine
			return first, nil
		}
	}
	return Meta{}, fmt.Errorf("%w: neither of its first pages describes it", ErrDamaged)
}
