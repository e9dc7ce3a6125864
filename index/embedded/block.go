package embedded

import (
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

	scratch []byte // what the strings of dirs and extra are parts of
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

// target returns what link i points at, or nil.
func (b *block) target(i int) []byte {
	if x := b.extraOf(i); x != nil {
		return x.target
	}
	return nil
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

// dirOf returns the number in dirs of the directory that holds entry i.
func (b *block) dirOf(i int) int {
	lo, hi := 0, len(b.dirs)-1
	for lo < hi {
		if mid := (lo + hi) / 2; b.dirs[mid].end <= i {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
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

// decode reads a block as encode wrote it. Data that encode did not write is an
// error, whatever it holds.
func (b *block) decode(data []byte) error {
	return errBlock // see block_format.go soon
}
