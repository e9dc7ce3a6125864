package spoil

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
)

// boltReader finds the fields of a bbolt file, and what of it is in use.
//
//	page    header, then by its flags: a meta, a freelist, branch or leaf elements, and behind
//	        these their keys and values
//	bucket  a value of a leaf element: its root page and its sequence; if the root is 0 the
//	        page follows at once
//
// Bleve uses no sequences, and it names snapshots and segments by numbers that mean nothing. Of each
// it keeps some facts that nobody reads.
type boltReader struct {
	*file

	truth bool  // it is trawl.db; else it is of Bleve
	page  int64 // the length of a page
}

const (
	headerLen = 16
	isBranch  = 1
	isLeaf    = 2
)

func header() layout { return layout{{"id", 8}, {"flags", 2}, {"count", 2}, {"overflow", 4}} }

func meta() layout {
	return layout{
		{"magic", 4},
		{"version", 4},
		{"page size", 4},
		{"flags", 4},
		{"root", 8},
		{"sequence of root", 8},
		{"freelist", 8},
		{"pages", 8},
		{"transaction", 8},
		{"checksum", 8},
	}
}

func (b *boltReader) uint16(at int64) uint16 { return binary.LittleEndian.Uint16(b.data[at:]) }
func (b *boltReader) uint32(at int64) uint32 { return binary.LittleEndian.Uint32(b.data[at:]) }
func (b *boltReader) uint64(at int64) uint64 { return binary.LittleEndian.Uint64(b.data[at:]) }

// use marks a part as in use.
func (b *boltReader) use(from, to int64) { b.live = append(b.live, span{from, to}) }

func (b *boltReader) run() error {
	b.page = int64(b.uint32(headerLen + 8))
	if b.page == 0 || 2*b.page > int64(len(b.data)) {
		return fmt.Errorf("no bbolt file: pages of %d bytes", b.page)
	}
	const transaction = headerLen + 48
	last := int64(0)
	if b.uint64(b.page+transaction) > b.uint64(transaction) {
		last = b.page
	}
	for i := range int64(2) {
		which := "meta of before: "
		if i*b.page == last {
			which = "meta: "
		}
		b.lay(which, b.lay(which+"page ", i*b.page, header()), meta())
	}
	b.use(last, last+headerLen+64)
	b.freelist(int64(b.uint64(last+headerLen+32)) * b.page)
	b.tree("", int64(b.uint64(last+headerLen+16)))
	return nil
}

// freelist adds the list of free pages.
func (b *boltReader) freelist(at int64) {
	b.lay("freelist: page ", at, header())
	n := int64(b.uint16(at + 10))
	b.use(at, at+headerLen+8*n)
	for i := range n {
		b.field("freelist: free page", at+headerLen+8*i, 8)
	}
}

// tree adds the pages of a bucket from a page on.
func (b *boltReader) tree(bucket string, id int64) { b.pageAt(bucket, id*b.page) }

func (b *boltReader) pageAt(bucket string, at int64) {
	flags, count := b.uint16(at+8), int64(b.uint16(at+10))
	b.use(at, at+headerLen)
	for i := range count {
		e := at + headerLen + 16*i
		b.use(e, e+16)
		if flags == isBranch {
			pos, n := e+int64(b.uint32(e)), int(b.uint32(e+4))
			b.lay("branch ", e, layout{{"pos", 4}, {"ksize", 4}, {"page", 8}})
			b.use(pos, b.field("branch key", pos, n))
			b.tree(bucket, int64(b.uint64(e+8)))
			continue
		}
		b.lay("leaf ", e, layout{{"flags", 4}, {"pos", 4}, {"ksize", 4}, {"vsize", 4}})
		b.element(bucket, e)
	}
	kind := "leaf: page "
	if flags == isBranch {
		kind = "branch: page "
	}
	b.lay(kind, at, header())
}

// element adds the key and the value of a leaf element.
func (b *boltReader) element(bucket string, e int64) {
	pos, ksize, vsize := e+int64(b.uint32(e+4)), int(b.uint32(e+8)), int(b.uint32(e+12))
	value := pos + int64(ksize)
	end := value + int64(vsize)
	key := string(b.data[pos:value])
	if b.uint32(e) == 0 {
		if b.truth || !slices.Contains([]string{"fileWriterID", "timeStamp", "stats", "TotBytesWritten"}, key) {
			b.use(pos, end)
		}
		b.field("key in "+bucket, pos, ksize)
		if bucket == "/blocks" {
			b.block("block: ", value, end)
			return
		}
		b.field("value in "+bucket, value, vsize)
		return
	}
	b.field("name of a bucket", pos, ksize)
	sequence := b.lay("bucket ", value, layout{{"root", 8}})
	b.use(value, sequence)
	b.lay("bucket ", sequence, layout{{"sequence", 8}})
	readable := strconv.CanBackquote(key)
	if b.truth || readable {
		b.use(pos, value)
	}
	if b.truth {
		b.use(sequence, sequence+8)
	}
	if !readable {
		key = "*"
	}
	bucket += "/" + key
	if root := b.uint64(value); root != 0 {
		b.tree(bucket, int64(root))
		return
	}
	b.pageAt(bucket, value+headerLen)
}
