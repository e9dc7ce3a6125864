package match

import "trawl/index"

// nameCond is met where the text is in the own name.
type nameCond struct{ text literal }

var (
	_ condition = (*nameCond)(nil)
	_ marked    = (*nameCond)(nil)
	_ scored    = (*nameCond)(nil)
	_ worded    = (*nameCond)(nil)
)

func (c *nameCond) level(_ *matcher, _ *index.Entry, folded []byte) level {
	return when(c.text.in(folded), own)
}

func (c *nameCond) span(m *matcher, _ int, e *index.Entry, folded []byte) (least, most level) {
	l := c.level(m, e, folded)
	return l, l
}

func (c *nameCond) spans() spans { return nameSpans() }

func (c *nameCond) wants(dirMask) wants { return ownWants(c.text.has(false)) }

func (c *nameCond) marks(s *shown) []index.Range { return s.inName(c.text.all) }

func (c *nameCond) worth(name []byte) worth { return worthOf(&c.text.needle, name) }

func (c *nameCond) asked(out []asked) []asked {
	return append(out, asked{&c.text.needle, c.text.typed})
}

// nameSpans returns the spans of a condition on the own name.
func nameSpans() spans { return spansOf(none, none) | spansOf(own, own) }

// ownWants returns the wants of a condition on the own name with these candidates.
func ownWants(own Candidate) wants { return wants{any: own, plain: None{}, own: own} }
