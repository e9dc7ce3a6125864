package match

import (
	"bytes"
	"unicode/utf8"

	"trawl/index"
)

// The relevance of a name, 0 to 1000. It depends on the name alone, so that all places
// of a result have the same:
//
//	1000      the name is the words of the query: readme for README, or
//	          ubuntu-24.04-desktop for ubuntu 24.04 desktop
//	900       the name without its extension is
//	100..800  otherwise, 100 and the mean of what each word adds:
//	  700     it is a whole word of the name: kernel in linux-kernel-6.1.deb;
//	          matches of patterns and expressions count as such
//	  500     a word of the name begins with it: kernel in kernels.txt
//	  300     it is elsewhere in the name: kernel in mykernel.c
//	  0       it is in the directory only
//
// The best branch of an OR counts. Words that must be absent do not count.
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
	if len(p.conds.words) > 0 {
		switch {
		case p.isWords(name):
			return scoreExact
		case kind != index.Dir && p.isWords(stem(name)):
			return scoreStem
		}
	}
	if p.conds.scored == nil {
		return scoreBase
	}
	mean, _ := p.conds.scored.worth(name)
	return uint16(scoreBase + mean)
}

// isWords reports whether a name is the words of the query, or those of a branch of an OR.
func (p *Plan) isWords(name []byte) bool {
	for _, words := range p.conds.words {
		if sameLetters(name, words) {
			return true
		}
	}
	return false
}

// wordWorth returns what one word adds: the best of its places in the name.
func wordWorth(word *needle, name []byte) int {
	best := 0
	for start, end := range word.all(name) {
		switch starts := start == 0 || !letter(name[start-1]) || !letter(name[start]); {
		case starts && (end == len(name) || !letter(name[end]) || !letter(name[end-1])):
			return scoreWhole
		case starts:
			best = scoreStart
		default:
			best = max(best, scorePart)
		}
	}
	return best
}

// letter reports whether a byte belongs to a word: a letter, a digit, or a part of
// a character that is not ASCII.
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

// sameLetters reports whether a name has the letters and digits of words. A name without
// any is compared as it is.
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
