// Package dfa matches regular expressions against many short texts: a lazy
// deterministic automaton in front of package regexp.
//
// [New] takes a compiled expression. [DFA.Match] and [DFA.MatchString] answer as
// regexp's methods of these names do. Texts in ASCII are answered from a table of states
// that is filled as texts ask for them; regexp answers the rest.
//
// The files: dfa.go is the table and how it is read, states.go makes its states from
// the program of the expression.
package dfa

import (
	"regexp"
	"regexp/syntax"
)

// DFA is a lazy automaton of one expression. It reads one entry of its table per byte,
// up to the byte that decides. A search asks an expression of millions of names, and
// regexp follows every path through its program anew for each of them.
// Nanoseconds a name (BenchmarkExpression, the least of 30 runs on a busy machine):
//
//	(?i:...)                    regexp  dfa
//	[0-9]{4}-[0-9]{2}-[0-9]{2}     357   45
//	^a.*z$                          78    8
//	^[0-9]+\.html$                  44    8
//	lib[a-z]+\.so\.[0-9]+$         521   57
//	kernel.*\.h$                   718   59
//
// The table has bounds. Beyond them, and at bytes of other characters than ASCII,
// regexp answers. A DFA belongs to one goroutine.
type DFA struct {
	re      *regexp.Regexp
	prog    *syntax.Prog
	class   [256]uint8 // of bytes: the program does not distinguish those of one class
	members []rune     // one member of each class
	start   state
	table   []state // the next state, by state and class
	sets    []set   // by state/len(members)
	states  map[set]state
	room    int // bytes left for more states
	asked   int // texts that regexp has answered
}

// state is the position of its row in the table, or one of these.
type state int32

const (
	unknown state = -iota // not computed yet; no state has row 0
	never                 // no match, whatever follows
	always                // a match, whatever follows
	beyond                // the table ends here
)

// The bounds of a DFA.
const (
	patience   = 100       // texts that regexp answers before a table pays
	maxProgram = 1 << 10   // instructions
	maxTable   = 128 << 10 // bytes
)

// New returns the DFA of an expression. The classes of bytes cost as much as regexp
// takes for some hundred texts, so they are computed after that many texts.
func New(re *regexp.Regexp) *DFA { return &DFA{re: re, start: beyond} }

// Match reports whether a text contains a match of the expression.
func (d *DFA) Match(text []byte) bool { return match(d, text) }

// MatchString reports whether a text contains a match of the expression.
func (d *DFA) MatchString(text string) bool { return match(d, text) }

func match[S string | []byte](d *DFA, text S) bool {
	at := d.start
	for i := 0; at > unknown; i++ {
		class := end
		if i < len(text) {
			class = d.class[text[i]]
		}
		next := d.table[int(at)+int(class)]
		if next == unknown {
			next = d.step(at, class)
			d.table[int(at)+int(class)] = next
		}
		at = next
	}
	return at == always || at == beyond && d.ask(string(text))
}

// ask lets regexp answer.
func (d *DFA) ask(text string) bool {
	if d.asked++; d.asked == patience {
		d.prepare()
	}
	return d.re.MatchString(text)
}

// prepare computes the classes and the first state, unless the program is too long.
func (d *DFA) prepare() {
	parsed, err := syntax.Parse(d.re.String(), syntax.Perl)
	if err != nil {
		return
	}
	d.prog, err = syntax.Compile(parsed.Simplify())
	if err != nil || len(d.prog.Inst) > maxProgram {
		return
	}
	d.states, d.room = map[set]state{}, maxTable
	d.classify()
	d.add(set{})
	d.start = d.enter(nil, nothing)
}
