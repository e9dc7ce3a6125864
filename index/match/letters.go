package match

import (
	"unicode"
	"unicode/utf8"

	"trawl/search/fold"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"
)

// step is a byte that a pattern needs next, or one of these.
type step int16

const (
	anyLetter  step = -1 // ?
	anyLetters step = -2 // *
)

// steps returns the steps of the pattern.
func (g glob) steps() (out []step) {
	for i, part := range g.parts {
		if i > 0 {
			out = append(out, anyLetters)
		}
		for _, c := range part {
			if c == one {
				out = append(out, anyLetter)
				continue
			}
			out = append(out, step(c))
		}
	}
	return out
}

// matchLetters reports whether the whole name fits, where ? is one letter as people see it
// (a grapheme cluster, UAX 29): ß, or a letter with its marks. folding is how a letter of the
// name is compared. A letter of which it leaves nothing, such as an apostrophe, may be ? or be
// left out; one that nobody sees is left out.
func (g glob) matchLetters(name string, folding func(string) string) bool {
	steps := g.steps()
	at := make([]bool, len(steps)+1) // the positions in steps where the pattern may be
	next := make([]bool, len(at))
	at[0] = true
	for rest, state := name, -1; rest != ""; {
		var letter string
		letter, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		clear(next)
		text, seen := folding(letter), visible(letter)
		for p := range at {
			if at[p] {
				over(steps, p, text, seen, at, next)
			}
		}
		at, next = next, at
	}
	for p := range steps {
		if at[p] && steps[p] == anyLetters {
			at[p+1] = true
		}
	}
	return at[len(steps)]
}

// over goes over a letter of a name from position p of a pattern. Where a star may be left, it
// adds the position behind it to at.
func over(steps []step, p int, text string, seen bool, at, next []bool) {
	if text == "" {
		next[p] = true
	}
	if p == len(steps) {
		return
	}
	switch {
	case steps[p] == anyLetters:
		at[p+1], next[p] = true, true
	case steps[p] == anyLetter:
		next[p+1] = next[p+1] || seen
	case text != "" && begins(steps[p:], text):
		next[p+len(text)] = true
	}
}

// begins reports whether steps begin with the bytes of a text.
func begins(steps []step, text string) bool {
	if len(steps) < len(text) {
		return false
	}
	for i := range len(text) {
		if steps[i] != step(text[i]) {
			return false
		}
	}
	return true
}

// visible reports whether people see one of the characters.
func visible(letter string) bool {
	for _, r := range letter {
		if !unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) {
			return true
		}
	}
	return false
}

// plainName reports whether each byte of a name is a letter that folds to one.
func plainName(name string) bool {
	for i := range len(name) {
		if !fold.Plain(name[i]) {
			return false
		}
	}
	return true
}

// composed returns a text in NFC, in which a letter and its accents are one character where
// there is such a one. Names are compared in that form where accents count.
func composed(text string) string {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return norm.NFC.String(text)
		}
	}
	return text
}
