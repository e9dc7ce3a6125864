package match

import (
	"trawl/index"
	"trawl/search/query"
)

// typeCond is met by files and links of some types.
type typeCond struct {
	known fileTypes
	of    map[string]bool
}

var _ condition = (*typeCond)(nil)

func newType(types []string) *typeCond {
	c := &typeCond{known: newFileTypes(query.Types()), of: map[string]bool{}}
	for _, typ := range types {
		c.of[typ] = true
	}
	return c
}

func (c *typeCond) level(_ *matcher, e *index.Entry, folded []byte) level {
	typ := c.known.of(e, folded)
	return when(typ != "" && c.of[typ], plain)
}

func (c *typeCond) span(m *matcher, _ int, e *index.Entry, folded []byte) (least, most level) {
	l := c.level(m, e, folded)
	return l, l
}

func (c *typeCond) spans() spans { return filterSpans() }

func (c *typeCond) wants(dirMask) wants { return filterWants(extCandidate(c.known.candidates(c.of))) }
