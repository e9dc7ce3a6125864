package dfa

import (
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// set is what a state stands for: the instructions at which a match may stand between
// two bytes.
type set struct {
	before rune   // like the character before it, if an instruction asks for that
	at     string // the instructions, sorted, each as a rune
}

// The classes that are not characters of ASCII.
const (
	end     uint8 = iota // of the text
	foreign              // bytes of other characters
)

// The stand-ins where there is no character.
const (
	nothing  rune = -1 - iota // before a text, and after it
	whatever                  // not read yet
)

// classify puts bytes into one class that the same instructions accept and that are
// alike at edges.
func (d *DFA) classify() {
	d.members = []rune{end: nothing, foreign: utf8.RuneError}
	for b := range d.class {
		d.class[b] = foreign
	}
	classes := map[string]uint8{}
	accepting := make([]byte, 0, len(d.prog.Inst)+1)
	for r := range rune(utf8.RuneSelf) {
		accepting = append(accepting[:0], byte(edge(r)))
		for i := range d.prog.Inst {
			if d.prog.Inst[i].MatchRune(r) {
				accepting = utf8.AppendRune(accepting, rune(i))
			}
		}
		class, ok := classes[string(accepting)]
		if !ok {
			class = uint8(len(d.members))
			classes[string(accepting)] = class
			d.members = append(d.members, r)
		}
		d.class[r] = class
	}
}

// edge returns the stand-in for all characters like r beside the edge of a word, a
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

// step returns the state after a state and a byte of a class. It is never
// unknown; after the end it is never or always.
func (d *DFA) step(from state, class uint8) state {
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
func (d *DFA) enter(to []rune, before rune) state {
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
func (d *DFA) add(s set) state {
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
// characters. It returns, sorted, the instructions where it stops: those that accept a
// character, those that match and, if the character after is not read yet, those that
// ask for it.
func (d *DFA) reach(todo []rune, before, after rune) []rune {
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
