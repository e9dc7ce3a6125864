package embedded

import (
	"bytes"
	"math"
	"sort"
	"unsafe"

	"trawl/index"
)

// blockID numbers a block. Numbers rise with every block that is written, over
// all hosts, and are never used again.
type blockID uint64

// hostNo is the short name of a host inside the engine. Numbers are never used
// again, not by the same host either once it was removed.
type hostNo uint32

// block is a decoded block: at least one directory and the entries of them, in
// tree order. Its columns are made to be reused: decode overwrites them, and all
// slices that its methods return are parts of it and hold until the next decode.
// They must not be changed.
type block struct {
	host hostNo
	dirs []blockDir // in tree order, at least one

	// The columns of the entries: directory after directory, by wire name.
	text  []byte            // the decoded names, each ended by a NUL (no name holds one)
	ends  []uint32          // text[ends[i-1]:ends[i]] is name i and its NUL
	kind  []index.Kind      //
	size  []int64           // in bytes, or index.UnknownSize
	unix  []int64           // as index.Entry.Unix
	prec  []index.Precision //
	extra []blockExtra      // raw names and link targets, by entry; most entries have none

	payload []byte // what the slices of dirs and extra are parts of
	scratch []byte // and those of paths
	numbers []byte // room for the part of that name

	// What decodeHead has found,
	packed [3][]byte // names, numbers, dirs
	sums   [8]byte   // checksums of the latter two
	ascii  bool      // the names are
	facts  blockFacts
	known  bool // facts are

	// and openNumbers.
	columns []byte // sizes, then times
	column  column // what is read of them
	flags   []byte // kinds and precisions
	unit    int64  // of the times
}

// blockDir is a directory in a block. A directory may go on in the blocks that
// follow, and it may have no entries.
type blockDir struct {
	path  []byte // as index.Path
	shown []byte // decoded; equal to path where that is valid
	way   []byte // how it was listed when it last changed
	taken int64  // when it last changed, in seconds since 1970
	start int    // its entries are start to end
	end   int
	cont  bool // it began in a block before
}

// blockFacts is what can be told of a block at once: of which host it is, and what its
// places are at best.
type blockFacts struct {
	host  hostNo
	depth uint16 // the least of its directories
	taken int64  // the latest of its directories, as blockDir.taken
}

// factsOf returns the facts of a block that is decoded or built.
func factsOf(b *block) blockFacts {
	f := blockFacts{host: b.host, depth: math.MaxUint16, taken: math.MinInt64}
	for i := range b.dirs {
		d := &b.dirs[i]
		f.depth = uint16(min(int(f.depth), index.Path(borrow(d.path)).Depth()))
		f.taken = max(f.taken, d.taken)
	}
	return f
}

// blockExtra is what few entries have.
type blockExtra struct {
	entry  int    // which
	raw    []byte // the wire name, nil if it equals the name
	target []byte // of a link, nil if none was told
}

// len returns the number of entries, which may be 0.
func (b *block) len() int { return len(b.ends) }

// name returns the decoded name of entry i.
func (b *block) name(i int) []byte {
	start := uint32(0)
	if i > 0 {
		start = b.ends[i-1]
	}
	return b.text[start : b.ends[i]-1]
}

// wire returns the name of entry i in the bytes of the wire.
func (b *block) wire(i int) []byte {
	if x := b.extraOf(i); x != nil && x.raw != nil {
		return x.raw
	}
	return b.name(i)
}

