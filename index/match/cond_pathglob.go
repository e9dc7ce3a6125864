package match

import "trawl/index"

// pathGlobCond is met where the whole folded path fits a pattern.
type pathGlobCond struct {
	expression
	needs [][]byte // folded texts one of which the path holds
}

var (
	_ condition = (*pathGlobCond)(nil)
	_ marked    = (*pathGlobCond)(nil)
)

func (c *pathGlobCond) level(m *matcher, _ *index.Entry, folded []byte) level {
	path := m.whole(folded)
	return when(holdsOne(path, c.needs) && m.dfa(c.expression).Match(path), plain)
}

func (c *pathGlobCond) span(*matcher, int, *index.Entry, []byte) (least, most level) {
	return none, plain
}

func (c *pathGlobCond) spans() spans { return spansOf(none, plain) }

func (c *pathGlobCond) wants(dirMask) wants { return filterWants(hasOneOf(c.needs, true)) }

func (c *pathGlobCond) marks(s *shown) (out []index.Range) {
	if !s.path {
		return nil
	}
	for _, text := range c.needs {
		out = append(out, s.all.find(literally(text))...)
	}
	return out
}
