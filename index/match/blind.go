package match

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
		return when(!c.slash && bytes.Contains(folded, c.text), plain), plain
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
	case c.slash:
		return none, own
	case in:
		return own, own
	}
	return none, above
}

// ByNames tells whether names, kinds and sizes alone decide what matches: no directory, no
// host and no time does.
func (p *Plan) ByNames() bool {
	for s := range p.root.spans() {
		if s.least < plain && s.most >= plain {
			return false
		}
	}
	return true
}

// span is what matcher.span returns.
type span struct{ least, most level }

// spans returns what can be told of a condition by names, kinds and sizes alone: all that
// matcher.span may return, and that hosts and times decide.
func (c *cond) spans() map[span]struct{} {
	set := func(of ...span) map[span]struct{} {
		out := map[span]struct{}{}
		for _, s := range of {
			out[s] = struct{}{}
		}
		return out
	}
	switch c.op {
	case opAnd:
		return c.join(span{plain, plain}, func(a, b span) span { return span{both(a.least, b.least), both(a.most, b.most)} })
	case opOr:
		return c.join(span{none, none}, func(a, b span) span { return span{max(a.least, b.least), max(a.most, b.most)} })
	case opNot:
		out := set()
		for s := range c.of[0].spans() {
			out[span{when(s.most == none, plain), when(s.least == none, plain)}] = struct{}{}
		}
		return out
	case opWord, opExact:
		if c.slash {
			return set(span{none, own})
		}
		return set(span{own, own}, span{none, above})
	case opPath:
		return set(span{plain, plain}, span{none, plain})
	case opDir, opPathRE, opPathRaw, opText, opHost, opTime:
		return set(span{none, plain})
	case opName, opGlob, opRegexp:
		return set(span{none, none}, span{own, own})
	default:
		return set(span{none, none}, span{plain, plain})
	}
}

// join returns what the spans of branches may come to.
func (c *cond) join(start span, two func(a, b span) span) map[span]struct{} {
	all := map[span]struct{}{start: {}}
	for i := range c.of {
		next := map[span]struct{}{}
		for b := range c.of[i].spans() {
			for a := range all {
				next[two(a, b)] = struct{}{}
			}
		}
		all = next
	}
	return all
}

// both is the level of an And of two.
func both(a, b level) level {
	l := allOfLevels()
	l.add(a)
	l.add(b)
	return l.level()
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
