package match

import (
	"bytes"

	"trawl/index"
)

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
	in := folded
	if c.text.slash {
		in = m.whole(folded)[max(0, m.stem-len(c.text.fold)+1):]
	}
	if bytes.Contains(in, c.text.fold) {
		return own
	}
	return when(m.mask&c.mask != 0, above)
}

func (c *wordCond) span(_ *matcher, _ int, _ *index.Entry, folded []byte) (least, most level) {
	return c.text.span(bytes.Contains(folded, c.text.fold))
}

func (c *wordCond) wants(at dirMask) wants { return c.text.wants(at, c.mask) }

func (c *wordCond) bit() uint64 { return c.mask }

func (c *wordCond) met(m *matcher) bool { return bytes.Contains(m.path[:m.stem], c.text.fold) }

func (c *wordCond) marks(s *shown) []index.Range { return s.all.find(c.text.fold) }

func (c *wordCond) worth(name []byte) (mean, n int) { return wordWorth(c.text.fold, name), 1 }

func (c *wordCond) spans() spans { return c.text.spans() }

func (c *wordCond) letters(out []byte) []byte { return c.text.letters(out) }
