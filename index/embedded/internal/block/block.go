package block

import (
	"bytes"
	"math"
	"sort"
	"unsafe"

	"trawl/index"
	"trawl/index/embedded/internal/codec"
)

// ID numbers a block. Numbers rise with every block that is written, over
// all hosts, and are never used again.
type ID uint64

// HostNo is the short name of a host inside the engine. Numbers are never used
// again, not by the same host either once it was removed.
type HostNo uint32

// Block is a decoded block: at least one directory and the entries of them, in
// tree order. Its columns are made to be reused: decode overwrites them, and all
// slices that its methods return are parts of it and hold until the next decode.
// They must not be changed.
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

	payload []byte // what the slices of dirs and extra are parts of
	scratch []byte // and those of paths
	numbers []byte // room for the part of that name

	// What decodeHead has found,
	packed [3][]byte // names, numbers, dirs
	sums   [8]byte   // checksums of the latter two
	ascii  bool      // the names are
	facts  Facts
	headed bool // facts are

	// and openNumbers.
	columns []byte       // sizes, then times
	column  codec.Column // what is read of them
	flags   []byte       // kinds and precisions
	unit    int64        // of the times
}

// Dir is a directory in a block. A directory may go on in the blocks that
// follow, and it may have no entries.
type Dir struct {
	Path  []byte // as index.Path
	Shown []byte // decoded; equal to path where that is valid
	Way   []byte // how it was listed when it last changed
	Taken int64  // when it last changed, in seconds since 1970
	Start int    // its entries are start to end
	End   int
	Cont  bool // it began in a block before
}

// Facts is what can be told of a block at once: of which host it is, and what its
// places are at best.
type Facts struct {
	Host  HostNo
	Depth uint16 // the least of its directories
	Taken int64  // the latest of its directories, as blockDir.taken
}

// FactsOf returns the facts of a block that is decoded or built.
func FactsOf(b *Block) Facts {
	f := Facts{Host: b.host, Depth: math.MaxUint16, Taken: math.MinInt64}
	for i := range b.dirs {
		d := &b.dirs[i]
		f.Depth = uint16(min(int(f.Depth), index.Path(Borrow(d.Path)).Depth()))
		f.Taken = max(f.Taken, d.Taken)
	}
	return f
}

// extra is what few entries have.
type extra struct {
	entry  int    // which
	raw    []byte // the wire name, nil if it equals the name
	target []byte // of a link, nil if none was told
}

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

// Wire returns the name of entry i in the bytes of the wire.
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

// HeadFacts returns what the block says of itself at its head, if it does, once
// decodeHead was called.
func (b *Block) HeadFacts() (facts Facts, known bool) { return b.facts, b.headed }

// Rows returns how many entries the numbers are of, once openNumbers was called.
func (b *Block) Rows() int { return len(b.flags) }

// KindAt returns the kind of entry i, once openNumbers was called. It may be one that there
// is not.
func (b *Block) KindAt(i int) index.Kind { return index.Kind(b.flags[i] & 3) }

// Link returns the raw name and the target of entry i, nil where it has none.
func (b *Block) Link(i int) (raw, target []byte) {
	if x := b.extraOf(i); x != nil {
		return x.raw, x.target
	}
	return nil, nil
}

// Entry returns a copy of entry i that holds for good.
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

// Reset makes b an empty block of a host, to be built.
func (b *Block) Reset(no HostNo) {
	b.host, b.ascii = no, false
	b.dirs, b.text, b.ends = b.dirs[:0], b.text[:0], b.ends[:0]
	b.kind, b.size, b.unix, b.prec = b.kind[:0], b.size[:0], b.unix[:0], b.prec[:0]
	b.extra, b.scratch = b.extra[:0], b.scratch[:0]
}

// keep copies s into b.
func (b *Block) keep(s []byte) []byte {
	if s == nil {
		return nil
	}
	n := len(b.scratch)
	b.scratch = append(b.scratch, s...)
	return b.scratch[n:len(b.scratch):len(b.scratch)]
}

// Open makes d the directory that entries are appended to.
func (b *Block) Open(d *Dir) {
	if n := len(b.dirs); n > 0 && bytes.Equal(b.dirs[n-1].Path, d.Path) {
		return
	}
	c := *d
	c.Path = b.keep(d.Path)
	if c.Shown = c.Path; !bytes.Equal(d.Shown, d.Path) {
		c.Shown = b.keep(d.Shown)
	}
	c.Way = b.keep(d.Way)
	c.Start, c.End = b.Len(), b.Len()
	b.dirs = append(b.dirs, c)
}

// Add appends an entry to the directory that is open.
func (b *Block) Add(e *index.Entry) {
	b.text = append(append(b.text, e.Name...), 0)
	b.kind, b.size = append(b.kind, e.Kind), append(b.size, max(e.Size, index.UnknownSize))
	b.unix, b.prec = append(b.unix, e.Unix), append(b.prec, e.Precision)
	if e.Raw != "" || e.Target != "" {
		x := extra{entry: b.Len()}
		if e.Raw != "" {
			x.raw = b.keep([]byte(e.Raw))
		}
		if e.Target != "" {
			x.target = b.keep([]byte(e.Target))
		}
		b.extra = append(b.extra, x)
	}
	b.ends = append(b.ends, uint32(len(b.text)))
	b.dirs[len(b.dirs)-1].End = b.Len()
}

// Copy appends entries i to j of from to the directory that is open.
func (b *Block) Copy(from *Block, i, j int) {
	if i >= j {
		return
	}
	start := uint32(0)
	if i > 0 {
		start = from.ends[i-1]
	}
	shift := uint32(len(b.text)) - start
	at := b.Len() - i
	b.text = append(b.text, from.text[start:from.ends[j-1]]...)
	for _, end := range from.ends[i:j] {
		b.ends = append(b.ends, end+shift)
	}
	b.kind, b.size = append(b.kind, from.kind[i:j]...), append(b.size, from.size[i:j]...)
	b.unix, b.prec = append(b.unix, from.unix[i:j]...), append(b.prec, from.prec[i:j]...)
	first := sort.Search(len(from.extra), func(k int) bool { return from.extra[k].entry >= i })
	for _, x := range from.extra[first:] {
		if x.entry >= j {
			break
		}
		b.extra = append(b.extra, extra{x.entry + at, b.keep(x.raw), b.keep(x.target)})
	}
	b.dirs[len(b.dirs)-1].End = b.Len()
}

// Borrow returns bytes as a string without a copy: it holds as long as they do.
func Borrow(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // who is shown it keeps nothing
}

// Search returns the first entry of a directory that is not before a wire name.
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
