package match

import (
	"regexp"
	"strings"

	"trawl/index"
)

// expression is a regular expression. Each matcher has a state machine of its own for
// it, at the same position.
type expression struct {
	re *regexp.Regexp
	n  int // position in matcher.dfas
}

// marksIn returns where the expression matches a text that starts at base. In one that is not
// composed it marks nothing.
func (x expression) marksIn(text string, base int) (out []index.Range) {
	if composed(text) != text {
		return nil
	}
	for _, m := range x.re.FindAllStringIndex(text, -1) {
		if m[0] < m[1] {
			out = append(out, index.Range{Start: m[0] + base, End: m[1] + base})
		}
	}
	return out
}

// exprCond is met where the own name as written fits an expression.
type exprCond struct {
	expression
	needs [][]byte // folded texts one of which the name holds
	end   Candidate
}

var (
	_ condition  = (*exprCond)(nil)
	_ marked     = (*exprCond)(nil)
	_ scored     = (*exprCond)(nil)
	_ nameTested = (*exprCond)(nil)
)

// fewNeeds bounds the texts that are looked for before an expression is asked: three
// take 30 ns a name, eight 70 to 100, and a state machine 50.
const fewNeeds = 4

func (c *exprCond) level(m *matcher, e *index.Entry, folded []byte) level {
	return when((len(c.needs) > fewNeeds || holdsOne(folded, c.needs)) && m.dfa(c.expression).MatchString(composed(e.Name)), own)
}

func (c *exprCond) span(m *matcher, _ int, e *index.Entry, folded []byte) (least, most level) {
	l := c.level(m, e, folded)
	return l, l
}

func (c *exprCond) spans() spans { return nameSpans() }

func (c *exprCond) wants(dirMask) wants {
	return ownWants(allOf([]Candidate{hasOneOf(c.needs, false), c.end}))
}

func (c *exprCond) marks(s *shown) []index.Range { return c.marksIn(s.name.text, s.base) }

func (c *exprCond) worth([]byte) worth { return worthWhole() }

func (c *exprCond) nameTest() expression { return c.expression }

// pathExprCond is met where the whole path as written fits an expression.
type pathExprCond struct {
	expression
	needs [][]byte // folded texts one of which the path holds
}

var (
	_ condition = (*pathExprCond)(nil)
	_ marked    = (*pathExprCond)(nil)
)

func (c *pathExprCond) level(m *matcher, e *index.Entry, folded []byte) level {
	return when(holdsOne(m.whole(folded), c.needs) &&
		m.dfa(c.expression).MatchString(composed(strings.TrimSuffix(m.dir.display(), "/")+"/"+e.Name)), plain)
}

func (c *pathExprCond) span(*matcher, int, *index.Entry, []byte) (least, most level) {
	return none, plain
}

func (c *pathExprCond) spans() spans { return spansOf(none, plain) }

func (c *pathExprCond) wants(dirMask) wants { return filterWants(hasOneOf(c.needs, true)) }

func (c *pathExprCond) marks(s *shown) []index.Range {
	if !s.path {
		return nil
	}
	return c.marksIn(s.all.text, 0)
}
