package match

import (
	"slices"

	"trawl/index"
)

// kindCond is met by entries of some kinds.
type kindCond [index.Link + 1]bool

var _ condition = (*kindCond)(nil)

func newKind(kinds []string) *kindCond {
	var c kindCond
	for k := range c {
		c[k] = slices.Contains(kinds, index.Kind(k).String())
	}
	return &c
}

func (c *kindCond) level(_ *matcher, e *index.Entry, _ []byte) level { return when(c[e.Kind], plain) }

func (c *kindCond) span(m *matcher, _ int, e *index.Entry, folded []byte) (least, most level) {
	l := c.level(m, e, folded)
	return l, l
}

func (c *kindCond) spans() spans { return filterSpans() }

func (c *kindCond) wants(dirMask) wants {
	var kinds []index.Kind
	for k, ok := range c {
		if ok {
			kinds = append(kinds, index.Kind(k))
		}
	}
	return filterWants(Kind{kinds})
}
