package match

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// dfa answers what regexp's MatchString answers, but texts in ASCII from a table: one
// look per byte, up to the byte that settles it. Searches ask expressions of millions
// of names, and regexp follows every way through its program anew for each of them.
// Nanoseconds a name (BenchmarkExpression, the least of 30 runs on a busy machine):
//
//	(?i:...)                    regexp  dfa
//	[0-9]{4}-[0-9]{2}-[0-9]{2}     357   45
//	^a.*z$                          78    8
//	^[0-9]+\.html$                  44    8
//	lib[a-z]+\.so\.[0-9]+$         521   57
//	kernel.*\.h$                   718   59
//
// A state is the set of the instructions at which a match may stand between two
// bytes. The table holds what texts have asked for, within bounds; where it ends,
// and at bytes of other characters, regexp answers. A dfa belongs to one goroutine.
type dfa struct {
	re      *regexp.Regexp
	prog    *syntax.Prog
	class   [256]uint8 // of bytes: those that the program does not tell apart
	members []rune     // of each class one
	start   state
	table   []state // the next state, by state and class
	sets    []set   // by state/len(members)
	states  map[set]state
	room    int // bytes left for more states
	left    int // texts left to regexp
}

// state is the position of its row in a dfa's table, or one of these.
type state int32

const (
	unknown state = -iota // row 0 is nobody's
	never                 // no match, whatever follows
	always                // a match, whatever follows
	beyond                // the table ends here
)

// set is what a state stands for.
type set struct {
	before rune   // like the character before it, if an instruction asks for that
	at     string // the instructions, sorted, each as a rune
}

// The classes of what is no character of ASCII.
const (
	end     uint8 = iota // of the text
	foreign              // bytes of other characters
)

// What stands for characters that there are not.
const (
	nothing  rune = -1 - iota // before a text, and after it
	whatever                  // not looked at yet
)

// The bounds of a dfa.
const (
	patience   = 100       // texts for which it does not pay to make one
	maxProgram = 1 << 10   // instructions
	maxTable   = 128 << 10 // bytes
)

// newDFA returns the dfa of an expression. The classes, which cost as much as regexp
// takes for some hundred texts, are made when there have been as many.
func newDFA(re *regexp.Regexp) *dfa { return &dfa{re: re, start: beyond} }

// ready makes the classes and the first state, unless the program is too long.
func (d *dfa) ready() {
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

// classify puts bytes into one class that the same instructions take and that are
// alike at edges.
func (d *dfa) classify() {
	d.members = []rune{end: nothing, foreign: utf8.RuneError}
	for b := range d.class {
		d.class[b] = foreign
	}
	classes := map[string]uint8{}
	takers := make([]byte, 0, len(d.prog.Inst)+1)
	for r := range rune(utf8.RuneSelf) {
		takers = append(takers[:0], byte(edge(r)))
		for i := range d.prog.Inst {
			if d.prog.Inst[i].MatchRune(r) {
				takers = utf8.AppendRune(takers, rune(i))
			}
		}
		class, ok := classes[string(takers)]
		if !ok {
			class = uint8(len(d.members))
			classes[string(takers)] = class
			d.members = append(d.members, r)
		}
		d.class[r] = class
	}
}

// edge returns what stands for all characters like r beside the edge of a word, a
// line or the text.
func edge(r rune) rune {
	switch {
	case syntax.IsWordChar(r):
		return 'w'
	case r == nothing || r == '\n':
		return r
	}
	return ' '
}

// fits tells whether a text has a match of d's expression.
func fits[S string | []byte](d *dfa, text S) bool {
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
func (d *dfa) ask(text string) bool {
	if d.left++; d.left == patience {
		d.ready()
	}
	return d.re.MatchString(text)
}

// step returns the state after a state and a byte of a class. It is never
// unknown; after the end it is never or always.
func (d *dfa) step(from state, class uint8) state {
	if class == foreign {
		return beyond
	}
	s, r := d.sets[int(from)/len(d.members)], d.members[class]
	var to []rune
	for _, pc := range d.reach([]rune(s.at), s.before, r) {
		inst := &d.prog.Inst[pc]
		if inst.Op == syntax.InstMatch {
			return always
		}
		if inst.MatchRune(r) {
			to = append(to, rune(inst.Out))
		}
	}
	if class == end {
		return never
	}
	return d.enter(to, r)
}

// enter returns the state after a character that led to some instructions. A match
// may also begin there.
func (d *dfa) enter(to []rune, before rune) state {
	at := d.reach(append(to, rune(d.prog.Start)), before, whatever)
	s := set{before: ' ', at: string(at)}
	for _, pc := range at {
		switch d.prog.Inst[pc].Op {
		case syntax.InstMatch:
			return always
		case syntax.InstEmptyWidth:
			s.before = edge(before)
		default:
		}
	}
	if len(at) == 0 && len(d.reach([]rune{rune(d.prog.Start)}, '\n', whatever)) == 0 {
		return never // not even on a next line
	}
	if known, ok := d.states[s]; ok {
		return known
	}
	return d.add(s)
}

// add returns a new state, as long as there is room.
func (d *dfa) add(s set) state {
	const each = 100 // bytes of a set and its place in the map
	row := len(d.members)
	if d.room -= 4*row + len(s.at) + each; d.room < 0 {
		return beyond
	}
	fresh := state(len(d.table))
	d.table = append(d.table, make([]state, row)...)
	d.sets = append(d.sets, s)
	d.states[s] = fresh
	return fresh
}

// reach follows the program from some instructions as far as it goes between two
// characters. It returns, sorted, the instructions where it stops: those that take a
// character, those that match and, if the one after is whatever, those that ask for it.
func (d *dfa) reach(todo []rune, before, after rune) []rune {
	var at []rune
	passed := make([]bool, len(d.prog.Inst))
	for len(todo) > 0 {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if passed[pc] {
			continue
		}
		passed[pc] = true
		switch inst := &d.prog.Inst[pc]; inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			todo = append(todo, rune(inst.Out), rune(inst.Arg))
		case syntax.InstNop, syntax.InstCapture:
			todo = append(todo, rune(inst.Out))
		case syntax.InstEmptyWidth:
			const behind = syntax.EmptyBeginLine | syntax.EmptyBeginText
			switch {
			case after == whatever && syntax.EmptyOp(inst.Arg)&behind == 0:
				at = append(at, pc)
			case inst.MatchEmptyWidth(before, after):
				todo = append(todo, rune(inst.Out))
			}
		case syntax.InstFail:
		default:
			at = append(at, pc)
		}
	}
	slices.Sort(at)
	return at
}
