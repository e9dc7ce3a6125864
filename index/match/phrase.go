package match

import (
	"strings"

	"trawl/search/fold"
)

// phrase is the words of a query that have to match, or those of a branch of an OR, in their order.
type phrase struct {
	words   []asked
	letters []byte // the letters and digits of all of them, folded
}

// asked is one word of a phrase.
type asked struct {
	needle *needle
	typed  string
}

// phrasesOf returns the phrases of each branch of an OR at the top, or else of all, without those
// that have neither letters nor digits.
func phrasesOf(root condition) (out []phrase) {
	branches := []condition{root}
	if or, ok := root.(*orCond); ok {
		branches = or.all
	}
	for _, c := range branches {
		w, ok := c.(worded)
		if !ok {
			continue
		}
		p := phrase{words: w.asked(nil)}
		for i := range p.words {
			p.letters = bare(p.letters, p.words[i].needle.text)
		}
		if len(p.letters) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// loose returns the words with separators between them, in the loose form.
func (p *phrase) loose() string {
	var text []byte
	for i := range p.words {
		text = append(append(text, ' '), p.words[i].needle.text...)
	}
	return strings.TrimSpace(string(fold.Loose(nil, text)))
}
