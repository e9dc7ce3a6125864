package match

import "trawl/index"

// andCond is met where all its branches are.
type andCond struct {
	of     []condition
	scored []scored // those of the branches
}

var (
	_ condition = (*andCond)(nil)
	_ branching = (*andCond)(nil)
	_ scored    = (*andCond)(nil)
	_ worded    = (*andCond)(nil)
)

func newAnd(of []condition) *andCond { return &andCond{of, scoredOf(of)} }

func (c *andCond) branches() (of []condition, negated bool) { return c.of, false }

func (c *andCond) level(m *matcher, e *index.Entry, folded []byte) level {
	all := allOfLevels()
	for _, branch := range c.of {
		l := branch.level(m, e, folded)
		if l == none {
			return none
		}
		all.add(l)
	}
	return all.level()
}

func (c *andCond) span(m *matcher, host int, e *index.Entry, folded []byte) (least, most level) {
	lows, highs := allOfLevels(), allOfLevels()
	for _, branch := range c.of {
		l, h := branch.span(m, host, e, folded)
		if h == none {
			return none, none
		}
		lows.add(l)
		highs.add(h)
	}
	return lows.level(), highs.level()
}

func (c *andCond) spans() spans {
	all := spansOf(plain, plain)
	for _, branch := range c.of {
		all = all.join(branch.spans(), both)
	}
	return all
}

// wants joins the candidates of the branches:
//
//	(and x y) any   => (and x.any y.any)
//	(and x y) own   => (and (or x.own y.own) x.any y.any)
//	(and x y) plain => (and x.plain y.plain)
func (c *andCond) wants(at dirMask) wants {
	b := wantsOf(c.of, at)
	return wants{any: allOf(b.anys), plain: allOf(b.plains), own: allOf(append(b.anys, oneOf(b.owns))), sure: b.sure == len(c.of)}
}

func (c *andCond) worth(name []byte) (mean, n int) {
	sum := 0
	for _, branch := range c.scored {
		if m, k := branch.worth(name); k > 0 {
			sum += m * k
			n += k
		}
	}
	return sum / max(n, 1), n
}

func (c *andCond) letters(out []byte) []byte {
	for _, branch := range c.of {
		if w, ok := branch.(worded); ok {
			out = w.letters(out)
		}
	}
	return out
}
