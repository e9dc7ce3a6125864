package match

import (
	"bytes"
	"strings"

	"trawl/index"
)

// condition is one kind of condition of a query, compiled. Each kind is a type in a
// file of its own, cond_*.go; compile makes conditions of the nodes of a query. A kind
// that can do more also implements some of the small interfaces below.
type condition interface {
	// level says how an entry of the directory last entered matches; folded is its
	// folded name.
	level(m *matcher, e *index.Entry, folded []byte) level

	// span returns the least and the greatest level that an entry of a host can have,
	// whatever its directory is.
	span(m *matcher, host int, e *index.Entry, folded []byte) (least, most level)

	// spans returns all results that span can have, where hosts and times are not
	// known either.
	spans() spans

	// wants returns the candidates that an engine can look up.
	wants(at dirMask) wants
}

// branching is a condition that is made of others.
type branching interface {
	// branches returns the others, and whether they must not match.
	branches() (all []condition, negated bool)
}

// directed is a condition that a directory decides, at least in part.
type directed interface {
	// bit returns its place in the mask of a matcher.
	bit() uint64

	// met reports whether the directory last entered meets the condition.
	met(m *matcher) bool
}

// timed is a condition on the times of entries.
type timed interface{ timed() }

// marked is a condition whose matches are shown in names and paths.
type marked interface {
	marks(s *shown) []index.Range
}

// scored is a condition that counts for the relevance of a name.
type scored interface {
	worth(name []byte) worth
}

// worded is a condition with words that have to match. asked appends these in their order.
type worded interface {
	asked(out []asked) []asked
}

// nameTested is a condition that a name must meet as it is written.
type nameTested interface {
	nameTest() expression
}

// each calls visit with all that a condition is made of, and then with the condition
// itself. wanted is false for those that must not match.
func each(c condition, wanted bool, visit func(c condition, wanted bool)) {
	if b, ok := c.(branching); ok {
		all, negated := b.branches()
		for _, branch := range all {
			each(branch, wanted != negated, visit)
		}
	}
	visit(c, wanted)
}

// conjuncts returns the conditions that all have to match.
func conjuncts(c condition) []condition {
	and, ok := c.(*andCond)
	if !ok {
		return []condition{c}
	}
	var out []condition
	for _, branch := range and.all {
		out = append(out, conjuncts(branch)...)
	}
	return out
}

// scoredOf returns those of some conditions that count for the relevance.
func scoredOf(branches []condition) (out []scored) {
	for _, c := range branches {
		if s, ok := c.(scored); ok {
			out = append(out, s)
		}
	}
	return out
}

// dirMask is a set of the conditions that a directory meets, by their bits, if the
// directory is known.
type dirMask struct {
	known bool
	bits  uint64
}

// meets reports whether the directory is known to meet the condition with a bit.
func (at dirMask) meets(bit uint64) bool { return at.known && at.bits&bit != 0 }

// literal is a text that a query looks for.
type literal struct {
	needle
	typed string
	slash bool   // the needle has one, so that it may begin in the directory
	last  []byte // of such a text: the part after its last slash
}

func newLiteral(typed string) literal {
	l := literal{needle: newNeedle(typed), typed: typed}
	if i := bytes.LastIndexByte(l.text, '/'); i >= 0 {
		l.slash, l.last = true, l.text[i+1:]
	}
	return l
}

// wants returns the candidates of a text that is in the own name, or else in the
// directory, which decides the condition with this bit.
func (l *literal) wants(at dirMask, bit uint64) wants {
	own := l.own(at)
	return wants{any: l.above(at, bit, own), plain: None{}, own: own, sure: at.meets(bit)}
}

// own returns the candidates with the end of the text in their own names.
func (l *literal) own(at dirMask) Candidate {
	switch {
	case !l.slash || !at.known:
		return l.has(l.slash)
	case len(l.last) > 0:
		return Has{Text: string(l.last), Loose: true}
	case strings.HasSuffix(l.typed, "/"):
		return None{}
	}
	return All{} // it ends in what folds to nothing
}

// above returns the candidates with the text in their directories or in their names;
// own are the latter.
func (l *literal) above(at dirMask, bit uint64, own Candidate) Candidate {
	switch {
	case at.meets(bit):
		return All{}
	case at.known:
		return own
	}
	return l.has(true)
}

// level returns how the text is in the own name of an entry: a text with a slash ends there.
func (l *literal) level(m *matcher, folded []byte) level {
	if !l.slash {
		return when(l.in(folded), own)
	}
	for _, end := range l.all(m.whole(folded)) {
		if end > m.stem {
			return own
		}
	}
	return none
}

// span returns the span of a word that is in the own name or not. A word with a slash
// may begin in the directory.
func (l *literal) span(in bool) (least, most level) {
	switch {
	case l.slash:
		return none, own
	case in:
		return own, own
	}
	return none, above
}

// spans returns all that span can return.
func (l *literal) spans() spans {
	if l.slash {
		return spansOf(none, own)
	}
	return spansOf(own, own) | spansOf(none, above)
}

// holdsOne reports whether a folded text holds one of the texts that an expression
// needs, or the expression needs none.
func holdsOne(folded []byte, needs [][]byte) bool {
	for _, text := range needs {
		if bytes.Contains(folded, text) {
			return true
		}
	}
	return len(needs) == 0
}
