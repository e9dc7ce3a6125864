package texts

import (
	"bytes"
	"slices"
	"strings"

	"trawl/search/fold"

	"trawl/index"
)

// snip returns the first line of a text that holds the most of the words, and marks where these
// are in it.
func snip(body string, words []string) (best string, marks []index.Range) {
	var folded []byte
	most := 0
	for line := range strings.Lines(body) {
		folded = fold.Append(folded[:0], line)
		if n := countWords(folded, words, most); n > most {
			most, best = n, strings.TrimSpace(line)
		}
		if most == len(words) {
			break
		}
	}
	best = strings.Clone(best) // the line must not keep the body in memory
	return best, markWords(best, words)
}

// countWords returns how many of the words a folded line holds, or 0 if a quick look finds that
// they are no more than most.
func countWords(folded []byte, words []string, most int) (n int) {
	substrings := 0
	for _, word := range words {
		if bytes.Contains(folded, []byte(word)) {
			substrings++
		}
	}
	if substrings <= most {
		return 0
	}
	have := wordsOf(string(folded))
	for _, word := range words {
		if slices.Contains(have, word) {
			n++
		}
	}
	return n
}

// markWords returns the ranges of a line that are one of the words when folded.
func markWords(line string, words []string) (marks []index.Range) {
	for start := 0; start < len(line); {
		at := strings.IndexFunc(line[start:], inWord)
		if at < 0 {
			break
		}
		start += at
		end := len(line)
		if n := strings.IndexFunc(line[start:], func(r rune) bool { return !inWord(r) }); n >= 0 {
			end = start + n
		}
		if word := strings.Trim(line[start:end], "'`"); slices.Contains(words, fold.String(word)) {
			from := start + strings.Index(line[start:end], word)
			marks = append(marks, index.Range{Start: from, End: from + len(word)})
		}
		start = end
	}
	return marks
}

// inWord reports whether a rune is part of a word before folding. Accents and apostrophes are,
// too, although folding removes them.
func inWord(r rune) bool {
	return fold.IsWord(r) || fold.String(string(r)) == ""
}
