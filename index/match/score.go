package match

import (
	"bytes"
	"unicode/utf8"

	"trawl/index"
)

// The relevance of a name, 0 to 1000, told by the name alone so that all places
// of a result have the same:
//
//	1000      the name is the words of the query: readme for README, or
//	          ubuntu-24.04-desktop for ubuntu 24.04 desktop
//	900       the name without its extension is
//	100..800  else, 100 and the mean of what each word adds:
//	  700     it is a whole word of the name: kernel in linux-kernel-6.1.deb; so is
//	          what a pattern or an expression matches
//	  500     a word of the name begins with it: kernel in kernels.txt
//	  300     it is elsewhere in the name: kernel in mykernel.c
//	  0       it is in the directory only
//
// Of the branches of an OR the best counts; words to be absent do not.
const (
	scoreExact = 1000
	scoreStem  = 900
	scoreBase  = 100
	scoreWhole = 700
	scoreStart = 500
	scorePart  = 300
)

// score returns the relevance of a folded name. Directories have no extension.
func (p *Plan) score(kind index.Kind, name []byte) uint16 {
	if len(p.exact) > 0 {
		switch {
		case p.asked(name):
			return scoreExact
		case kind != index.Dir && p.asked(stem(name)):
			return scoreStem
		}
	}
	mean, n := worth(&p.root, name)
	if n == 0 {
		return scoreBase
	}
	return uint16(scoreBase + mean)
}

// asked tells whether a name is the words of the query, or those of a branch of an OR.
func (p *Plan) asked(name []byte) bool {
	for _, words := range p.exact {
		if sameLetters(name, words) {
			return true
		}
	}
	return false
}

// worth returns what the words of a condition add, and how many they are.
func worth(c *cond, name []byte) (mean, n int) {
	switch c.op {
	case opAnd:
		sum := 0
		for i := range c.of {
			if m, k := worth(&c.of[i], name); k > 0 {
				sum += m * k
				n += k
			}
		}
		return sum / max(n, 1), n
	case opOr:
		for i := range c.of {
			if m, k := worth(&c.of[i], name); k > 0 {
				mean, n = max(mean, m), 1
			}
		}
		return mean, n
	case opWord, opExact, opName:
		return wordWorth(c.text, name), 1
	case opGlob, opRegexp:
		return scoreWhole, 1
	default:
		return 0, 0
	}
}

// wordWorth returns what one word adds: the best of its places in the name.
func wordWorth(text, name []byte) int {
	best := 0
	for from := 0; len(text) > 0; {
		i := bytes.Index(name[from:], text)
		if i < 0 {
			break
		}
		start, end := from+i, from+i+len(text)
		switch starts := start == 0 || !letter(name[start-1]) || !letter(name[start]); {
		case starts && (end == len(name) || !letter(name[end]) || !letter(name[end-1])):
			return scoreWhole
		case starts:
			best = scoreStart
		default:
			best = max(best, scorePart)
		}
		from = start + 1
	}
	return best
}

// letter tells whether a byte belongs to a word: a letter, a digit, or a part of
// what is not ASCII.
func letter(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c >= utf8.RuneSelf
}

// stem returns a name without its extension, or two where the first of them is
// tar: "a.tar.gz" => "a".
func stem(name []byte) []byte {
	ext := ExtOf(name)
	if ext == nil {
		return name
	}
	return bytes.TrimSuffix(name[:len(name)-len(ext)-1], []byte(".tar"))
}

// sameLetters compares the letters and digits of a name with those of words. A
// name that has none of them is compared as it is.
func sameLetters(name, words []byte) bool {
	i := 0
	for _, c := range name {
		if !letter(c) {
			continue
		}
		if i == len(words) || words[i] != c {
			return false
		}
		i++
	}
	return i == len(words)
}

// exacts returns what exact does of each branch of an OR at the top, or else of all,
// without those that have no letters.
func exacts(c *cond) [][]byte {
	of := []cond{*c}
	if c.op == opOr {
		of = c.of
	}
	var out [][]byte
	for i := range of {
		if words := exact(&of[i], nil); len(words) > 0 {
			out = append(out, words)
		}
	}
	return out
}

// exact appends the letters and digits of the words that all have to match, in their
// order.
func exact(c *cond, out []byte) []byte {
	switch c.op {
	case opAnd:
		for i := range c.of {
			out = exact(&c.of[i], out)
		}
	case opWord, opExact, opName:
		for _, b := range c.text {
			if letter(b) {
				out = append(out, b)
			}
		}
	default:
	}
	return out
}
