package search

import (
	"strings"

	"trawl/search/query"
)

// LastWord returns the word at the end of a text that a person still types, as an
// index.Searcher completes it, and a function that returns the text with another
// word in its place.
//
//	debian ker, -ker, name:ker, (mp3 | ker, pub/ker, "linux ker => ker
func LastWord(text string) (word string, replace func(word string) string) {
	start, quoted := lastWord(text)
	return text[start:], func(word string) string {
		if quoted {
			return text[:start] + strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(word)
		}
		return text[:start] + query.Word{Text: word}.String()
	}
}

// lastWord returns where the last word of a text begins, and whether it is in
// quotes that are still open.
func lastWord(text string) (start int, quoted bool) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++ // the next character stands for itself
		case '"':
			quoted = !quoted
			start = i + 1
		case ' ', '\t', '(', '|', '/':
			start = i + 1
		}
	}
	if quoted {
		return start, true
	}
	for start < len(text) && text[start] == '-' {
		start++
	}
	for _, field := range []string{"name:", "path:", "dir:", "case:"} {
		if strings.HasPrefix(strings.ToLower(text[start:]), field) {
			start += len(field)
		}
	}
	return start, false
}
