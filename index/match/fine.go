package match

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"trawl/search/fold"

	"trawl/index"
)

// The fine relevance orders names of the same relevance by how they are written. Counting sees folded
// names alone, so that only the results that may be on the page are compared so:
//
//	literal << 5 | humps << 3 | beside << 1
//
//	literal  0 to 3, of a name that is the words of the query: it has the same letters, the same signs,
//	         the same accents too, and the same capitals; of others 0 or 1: it has the words with
//	         their signs and accents
//	humps    0 to 3: words that a capital begins in the name, as player in VideoPlayerSetup; it counts
//	         where a word does not begin one of the folded name
//	beside   2: the words stand side by side as they were asked; 1: they stand in this order
const (
	fineLiteral = 5
	fineHumps   = 3
	fineBeside  = 1
)

// fine returns the fine relevance of a name, the best that a phrase of the query gives it.
func (p *Plan) fine(relevance uint16, kind index.Kind, name string, folded []byte) (best uint8) {
	for i := range p.conds.phrases {
		f := finer{name: name, folded: folded, phrase: &p.conds.phrases[i]}
		best = max(best, f.fine(relevance, kind))
	}
	return best
}

// finer compares one name with one phrase.
type finer struct {
	name   string
	folded []byte
	phrase *phrase
}

func (f *finer) fine(relevance uint16, kind index.Kind) uint8 {
	switch relevance >> closeBits {
	case scoreExact:
		return f.exact(f.name) << fineLiteral
	case scoreStem:
		name := f.name
		if kind != index.Dir {
			stem, _ := cutExt([]byte(name))
			name = name[:len(stem)]
		}
		return f.exact(name)<<fineLiteral | f.literal()<<fineBeside
	}
	humps := uint8(0)
	if relevance&(closeBegin|mostShare) == 0 { // a word may be elsewhere in one of the name
		humps = f.humps()
	}
	return f.literal()<<fineLiteral | humps<<fineHumps | f.beside()<<fineBeside
}

// exact says how literally a name is the words of the phrase.
func (f *finer) exact(name string) uint8 {
	name = composed(name)
	same, alike := true, true
	at, lower := name, small(name)
	for i := range f.phrase.words {
		typed := composed(f.phrase.words[i].typed)
		at, same = cutBehind(at, typed, same)
		lower, alike = cutBehind(lower, small(typed), alike)
	}
	switch {
	case same && at == "":
		return 3
	case alike && lower == "":
		return 2
	case alike:
		return 1
	}
	return 0
}

// small returns a text in small letters. İ stays, since i is another letter.
func small(text string) string {
	return strings.Map(func(r rune) rune {
		if r == 'İ' {
			return r
		}
		return unicode.ToLower(r)
	}, text)
}

// cutBehind cuts a text and one sign before it off the start of s.
func cutBehind(s, text string, ok bool) (rest string, still bool) {
	if !ok {
		return s, false
	}
	if rest, found := strings.CutPrefix(s, text); found {
		return rest, true
	}
	_, n := utf8.DecodeRuneInString(s)
	return strings.CutPrefix(s[n:], text)
}

// literal reports whether all words are in the name with their signs and accents.
func (f *finer) literal() uint8 {
	lower := ""
	for i := range f.phrase.words {
		w := &f.phrase.words[i]
		if strings.Contains(f.name, w.typed) {
			continue
		}
		if lower == "" {
			lower = small(composed(f.name))
		}
		if !strings.Contains(lower, small(composed(w.typed))) {
			return 0
		}
	}
	return 1
}

// humps counts the words that a capital behind a small letter begins in the name, or of several
// capitals the last one: VideoPlayer, HTTPServer.
func (f *finer) humps() (n uint8) {
	if !strings.ContainsFunc(f.name, unicode.IsUpper) {
		return 0
	}
	for i := range f.phrase.words {
		if n < 3 && f.hump(f.phrase.words[i].needle) {
			n++
		}
	}
	return n
}

// hump reports whether a capital begins a word in the name.
func (f *finer) hump(word *needle) bool {
	var back folding
	if len(f.name) != len(f.folded) {
		back = foldBack(f.name)
	}
	for start := range word.all(f.folded) {
		at := start
		if back.start != nil {
			at = back.start[min(start, len(back.start)-1)]
		}
		if at == 0 || at >= len(f.name) {
			continue
		}
		r, size := utf8.DecodeRuneInString(f.name[at:])
		before, _ := utf8.DecodeLastRuneInString(f.name[:at])
		next, _ := utf8.DecodeRuneInString(f.name[at+size:])
		if unicode.IsUpper(r) && (unicode.IsLower(before) || unicode.IsUpper(before) && unicode.IsLower(next)) {
			return true
		}
	}
	return false
}

// beside says whether the words stand side by side in the name, or at least in their order.
func (f *finer) beside() uint8 {
	if len(f.phrase.words) < 2 {
		return 0
	}
	if f.chained(true) {
		return 2
	}
	if f.chained(false) {
		return 1
	}
	return 0
}

// chained reports whether the words follow each other in the name, with signs alone between them if
// they have to be close.
func (f *finer) chained(near bool) bool {
	for _, end := range f.phrase.words[0].needle.all(f.folded) {
		chain := true
		for i := 1; i < len(f.phrase.words) && chain; i++ {
			chain = false
			for start, next := range f.phrase.words[i].needle.all(f.folded) {
				if start >= end && (!near || !holdsLetter(f.folded[end:start])) {
					chain, end = true, next
					break
				}
			}
		}
		if chain {
			return true
		}
	}
	return false
}

// holdsLetter reports whether a folded text has a letter or a digit.
func holdsLetter(text []byte) bool { return slices.ContainsFunc(text, fold.Letter) }
