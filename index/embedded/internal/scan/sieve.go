package scan

import (
	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/match"
)

// filter is what the kind, size and time of every entry that matches must be.
// They are columns of a block, and so are looked at before names are decoded.
// Of names in ASCII it looks at extensions.
type filter struct {
	kinds []match.Kind
	sizes []match.Size
	times []match.Time
	exts  *extensions // or nil
}

// filterOf takes the conditions on columns out of a candidate: those that stand
// alone or in its And.
func filterOf(c match.Candidate) (out filter) {
	of := []match.Candidate{c}
	if and, ok := c.(match.And); ok {
		of = and.Of
	}
	for _, c := range of {
		switch c := c.(type) {
		case match.Kind:
			out.kinds = append(out.kinds, c)
		case match.Size:
			out.sizes = append(out.sizes, c)
		case match.Time:
			out.times = append(out.times, c)
		case match.Ext:
			out.exts = extensionsOf(c.Values)
		default:
		}
	}
	return out
}

// narrow tells whether there is any condition.
func (c *filter) narrow() bool { return len(c.kinds)+len(c.sizes)+len(c.times) > 0 }

// fit appends the entries of b that meet the conditions, ascending. What they ask for
// is decoded.
func (c *filter) fit(b *block.Block, to []int) []int {
	for i := range b.Rows() {
		to = append(to, i)
	}
	for _, k := range c.kinds {
		var want [4]bool
		for _, kind := range k.Of {
			want[kind] = true
		}
		to = keep(to, func(i int) bool { return want[b.KindAt(i)] })
	}
	for _, s := range c.sizes {
		to = keep(to, func(i int) bool {
			return b.Sizes()[i] != index.UnknownSize && s.Min <= b.Sizes()[i] && b.Sizes()[i] <= s.Max
		})
	}
	for _, t := range c.times {
		to = keep(to, func(i int) bool {
			return b.Precisions()[i] != index.Unknown && t.From <= b.Times()[i] && b.Times()[i] <= t.To
		})
	}
	return to
}

// keep leaves the entries that are ok.
func keep(of []int, ok func(int) bool) []int {
	n := 0
	for _, i := range of {
		if ok(i) {
			of[n] = i
			n++
		}
	}
	return of[:n]
}

// extensions are those that names may have. What they pass may have another.
type extensions [1 << 12 / 64]uint64

// maxExtension bounds what is looked at, in bytes.
const maxExtension = 8

// extensionsOf returns nil if some are too long, not in ASCII, or none at all.
func extensionsOf(exts []string) *extensions {
	var x extensions
	for _, ext := range exts {
		if ext == "" || len(ext) > maxExtension || !block.IsASCII([]byte(ext)) {
			return nil
		}
		at := bitOf([]byte("." + ext))
		x[at/64] |= 1 << (at % 64)
	}
	return &x
}

// pass tells whether a name in ASCII may have one of the extensions.
func (x *extensions) pass(name []byte) bool {
	at := bitOf(name)
	return x[at/64]&(1<<(at%64)) != 0
}

// bitOf returns the bit of a name's extension, in whatever case it is written.
func bitOf(name []byte) uint64 {
	packed := uint64(0)
	for i := len(name) - 1; i >= max(0, len(name)-maxExtension); i-- {
		if name[i] == '.' {
			break
		}
		packed = packed<<8 | uint64(name[i]|0x20)
	}
	return packed * 0x9E3779B97F4A7C15 >> 52
}
