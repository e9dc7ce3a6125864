package block

import (
	"bytes"
	"iter"
	"math"
	"sort"
	"unsafe"

	"trawl/index"
	"trawl/index/embedded/internal/codec"
)

// ID numbers a block. Numbers rise with every block that is written, over
// all hosts, and are never used again.
type ID uint64

// HostNo is the number of a host inside the engine. Numbers are never used
// again, not even for the same host once it was removed.
type HostNo uint32

// Block is a block in memory: at least one directory with its entries, in tree order. It is
// made to be reused: decoding overwrites it. All slices that its methods return are parts
// of it, are valid until the next decoding and must not be changed.
type Block struct {
	host HostNo
	dirs []Dir // in tree order, at least one

	// The columns of the entries: directory after directory, by wire name.
	text  []byte            // the decoded names, each ended by a NUL (no name holds one)
	ends  []uint32          // text[ends[i-1]:ends[i]] is name i and its NUL
	kind  []index.Kind      //
	size  []int64           // in bytes, or index.UnknownSize
	unix  []int64           // as index.Entry.Unix
	prec  []index.Precision //
	extra []extra           // raw names and link targets, by entry; most entries have none

	payload []byte // the section of directories: dirs and extra refer to it
	scratch []byte // the paths: dirs refer to it

	head    head
	numbers numbers
}

// head is what DecodeHead finds.
type head struct {
	packed [3][]byte // the sections of names, numbers, directories
	sums   [8]byte   // checksums of the latter two
	ascii  bool      // all names are in ASCII
	facts  Facts
}

// numbers is the section of numbers, as OpenNumbers finds it.
type numbers struct {
	data    []byte       // the section
	columns []byte       // sizes, then times
	column  codec.Column // reads columns
	flags   []byte       // kinds and precisions
	unit    int64        // of the times
}

// Dir is a directory in a block. A directory may continue in the blocks that
// follow, and it may have no entries.
type Dir struct {
	Path  []byte // as index.Path
	Shown []byte // decoded; equal to Path where that is valid
	Way   []byte // how it was listed when it last changed
	Taken int64  // when it last changed, in seconds since 1970
	Start int    // its entries are Start up to before End
	End   int
	Cont  bool // it began in an earlier block
}

// Facts are the facts at the head of a block: whose it is, and bounds for the rank of its
// entries.
type Facts struct {
	Host  HostNo
	Depth uint16 // the least of its directories
	Taken int64  // the latest of its directories, as Dir.Taken
}

// FactsOf computes the facts of a block that is decoded or built.
func FactsOf(b *Block) Facts {
	f := Facts{Host: b.host, Depth: math.MaxUint16, Taken: math.MinInt64}
	for i := range b.dirs {
		d := &b.dirs[i]
		f.Depth = uint16(min(int(f.Depth), index.Path(Borrow(d.Path)).Depth()))
		f.Taken = max(f.Taken, d.Taken)
	}
	return f
}

// extra holds what few entries have.
type extra struct {
	entry  int    // its number
	raw    []byte // the wire name, nil if it equals the name
	target []byte // of a link, nil if none is known
}

// Host returns the host whose entries the block holds.
func (b *Block) Host() HostNo { return b.host }

// Dirs returns the directories, in tree order; a decoded block has at least one.
func (b *Block) Dirs() []Dir { return b.dirs }

// EachDir iterates over the directories with their positions in Dirs.
func (b *Block) EachDir() iter.Seq2[int, *Dir] {
	return func(yield func(int, *Dir) bool) {
		for i := range b.dirs {
			if !yield(i, &b.dirs[i]) {
				return
			}
		}
	}
}

// Entries iterates over the numbers of the directory's entries.
func (d *Dir) Entries() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := d.Start; i < d.End; i++ {
			if !yield(i) {
				return
			}
		}
	}
}

// Text returns the decoded names, each ended by a NUL.
func (b *Block) Text() []byte { return b.text }

// Plain reports whether folding the names only makes capitals of ASCII small: they are in
// ASCII according to the head, and have no apostrophe, which the fold leaves out.
func (b *Block) Plain() bool {
	return b.head.ascii && bytes.IndexByte(b.text, '\'') < 0 && bytes.IndexByte(b.text, '`') < 0
}

