package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"trawl/search/fold"
	"trawl/search/query"
)

// spelt is a word of a query that may be misspelt: a run of letters and digits, or a text of
// several of them with the signs between them.
type spelt struct {
	text  string // as typed
	part  bool   // it is a run of a longer text
	whole bool   // it is a text of several runs
	parts int    // whole: how many of the words that follow are its runs
}

// shortSpelt is how many bytes a folded word has at least that may be misspelt.
const shortSpelt = 3

// speltWords returns the words of a tree that may be misspelt, in their order. Excluded words
// are not among them, nor are expressions and case:.
//
//	linux debain*  => linux, debain
//	pacage.json    => pacage.json (with 2 parts), pacage, json
func speltWords(tree query.Node) (words []spelt) {
	respell(tree, func(word spelt) string {
		words = append(words, word)
		return word.text
	})
	return words
}

// correct returns a tree with other words in the place of some, by their numbers in speltWords.
// A word that becomes "" is left out; if nothing is left the tree is nil.
func correct(tree query.Node, with map[int]string) query.Node {
	i := -1
	return respell(tree, func(word spelt) string {
		i++
		if other, ok := with[i]; ok {
			return other
		}
		return word.text
	})
}

// respell returns a tree in which change gave each word, or nil if nothing is left of it.
func respell(tree query.Node, change func(spelt) string) query.Node {
	switch n := tree.(type) {
	case query.And:
		return query.All(respellAll(n.Of, change))
	case query.Or:
		return query.Any(respellAll(n.Of, change))
	case query.Word:
		if n.In == query.AsWritten {
			return n
		}
		n.Text = respellText(n.Text, change)
		if n.Text == "" {
			return nil
		}
		return n
	case query.Glob:
		if n.In != query.AsWritten {
			n.Pattern = respellRuns(n.Pattern, change)
		}
		return n
	default:
		return n
	}
}

func respellAll(of []query.Node, change func(spelt) string) []query.Node {
	var out []query.Node
	for _, n := range of {
		if n = respell(n, change); n != nil {
			out = append(out, n)
		}
	}
	return out
}

// respellText changes the text of a word: as a whole, or else the runs in it.
func respellText(text string, change func(spelt) string) string {
	parts := 0
	respellRuns(text, func(word spelt) string {
		parts++
		return word.text
	})
	whole := text
	if isSeveral(text) {
		whole = change(spelt{text: text, whole: true, parts: parts})
	}
	runs := respellRuns(text, change)
	if whole != text {
		return whole
	}
	return runs
}

// isSeveral reports whether a text has several runs of letters and digits, and no slash.
func isSeveral(text string) bool {
	return len(strings.FieldsFunc(text, func(r rune) bool { return !isSpelt(r) })) > 1 && !strings.Contains(text, "/")
}

// respellRuns changes the runs of letters and digits that are long enough.
func respellRuns(text string, change func(spelt) string) string {
	var out strings.Builder
	all := text
	for text != "" {
		end := strings.IndexFunc(text, isSpelt)
		if end < 0 {
			end = len(text)
		}
		out.WriteString(text[:end])
		text = text[end:]
		end = strings.IndexFunc(text, func(r rune) bool { return !isSpelt(r) })
		if end < 0 {
			end = len(text)
		}
		run := text[:end]
		if len(fold.String(run)) >= shortSpelt {
			run = change(spelt{text: run, part: run != all})
		}
		out.WriteString(run)
		text = text[end:]
	}
	return out.String()
}

// isSpelt reports whether a character is one of a word.
func isSpelt(r rune) bool {
	return r != utf8.RuneError && (fold.IsWord(r) || unicode.IsMark(r) || r > unicode.MaxASCII && fold.Vanishes(r))
}