// extraOf returns the extra of entry i, or nil.
func (b *block) extraOf(i int) *blockExtra {
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

// headFacts returns what the block says of itself at its head, if it does, once
// decodeHead was called.
func (b *block) headFacts() (facts blockFacts, known bool) { return b.facts, b.known }

// rows returns how many entries the numbers are of, once openNumbers was called.
func (b *block) rows() int { return len(b.flags) }

// kindAt returns the kind of entry i, once openNumbers was called. It may be one that there
// is not.
func (b *block) kindAt(i int) index.Kind { return index.Kind(b.flags[i] & 3) }

// link returns the raw name and the target of entry i, nil where it has none.
func (b *block) link(i int) (raw, target []byte) {
	if x := b.extraOf(i); x != nil {
		return x.raw, x.target
	}
	return nil, nil
}

// entry returns a copy of entry i that holds for good.
func (b *block) entry(i int) index.Entry {
	e := index.Entry{
		Name: string(b.name(i)), Kind: b.kind[i],
		Size: b.size[i], Unix: b.unix[i], Precision: b.prec[i],
	}
	if x := b.extraOf(i); x != nil {
		e.Raw, e.Target = string(x.raw), string(x.target)
	}
	return e
}

// equal reports whether entry i is e.
func (b *block) equal(i int, e *index.Entry) bool {
	if b.size[i] != max(e.Size, index.UnknownSize) || b.unix[i] != e.Unix || b.kind[i] != e.Kind ||
		b.prec[i] != e.Precision || string(b.name(i)) != e.Name {
		return false
	}
	var raw, target []byte
	if x := b.extraOf(i); x != nil {
		raw, target = x.raw, x.target
	}
	return string(raw) == e.Raw && string(target) == e.Target
}

// reset makes b an empty block of a host, to be built.
func (b *block) reset(no hostNo) {
	b.host, b.ascii = no, false
	b.dirs, b.text, b.ends = b.dirs[:0], b.text[:0], b.ends[:0]
	b.kind, b.size, b.unix, b.prec = b.kind[:0], b.size[:0], b.unix[:0], b.prec[:0]
	b.extra, b.scratch = b.extra[:0], b.scratch[:0]
}

// keep copies s into b.
func (b *block) keep(s []byte) []byte {
	if s == nil {
		return nil
	}
	n := len(b.scratch)
	b.scratch = append(b.scratch, s...)
	return b.scratch[n:len(b.scratch):len(b.scratch)]
}

// open makes d the directory that entries are appended to.
func (b *block) open(d *blockDir) {
	if n := len(b.dirs); n > 0 && bytes.Equal(b.dirs[n-1].path, d.path) {
		return
	}
	c := *d
	c.path = b.keep(d.path)
	if c.shown = c.path; !bytes.Equal(d.shown, d.path) {
		c.shown = b.keep(d.shown)
	}
	c.way = b.keep(d.way)
	c.start, c.end = b.len(), b.len()
	b.dirs = append(b.dirs, c)
}

// add appends an entry to the directory that is open.
func (b *block) add(e *index.Entry) {
	b.text = append(append(b.text, e.Name...), 0)
	b.kind, b.size = append(b.kind, e.Kind), append(b.size, max(e.Size, index.UnknownSize))
	b.unix, b.prec = append(b.unix, e.Unix), append(b.prec, e.Precision)
	if e.Raw != "" || e.Target != "" {
		x := blockExtra{entry: b.len()}
		if e.Raw != "" {
			x.raw = b.keep([]byte(e.Raw))
		}
		if e.Target != "" {
			x.target = b.keep([]byte(e.Target))
		}
		b.extra = append(b.extra, x)
	}
	b.ends = append(b.ends, uint32(len(b.text)))
	b.dirs[len(b.dirs)-1].end = b.len()
}

// copy appends entries i to j of from to the directory that is open.
func (b *block) copy(from *block, i, j int) {
	if i >= j {
		return
	}
	start := uint32(0)
	if i > 0 {
		start = from.ends[i-1]
	}
	shift := uint32(len(b.text)) - start
	at := b.len() - i
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
		b.extra = append(b.extra, blockExtra{x.entry + at, b.keep(x.raw), b.keep(x.target)})
	}
	b.dirs[len(b.dirs)-1].end = b.len()
}

// borrow returns bytes as a string without a copy: it holds as long as they do.
func borrow(b []byte) string {
	return unsafe.String(unsafe.SliceData(b), len(b)) //nolint:gosec // who is shown it keeps nothing
}

// search returns the first entry of a directory that is not before a wire name.
func (b *block) search(d *blockDir, wire []byte) int {
	return d.start + sort.Search(d.end-d.start, func(i int) bool {
		return bytes.Compare(b.wire(d.start+i), wire) >= 0
	})
}

// same reports whether entry i is entry k of another block.
func (b *block) same(i int, other *block, k int) bool {
	if b.size[i] != other.size[k] || b.unix[i] != other.unix[k] || b.kind[i] != other.kind[k] ||
		b.prec[i] != other.prec[k] || !bytes.Equal(b.name(i), other.name(k)) {
		return false
	}
	var x, y blockExtra
	if p := b.extraOf(i); p != nil {
		x = *p
	}
	if p := other.extraOf(k); p != nil {
		y = *p
	}
	return bytes.Equal(x.raw, y.raw) && bytes.Equal(x.target, y.target)
}
