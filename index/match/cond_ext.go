package match

import (
	"slices"
	"strings"

	"trawl/index"
	"trawl/search/fold"
)

// extCond is met by files and links whose name ends in a dot and one of these.
type extCond struct{ exts map[string]bool }

var _ condition = (*extCond)(nil)

// newExt returns the condition of extensions, each of which may hold dots itself.
func newExt(exts []string) *extCond {
	c := &extCond{make(map[string]bool, len(exts))}
	for _, ext := range exts {
		c.exts[fold.String(ext)] = true
	}
	return c
}

func (c *extCond) level(_ *matcher, e *index.Entry, folded []byte) level {
	return when(e.Kind != index.Dir && hasExt(c.exts, folded), plain)
}

func (c *extCond) span(m *matcher, _ int, e *index.Entry, folded []byte) (least, most level) {
	l := c.level(m, e, folded)
	return l, l
}

func (c *extCond) spans() spans { return filterSpans() }

func (c *extCond) wants(dirMask) wants { return filterWants(extCandidate(c.exts)) }

// hasExt reports whether a name ends in one of the extensions.
func hasExt(exts map[string]bool, folded []byte) bool {
	for i := 1; i < len(folded); i++ {
		if folded[i] == '.' && exts[string(folded[i+1:])] {
			return true
		}
	}
	return false
}

// extCandidate wants the part after the last dot of each extension.
func extCandidate(exts map[string]bool) Candidate {
	var values []string
	for ext := range exts {
		last := ext[strings.LastIndexByte(ext, '.')+1:]
		if last == "" {
			return All{}
		}
		values = append(values, last)
	}
	slices.Sort(values)
	return Ext{slices.Compact(values)}
}
