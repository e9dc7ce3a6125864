package match

import "trawl/index"

// orCond is met where one of its branches is.
type orCond struct {
	all    []condition
	scored []scored // those of the branches
}

var (
	_ condition = (*orCond)(nil)
	_ branching = (*orCond)(nil)
	_ scored    = (*orCond)(nil)
)

func newOr(branches []condition) *orCond { return &orCond{branches, scoredOf(branches)} }

func (c *orCond) branches() (all []condition, negated bool) { return c.all, false }

func (c *orCond) level(m *matcher, e *index.Entry, folded []byte) level {
	best := none
	for _, branch := range c.all {
		best = max(best, branch.level(m, e, folded))
	}
	return best
}

func (c *orCond) span(m *matcher, host int, e *index.Entry, folded []byte) (least, most level) {
	for _, branch := range c.all {
		l, h := branch.span(m, host, e, folded)
		least, most = max(least, l), max(most, h)
	}
	return least, most
}

func (c *orCond) spans() spans {
	joint := spansOf(none, none)
	for _, branch := range c.all {
		joint = joint.join(branch.spans(), func(a, b level) level { return max(a, b) })
	}
	return joint
}

// wants joins the candidates of the branches: (or x y) => (or x y) for each level.
func (c *orCond) wants(at dirMask) wants {
	b := wantsOf(c.all, at)
	return wants{any: oneOf(b.anys), plain: oneOf(b.plains), own: oneOf(b.owns), sure: b.sure > 0}
}

func (c *orCond) worth(name []byte) (best worth) {
	for _, branch := range c.scored {
		w := branch.worth(name)
		if w.n == 0 {
			continue
		}
		if w.sum, w.n = w.mean(), 1; best.n == 0 || w.sum > best.sum || w.sum == best.sum && w.letters > best.letters {
			best = w
		}
	}
	return best
}
