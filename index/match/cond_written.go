package match

import (
	"bytes"
	"strings"

	"trawl/index"
	"trawl/search/fold"
)

// writtenCond is wordCond for a text as it is written: case, accents, width and signs count.
// How accents are put together does not (NFC, NFD).
type writtenCond struct {
	text   string // composed
	folded []byte
	slash  bool // text has one, so that it may begin in the directory
	mask   uint64
}

var (
	_ condition = (*writtenCond)(nil)
	_ directed  = (*writtenCond)(nil)
	_ marked    = (*writtenCond)(nil)
	_ scored    = (*writtenCond)(nil)
	_ worded    = (*writtenCond)(nil)
)

func newWritten(text string, bit uint64) *writtenCond {
	return &writtenCond{composed(text), []byte(fold.String(text)), strings.Contains(text, "/"), bit}
}

// level says how an entry matches. A text with a slash ends in its own name.
func (c *writtenCond) level(m *matcher, e *index.Entry, folded []byte) level {
	if !c.slash {
		if c.inName(e, folded) {
			return own
		}
		return when(m.mask&c.mask != 0, above)
	}
	dir := composed(strings.TrimSuffix(m.dir.display(), "/") + "/")
	whole := (dir + composed(e.Name))[max(0, len(dir)-len(c.text)+1):]
	if strings.Contains(whole, c.text) && bytes.Contains(m.whole(folded), c.folded) {
		return own
	}
	return when(m.mask&c.mask != 0, above)
}

// inName reports whether the text is in the own name.
func (c *writtenCond) inName(e *index.Entry, folded []byte) bool {
	return bytes.Contains(folded, c.folded) && strings.Contains(composed(e.Name), c.text)
}

func (c *writtenCond) span(_ *matcher, _ int, e *index.Entry, folded []byte) (least, most level) {
	if c.slash {
		return none, own
	}
	if c.inName(e, folded) {
		return own, own
	}
	return none, above
}

func (c *writtenCond) spans() spans {
	if c.slash {
		return spansOf(none, own)
	}
	return spansOf(own, own) | spansOf(none, above)
}

func (c *writtenCond) wants(at dirMask) wants {
	whole := c.has(c.folded, true)
	mine := whole
	switch {
	case !c.slash:
		mine = c.has(c.folded, false)
	case at.known && strings.HasSuffix(c.text, "/"):
		mine = None{}
	case at.known:
		mine = c.has(c.folded[bytes.LastIndexByte(c.folded, '/')+1:], false)
	}
	w := wants{any: whole, plain: None{}, own: mine, sure: at.meets(c.mask)}
	switch {
	case w.sure:
		w.any = All{}
	case at.known:
		w.any = mine
	}
	return w
}

// has returns the candidates with a folded text in their names or paths.
func (*writtenCond) has(text []byte, path bool) Candidate {
	if len(text) == 0 {
		return All{}
	}
	return Has{Text: string(text), Path: path}
}

func (c *writtenCond) bit() uint64 { return c.mask }

func (c *writtenCond) met(m *matcher) bool {
	return bytes.Contains(m.path[:m.stem], c.folded) && strings.Contains(composed(m.dir.display()+"/"), c.text)
}

func (c *writtenCond) marks(s *shown) (out []index.Range) {
	for _, r := range s.all.find(literally(c.folded)) {
		if composed(s.all.text[r.Start:r.End]) == c.text {
			out = append(out, r)
		}
	}
	return out
}

func (c *writtenCond) worth(name []byte) worth { return worthOf(c.needle(), name) }

func (c *writtenCond) asked(out []asked) []asked { return append(out, asked{c.needle(), c.text}) }

// needle returns the needle of the folded text, signs and all.
func (c *writtenCond) needle() *needle { return &needle{text: c.folded, parts: [][]byte{c.folded}} }
