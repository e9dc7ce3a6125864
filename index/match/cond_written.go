package match

import (
	"bytes"
	"strings"

	"trawl/index"
)

// writtenCond is wordCond for a text as it is written: case, accents and width count.
type writtenCond struct {
	text literal
	mask uint64
}

var (
	_ condition = (*writtenCond)(nil)
	_ directed  = (*writtenCond)(nil)
	_ marked    = (*writtenCond)(nil)
	_ scored    = (*writtenCond)(nil)
	_ worded    = (*writtenCond)(nil)
)

func (c *writtenCond) level(m *matcher, e *index.Entry, _ []byte) level {
	in := e.Name
	if c.text.slash {
		dir := strings.TrimSuffix(m.dir.display(), "/") + "/"
		in = (dir + e.Name)[max(0, len(dir)-len(c.text.typed)+1):]
	}
	if strings.Contains(in, c.text.typed) {
		return own
	}
	return when(m.mask&c.mask != 0, above)
}

func (c *writtenCond) span(_ *matcher, _ int, e *index.Entry, folded []byte) (least, most level) {
	return c.text.span(bytes.Contains(folded, c.text.fold) && strings.Contains(e.Name, c.text.typed))
}

func (c *writtenCond) wants(at dirMask) wants { return c.text.wants(at, c.mask) }

func (c *writtenCond) bit() uint64 { return c.mask }

func (c *writtenCond) met(m *matcher) bool {
	return bytes.Contains(m.path[:m.stem], c.text.fold) && strings.Contains(m.dir.display()+"/", c.text.typed)
}

func (c *writtenCond) marks(s *shown) (out []index.Range) {
	for _, r := range s.all.find(c.text.fold) {
		if s.all.text[r.Start:r.End] == c.text.typed {
			out = append(out, r)
		}
	}
	return out
}

func (c *writtenCond) worth(name []byte) (mean, n int) { return wordWorth(c.text.fold, name), 1 }

func (c *writtenCond) spans() spans { return c.text.spans() }

func (c *writtenCond) letters(out []byte) []byte { return c.text.letters(out) }
