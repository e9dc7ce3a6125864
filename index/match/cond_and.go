package match

import "trawl/index"

// andCond is met where all its branches are.
type andCond struct {
	all    []condition
	scored []scored // those of the branches
}

var (
	_ condition = (*andCond)(nil)
	_ branching = (*andCond)(nil)
	_ scored    = (*andCond)(nil)
	_ worded    = (*andCond)(nil)
)

func newAnd(branches []condition) *andCond { return &andCond{branches, scoredOf(branches)} }

func (c *andCond) branches() (all []condition, negated bool) { return c.all, false }

func (c *andCond) level(m *matcher, e *index.Entry, folded []byte) level {
	joint := allOfLevels()
	for _, branch := range c.all {
		l := branch.level(m, e, folded)
		if l == none {
			return none
		}
		joint.add(l)
	}
	return joint.level()
}

func (c *andCond) span(m *matcher, host int, e *index.Entry, folded []byte) (least, most level) {
	lows, highs := allOfLevels(), allOfLevels()
	for _, branch := range c.all {
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
	joint := spansOf(plain, plain)
	for _, branch := range c.all {
		joint = joint.join(branch.spans(), both)
	}
	return joint
}

// wants joins the candidates of the branches:
//
//	(and x y) any   => (and x.any y.any)
//	(and x y) own   => (and (or x.own y.own) x.any y.any)
//	(and x y) plain => (and x.plain y.plain)
func (c *andCond) wants(at dirMask) wants {
	b := wantsOf(c.all, at)
	return wants{any: allOf(b.anys), plain: allOf(b.plains), own: allOf(append(b.anys, oneOf(b.owns))), sure: b.sure == len(c.all)}
}

func (c *andCond) worth(name []byte) (all worth) {
	for _, branch := range c.scored {
		w := branch.worth(name)
		if w.n > 0 && all.n == 0 {
			all.begins = w.begins
		}
		all.sum += w.sum
		all.n += w.n
		all.letters += w.letters
		all.parts = all.parts || w.parts
	}
	return all
}

func (c *andCond) asked(out []asked) []asked {
	for _, branch := range c.all {
		if w, ok := branch.(worded); ok {
			out = w.asked(out)
		}
	}
	return out
}
