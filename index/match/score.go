package match

import (
	"bytes"

	"trawl/search/fold"

	"trawl/index"
)

// The score of a name, 0 to 1000. It depends on the folded name alone, so that all places of a result
// have the same:
//
//	1000      the name is the words of the query: readme for README, or
//	          ubuntu-24.04-desktop for ubuntu 24.04 desktop
//	900       the name without its extension is
//	100..800  otherwise, 100 and the mean of what each word adds:
//	  700     it is a whole word of the name: kernel in linux-kernel-6.1.deb;
//	          matches of patterns and expressions count as such
//	  500     a word of the name begins with it: kernel in kernels.txt
//	  300     it is elsewhere in the name: kernel in mykernel.c, 6.1 in linux-6.10
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

// The relevance of a name is its score and, among names of the same score, how close they are to what
// was asked:
//
//	score << 6 | file << 5 | begins << 4 | share
//
//	file    it is no companion of another file, such as a signature
//	begins  the name begins with the first word of the query
//	share   how much of the name was asked for, 0 to 15
//
// Begins and share are 0 where a word is elsewhere in a word of the name or not in the name at all:
// then the name as written may say more (see fine.go).
const (
	closeBits  = 6
	closeFile  = 1 << 5
	closeBegin = 1 << 4
	mostShare  = 1<<4 - 1
)

// relevance returns the relevance of a folded name. Directories have no extension.
func (p *Plan) relevance(kind index.Kind, name []byte) uint16 {
	stem, ext := name, []byte(nil)
	if kind != index.Dir {
		stem, ext = cutExt(name)
	}
	file := uint16(closeFile)
	if p.conds.companions[string(ext)] {
		file = 0
	}
	score, near := p.score(name, stem)
	return score<<closeBits | file | near
}

// score returns the score of a folded name, and how close it is. stem is the name without its extension.
func (p *Plan) score(name, stem []byte) (score, near uint16) {
	switch {
	case len(p.conds.phrases) == 0:
	case p.isPhrase(name):
		return scoreExact, 0
	case len(stem) < len(name) && p.isPhrase(stem):
		return scoreStem, 0
	}
	if p.conds.scored == nil {
		return scoreBase, 0
	}
	w := p.conds.scored.worth(name)
	if w.parts {
		return scoreBase + uint16(w.mean()), 0
	}
	near = uint16(min(mostShare, mostShare*w.letters/max(1, wordLetters(stem))))
	if w.begins {
		near |= closeBegin
	}
	return scoreBase + uint16(w.mean()), near
}

// closest reports whether a relevance is that of a name which is the words of the query.
func closest(relevance uint16) bool { return relevance>>closeBits >= scoreStem }

// isPhrase reports whether a name is the words of the query, or those of a branch of an OR.
func (p *Plan) isPhrase(name []byte) bool {
	for i := range p.conds.phrases {
		if sameLetters(name, p.conds.phrases[i].letters) {
			return true
		}
	}
	return false
}

// worth is what words are worth for a name.
type worth struct {
	sum, n  int  // of what the words add, and how many they are
	letters int  // of the words that are in the name, without digits
	parts   bool // one is elsewhere in a word of the name, or not in the name
	begins  bool // the name begins with the first one
}

// mean returns what the words add in the mean.
func (w *worth) mean() int { return w.sum / max(1, w.n) }

// worthWhole returns the worth of a pattern or expression that a name fits.
func worthWhole() worth { return worth{sum: scoreWhole, n: 1, begins: true} }

// worthOf returns the worth of a word: that of the best of its places in the name.
func worthOf(word *needle, name []byte) worth {
	best := worth{n: 1, parts: true}
	for start, end := range word.all(name) {
		w := worth{sum: scorePart, n: 1, parts: true, begins: start == 0}
		if startsWord(name, start) && !numberGoesOn(name, end) {
			w.sum, w.parts = scoreStart, false
			if endsWord(name, end) {
				w.sum = scoreWhole
			}
		}
		if w.sum > best.sum || w.sum == best.sum && w.begins {
			best = w
		}
		if best.sum == scoreWhole {
			break
		}
	}
	if best.sum > 0 {
		best.letters = wordLetters(word.text)
	}
	return best
}

// startsWord reports whether a word of a folded name may start at a place: behind a sign, or between a
// digit and a letter. A number that follows a point is a part of another one, as 1.2 is in 3.1.2.
func startsWord(name []byte, at int) bool {
	switch {
	case at == 0:
		return true
	case at == len(name) || !fold.Letter(name[at]):
		return true
	case !fold.Letter(name[at-1]):
		return !digit(name[at]) || name[at-1] != '.' || at < 2 || !digit(name[at-2])
	}
	return digit(name[at-1]) != digit(name[at])
}

// endsWord reports whether a word of a folded name may end at a place: before a sign, or between a
// letter and a digit. A number before a point and another number is a part of both, as 3.1 is of
// 3.1.2.
func endsWord(name []byte, at int) bool {
	switch {
	case at == len(name):
		return true
	case at == 0 || !fold.Letter(name[at-1]):
		return true
	case !fold.Letter(name[at]):
		return !digit(name[at-1]) || name[at] != '.' || at+1 == len(name) || !digit(name[at+1])
	}
	return digit(name[at-1]) != digit(name[at])
}

// numberGoesOn reports whether a place is in the middle of a number: 6.1 is no beginning of 6.10.
func numberGoesOn(name []byte, at int) bool {
	return 0 < at && at < len(name) && digit(name[at-1]) && digit(name[at])
}

// digit reports whether a byte is a digit.
func digit(c byte) bool { return '0' <= c && c <= '9' }

// wordLetters counts the letters of a folded text.
func wordLetters(text []byte) (n int) {
	for _, c := range text {
		if 'a' <= c && c <= 'z' || c >= 0xC0 { // the first byte of a letter
			n++
		}
	}
	return n
}

// cutExt cuts the extension off a name, and .tar before it: "a.tar.gz" => "a", "gz".
func cutExt(name []byte) (stem, ext []byte) {
	if ext = ExtOf(name); ext == nil {
		return name, nil
	}
	return bytes.TrimSuffix(name[:len(name)-len(ext)-1], []byte(".tar")), ext
}

// sameLetters reports whether a name has the letters and digits of words. A name without
// any is compared as it is.
func sameLetters(name, words []byte) bool {
	i := 0
	for _, c := range name {
		if !fold.Letter(c) {
			continue
		}
		if i == len(words) || words[i] != c {
			return false
		}
		i++
	}
	return i == len(words)
}
