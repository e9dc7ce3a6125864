package match

import "trawl/index"

// notCond is met where its branch is not.
type notCond struct{ branch condition }

var (
	_ condition = notCond{}
	_ branching = notCond{}
)

func (c notCond) branches() (all []condition, negated bool) { return []condition{c.branch}, true }

func (c notCond) level(m *matcher, e *index.Entry, folded []byte) level {
	return when(c.branch.level(m, e, folded) == none, plain)
}

func (c notCond) span(m *matcher, host int, e *index.Entry, folded []byte) (least, most level) {
	l, h := c.branch.span(m, host, e, folded)
	return not(h), not(l)
}

func (c notCond) spans() (out spans) {
	for least, most := range c.branch.spans().all {
		out |= spansOf(not(most), not(least))
	}
	return out
}

// not returns the level of a Not of a condition with this level.
func not(l level) level { return when(l == none, plain) }

func (c notCond) wants(at dirMask) wants {
	if c.branch.wants(at).sure {
		return filterWants(None{})
	}
	return filterWants(All{})
}
