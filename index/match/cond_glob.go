package match

import (
	"bytes"

	"trawl/index"
	"trawl/search/fold"
)

// globCond is met where the own name fits a pattern.
type globCond struct {
	glob    glob
	written bool     // it is compared with the name as written, else with the folded one
	needs   [][]byte // a folded text that the name holds
	end     Candidate
}

var (
	_ condition = (*globCond)(nil)
	_ marked    = (*globCond)(nil)
	_ scored    = (*globCond)(nil)
)

// newGlob returns the condition of a pattern; fold is nil if it is meant as written.
func newGlob(pattern string, written bool) *globCond {
	c := &globCond{written: written, needs: longest(pattern)}
	if written {
		c.glob = parseGlob(pattern, composed)
	} else {
		c.glob = parseGlob(pattern, fold.String)
	}
	c.end = c.glob.end()
	return c
}

func (c *globCond) level(_ *matcher, e *index.Entry, folded []byte) level {
	return when(holdsOne(folded, c.needs) && c.fits(e.Name, folded), own)
}

// fits reports whether a name fits the pattern.
func (c *globCond) fits(name string, folded []byte) bool {
	switch {
	case c.written && c.glob.asks:
		return c.glob.matchLetters(composed(name), func(s string) string { return s })
	case c.written:
		return c.glob.match([]byte(composed(name)))
	case c.glob.asks && !plainName(name):
		return c.glob.matchLetters(name, fold.String)
	}
	return c.glob.match(folded)
}

func (c *globCond) span(m *matcher, _ int, e *index.Entry, folded []byte) (least, most level) {
	l := c.level(m, e, folded)
	return l, l
}

func (c *globCond) spans() spans { return nameSpans() }

func (c *globCond) wants(dirMask) wants {
	return ownWants(allOf([]Candidate{hasOneOf(c.needs, false), c.end}))
}

func (c *globCond) marks(s *shown) (out []index.Range) {
	for _, part := range c.glob.parts {
		for text := range bytes.SplitSeq(part, []byte{one}) {
			out = append(out, s.inName(literally([]byte(fold.String(string(text)))))...)
		}
	}
	return out
}

func (c *globCond) worth([]byte) worth { return worthWhole() }
