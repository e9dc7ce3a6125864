package match

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"trawl/search/fold"
)

// Completer counts how the words of names go on that begin with a prefix. It belongs to one
// goroutine.
type Completer struct {
	prefix string          // as it was typed, in small letters
	start  []byte          // its fold
	rests  map[string]*int // of the words behind the prefix, how often each occurs
}

// NewCompleter returns a Completer for a prefix that someone typed.
func NewCompleter(prefix string) *Completer {
	return &Completer{strings.ToLower(composed(prefix)), []byte(fold.String(prefix)), map[string]*int{}}
}

// Start returns the fold of the prefix.
func (c *Completer) Start() string { return string(c.start) }

// Plain counts the words of names that are in small letters of ASCII, and have NULs between
// them.
func (c *Completer) Plain(names []byte) {
	for start, end := range c.words(names) {
		c.count(string(names[start+len(c.start) : end]))
	}
}

// Name counts the words of a name, whose fold is folded. They go on as the name is written, in
// small letters: what was typed is gone on with.
//
//	mün goes on as münchen, and mun as munchen
func (c *Completer) Name(name string, folded []byte) {
	if !bytes.Contains(folded, c.start) {
		return
	}
	back := foldBack(strings.ToLower(composed(name)))
	for start, end := range c.words(back.fold) {
		rest := string(back.fold[start+len(c.start) : end])
		if from, to, ok := back.between(start+len(c.start), end); ok {
			rest = strings.Map(seen, back.text[from:to])
		}
		c.count(rest)
	}
}

// count counts one word. The rest may lie in a buffer that is used again.
func (c *Completer) count(rest string) {
	n := c.rests[rest]
	if n == nil { // a map keeps the key of the last assignment, so that there is only one
		n = new(int)
		c.rests[strings.Clone(rest)] = n
	}
	*n++
}

// seen leaves out of a word what nobody sees.
func seen(r rune) rune {
	if r >= utf8.RuneSelf && !visible(string(r)) {
		return -1
	}
	return r
}

// words calls yield with the start and the end of each word in folded names that begins with the
// prefix. Words that begin in the middle of another do not count.
func (c *Completer) words(names []byte) func(yield func(start, end int) bool) {
	return func(yield func(start, end int) bool) {
		for from := 0; len(c.start) > 0; {
			at := bytes.Index(names[from:], c.start)
			if at < 0 {
				return
			}
			at += from
			end := at + len(c.start)
			if r, _ := utf8.DecodeLastRune(names[:at]); at == 0 || !fold.IsWord(r) {
				if rest := bytes.IndexFunc(names[end:], func(r rune) bool { return !fold.IsWord(r) }); rest >= 0 {
					end += rest
				} else {
					end = len(names)
				}
				if !yield(at, end) {
					return
				}
			}
			from = end
		}
	}
}

// Words returns at most n words, the most frequent first.
func (c *Completer) Words(n int) []string {
	rests := slices.SortedFunc(maps.Keys(c.rests), func(a, b string) int {
		return cmp.Or(cmp.Compare(*c.rests[b], *c.rests[a]), strings.Compare(a, b))
	})
	var words []string
	for _, rest := range rests[:min(n, len(rests))] {
		words = append(words, c.prefix+rest)
	}
	return words
}
