package match

import (
	"bytes"

	"trawl/index"
)

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
	return when(m.mask&c.mask != 0 || bytes.Contains(m.whole(folded), c.text.fold), plain)
}

func (c *pathCond) span(_ *matcher, _ int, _ *index.Entry, folded []byte) (least, most level) {
	return when(!c.text.slash && bytes.Contains(folded, c.text.fold), plain), plain
}

func (c *pathCond) spans() spans { return spansOf(plain, plain) | spansOf(none, plain) }

func (c *pathCond) wants(at dirMask) wants {
	w := filterWants(Has{Text: string(c.text.fold), Path: true})
	if at.known && !c.text.slash {
		w = filterWants(c.text.above(at, c.mask, Has{Text: string(c.text.fold)}))
	}
	w.sure = at.meets(c.mask)
	return w
}

func (c *pathCond) bit() uint64 { return c.mask }

func (c *pathCond) met(m *matcher) bool { return bytes.Contains(m.path[:m.stem], c.text.fold) }

func (c *pathCond) marks(s *shown) []index.Range { return s.all.find(c.text.fold) }
