package scan

import (
	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/match"
)

// filter is what the kind, the size and the time of each entry that matches must be. They
// are columns of a block, so they are looked at before names are decoded. Of names in ASCII
// it looks at extensions.
type filter struct {
	kinds []match.Kind
	sizes []match.Size
	times []match.Time
	exts  *extensions // or nil
}

// filterOf returns the conditions on columns in a candidate: those that stand alone, or in
// its And. This is the only place that knows which candidates are about columns.
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

// narrow reports whether there is any condition on numbers.
func (c *filter) narrow() bool { return len(c.kinds)+len(c.sizes)+len(c.times) > 0 }

// fit appends the entries of b that meet the conditions on numbers, ascending. The columns
// that these are about are decoded.
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

// keep keeps the entries that are ok, in place.
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

// extensions is a set of extensions, by hash: a name that passes may have another one.
type extensions [1 << 12 / 64]uint64

// maxExtension bounds the part of a name that is looked at, in bytes.
const maxExtension = 8

// extensionsOf returns a set, or nil if an extension is too long, empty or not in ASCII.
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

// passes reports whether a name in ASCII may have one of the extensions.
func (x *extensions) passes(name []byte) bool {
	at := bitOf(name)
	return x[at/64]&(1<<(at%64)) != 0
}

// bitOf returns the bit of a name's extension, which is the same in any case of letters.
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
