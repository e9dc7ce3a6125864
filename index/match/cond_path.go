package match

import "trawl/index"

// pathCond is met where the text is in the whole path.
type pathCond struct {
	text literal
	mask uint64
}

var (
	_ condition = (*pathCond)(nil)
	_ directed  = (*pathCond)(nil)
	_ marked    = (*pathCond)(nil)
)

func (c *pathCond) level(m *matcher, _ *index.Entry, folded []byte) level {
	return when(m.mask&c.mask != 0 || c.text.in(m.whole(folded)), plain)
}

func (c *pathCond) span(_ *matcher, _ int, _ *index.Entry, folded []byte) (least, most level) {
	return when(!c.text.slash && c.text.in(folded), plain), plain
}

func (c *pathCond) spans() spans { return spansOf(plain, plain) | spansOf(none, plain) }

func (c *pathCond) wants(at dirMask) wants {
	w := filterWants(c.text.has(true))
	if at.known && !c.text.slash {
		w = filterWants(c.text.above(at, c.mask, c.text.has(false)))
	}
	w.sure = at.meets(c.mask)
	return w
}

func (c *pathCond) bit() uint64 { return c.mask }

func (c *pathCond) met(m *matcher) bool { return c.text.in(m.path[:m.stem]) }

func (c *pathCond) marks(s *shown) []index.Range { return s.all.find(c.text.all) }
