package match

import "trawl/index"

// typeCond is met by files and links whose ExtOf is one of a type's extensions.
type typeCond struct{ exts map[string]bool }

var _ condition = (*typeCond)(nil)

func newType(types []string) *typeCond {
	c := &typeCond{map[string]bool{}}
	for _, typ := range types {
		for _, ext := range Extensions(typ) {
			c.exts[ext] = true
		}
	}
	return c
}

func (c *typeCond) level(_ *matcher, e *index.Entry, folded []byte) level {
	return when(e.Kind != index.Dir && c.exts[string(ExtOf(folded))], plain)
}

func (c *typeCond) span(m *matcher, _ int, e *index.Entry, folded []byte) (least, most level) {
	l := c.level(m, e, folded)
	return l, l
}

func (c *typeCond) spans() spans { return filterSpans() }

func (c *typeCond) wants(dirMask) wants { return filterWants(extCandidate(c.exts)) }
