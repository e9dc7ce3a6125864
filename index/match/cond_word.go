package match

import "trawl/index"

// wordCond is met where the text is in the path, and is a word of the own name where
// it ends there.
type wordCond struct {
	text literal
	mask uint64
}

var (
	_ condition = (*wordCond)(nil)
	_ directed  = (*wordCond)(nil)
	_ marked    = (*wordCond)(nil)
	_ scored    = (*wordCond)(nil)
	_ worded    = (*wordCond)(nil)
)

func (c *wordCond) level(m *matcher, _ *index.Entry, folded []byte) level {
	return max(c.text.level(m, folded), when(m.mask&c.mask != 0, above))
}

func (c *wordCond) span(_ *matcher, _ int, _ *index.Entry, folded []byte) (least, most level) {
	return c.text.span(c.text.in(folded))
}

func (c *wordCond) wants(at dirMask) wants { return c.text.wants(at, c.mask) }

func (c *wordCond) bit() uint64 { return c.mask }

func (c *wordCond) met(m *matcher) bool { return c.text.in(m.path[:m.stem]) }

func (c *wordCond) marks(s *shown) []index.Range { return s.all.find(c.text.all) }

func (c *wordCond) worth(name []byte) worth { return worthOf(&c.text.needle, name) }

func (c *wordCond) spans() spans { return c.text.spans() }

func (c *wordCond) asked(out []asked) []asked {
	return append(out, asked{&c.text.needle, c.text.typed})
}
