package match

import "trawl/index"

// sizeCond is met by entries of known size from least to most bytes.
type sizeCond struct{ least, most int64 }

var _ condition = (*sizeCond)(nil)

func (c *sizeCond) level(_ *matcher, e *index.Entry, _ []byte) level {
	return when(e.Size != index.UnknownSize && c.least <= e.Size && e.Size <= c.most, plain)
}

func (c *sizeCond) span(m *matcher, _ int, e *index.Entry, folded []byte) (least, most level) {
	l := c.level(m, e, folded)
	return l, l
}

func (c *sizeCond) spans() spans { return filterSpans() }

func (c *sizeCond) wants(dirMask) wants { return filterWants(Size{c.least, c.most}) }
