package search

import (
	"bytes"
	"strings"

	"trawl/index"
)

// span returns the least and the greatest level that an entry of a host can have,
// whatever its directory is. Where they fall on the same side of plain the entry
// matches or not, and nobody needs to decode the directory.
//
//	word in the own name  => own, own
//	word elsewhere        => none, above
//	(not x) of l, h       => (not h), (not l)
func (m *matcher) span(c *cond, host int, e *index.Entry, folded []byte) (least, most level) {
	switch c.op {
	case opAnd:
		lows, highs := allOfLevels(), allOfLevels()
		for i := range c.of {
			l, h := m.span(&c.of[i], host, e, folded)
			if h == none {
				return none, none
			}
			lows.add(l)
			highs.add(h)
		}
		return lows.level(), highs.level()
	case opOr:
		for i := range c.of {
			l, h := m.span(&c.of[i], host, e, folded)
			least, most = max(least, l), max(most, h)
		}
		return least, most
	case opNot:
		l, h := m.span(&c.of[0], host, e, folded)
		return when(h == none, plain), when(l == none, plain)
	case opWord, opExact:
		return m.spanWord(c, e, folded)
	case opPath:
		return when(c.lo == 0 && bytes.Contains(folded, c.text), plain), plain
	case opDir, opPathRE, opPathRaw, opText:
		return none, plain
	case opHost:
		l := when(c.hosts[host], plain)
		return l, l
	default:
		l := m.level(c, e, folded)
		return l, l
	}
}

// spanWord is span for words. One with a slash may begin in the directory.
func (m *matcher) spanWord(c *cond, e *index.Entry, folded []byte) (least, most level) {
	in := bytes.Contains(folded, c.text)
	if c.op == opExact {
		in = in && strings.Contains(e.Name, c.raw)
	}
	switch {
	case c.lo > 0:
		return none, own
	case in:
		return own, own
	}
	return none, above
}

// levels puts the levels of the branches of an And together.
type levels struct{ least, best level }

func allOfLevels() levels { return levels{least: own} }

func (a *levels) add(l level) { a.least, a.best = min(a.least, l), max(a.best, l) }

func (a *levels) level() level {
	if a.least != none && a.best == own {
		return own
	}
	return a.least
}