// Kinds returns the kinds of the entries.
func (b *Block) Kinds() []index.Kind { return b.kind }

// Sizes returns the sizes of the entries in bytes, or index.UnknownSize.
func (b *Block) Sizes() []int64 { return b.size }

// Times returns the times of the entries, as index.Entry.Unix.
func (b *Block) Times() []int64 { return b.unix }

// Precisions returns the precisions of the times.
func (b *Block) Precisions() []index.Precision { return b.prec }

// Len returns the number of entries, which may be 0.
func (b *Block) Len() int { return len(b.ends) }

// Name returns the decoded name of entry i.
func (b *Block) Name(i int) []byte {
	start := uint32(0)
	if i > 0 {
		start = b.ends[i-1]
	}
	return b.text[start : b.ends[i]-1]
}

// Wire returns the name of entry i as the server sent it.
func (b *Block) Wire(i int) []byte {
	if x := b.extraOf(i); x != nil && x.raw != nil {
		return x.raw
	}
	return b.Name(i)
}

// extraOf returns the extra of entry i, or nil.
func (b *Block) extraOf(i int) *extra {
	lo, hi := 0, len(b.extra)
	for lo < hi {
		if mid := (lo + hi) / 2; b.extra[mid].entry < i {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(b.extra) && b.extra[lo].entry == i {
		return &b.extra[lo]
	}
	return nil
}

// HeadFacts returns the facts at the head of the block, after DecodeHead.
func (b *Block) HeadFacts() Facts { return b.head.facts }

// Rows returns how many entries the block has, after OpenNumbers.
func (b *Block) Rows() int { return len(b.numbers.flags) }

// KindAt returns the kind of entry i, after OpenNumbers. In a damaged block it may be
// invalid.
func (b *Block) KindAt(i int) index.Kind { return index.Kind(b.numbers.flags[i] & 3) }

// Link returns the raw name and the target of entry i, nil where it has none.
func (b *Block) Link(i int) (raw, target []byte) {
	if x := b.extraOf(i); x != nil {
		return x.raw, x.target
	}
	return nil, nil
}

// Entry returns a copy of entry i, which stays valid.
func (b *Block) Entry(i int) index.Entry {
	e := index.Entry{
		Name: string(b.Name(i)), Kind: b.kind[i],
		Size: b.size[i], Unix: b.unix[i], Precision: b.prec[i],
	}
	if x := b.extraOf(i); x != nil {
		e.Raw, e.Target = string(x.raw), string(x.target)
	}
	return e
}

// Equal reports whether entry i is e.
func (b *Block) Equal(i int, e *index.Entry) bool {
	if b.size[i] != max(e.Size, index.UnknownSize) || b.unix[i] != e.Unix || b.kind[i] != e.Kind ||
		b.prec[i] != e.Precision || string(b.Name(i)) != e.Name {
		return false
	}
	var raw, target []byte
	if x := b.extraOf(i); x != nil {
		raw, target = x.raw, x.target
	}
	return string(raw) == e.Raw && string(target) == e.Target
}

// Borrow returns bytes as a string without a copy. The string is valid as long as they are
// unchanged.
func Borrow(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // its users store nothing
}

// Search returns the number of the first entry of a directory that is not before a wire name.
func (b *Block) Search(d *Dir, wire []byte) int {
	return d.Start + sort.Search(d.End-d.Start, func(i int) bool {
		return bytes.Compare(b.Wire(d.Start+i), wire) >= 0
	})
}

// Same reports whether entry i is entry k of another block.
func (b *Block) Same(i int, other *Block, k int) bool {
	if b.size[i] != other.size[k] || b.unix[i] != other.unix[k] || b.kind[i] != other.kind[k] ||
		b.prec[i] != other.prec[k] || !bytes.Equal(b.Name(i), other.Name(k)) {
		return false
	}
	var x, y extra
	if p := b.extraOf(i); p != nil {
		x = *p
	}
	if p := other.extraOf(k); p != nil {
		y = *p
	}
	return bytes.Equal(x.raw, y.raw) && bytes.Equal(x.target, y.target)
}
