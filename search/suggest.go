package search

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"trawl/search/query"
)

// Suggestion is a whole text that goes on with what a person types, and what was added: "field", "host",
// "type" or "value".
type Suggestion struct{ Text, Kind string }

// Suggest returns how the word at the end of a text may go on in the words of the language: with a
// field, or a value of one. Hosts are the names that there are. At most n are returned, the likeliest first.
//
//	linux si  => linux size:
//	type:v    => type:video
//	debian vi => debian type:video
func Suggest(text string, hosts []string, now time.Time, n int) []Suggestion {
	start, quoted := lastTerm(text)
	if quoted {
		return nil
	}
	head, word := text[:start], strings.ToLower(text[start:])
	var out []Suggestion
	add := func(kind string, terms ...string) {
		for _, term := range terms {
			if len(out) < n && term != word {
				out = append(out, Suggestion{head + term, kind})
			}
		}
	}
	if field, value, ok := strings.Cut(word, ":"); ok {
		kind := "value"
		if field == "host" || field == "type" {
			kind = field
		}
		for _, v := range begun(valuesOf(field, hosts, now), value) {
			add(kind, field+":"+v)
		}
		return out
	}
	if len(word) < 2 {
		return nil
	}
	for _, field := range begun(fieldWords(), word) {
		add("field", field+":")
	}
	for _, typ := range begun(query.Types(), word) {
		add("type", "type:"+typ)
	}
	for _, host := range begun(hosts, word) {
		add("host", query.Host{Name: host}.String())
	}
	return out
}

// lastTerm returns where the last term of a text begins, and whether it is in quotes or an expression.
func lastTerm(text string) (start int, quoted bool) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++ // the next character stands for itself
		case '"':
			quoted = !quoted
		case ' ', '\t', '(', '|':
			if !quoted {
				start = i + 1
			}
		}
	}
	for start < len(text) && text[start] == '-' {
		start++
	}
	return start, quoted || strings.HasPrefix(text[start:], "/")
}

// begun returns those of words that begin with a part, then those in which a word within does: hosts have
// several.
func begun(words []string, part string) []string {
	var first, within []string
	for _, word := range words {
		low := strings.ToLower(word)
		switch {
		case strings.HasPrefix(low, part):
			first = append(first, word)
		case strings.Contains(low, "."+part) || strings.Contains(low, "-"+part):
			within = append(within, word)
		}
	}
	return slices.Concat(first, within)
}

// fieldWords returns the fields that are suggested.
func fieldWords() []string {
	return []string{"case", "dir", "ext", "host", "kind", "name", "path", "places", "size", "text", "time", "type"}
}

// valuesOf returns values of a field; none if any word is one.
func valuesOf(field string, hosts []string, now time.Time) []string {
	year := now.Year()
	switch field {
	case "host":
		return hosts
	case "type":
		return query.Types()
	case "kind":
		return []string{"file", "dir", "link"}
	case "ext":
		return []string{"iso", "zip", "tar.gz", "gz", "xz", "deb", "rpm", "exe", "pdf", "txt", "mp3", "flac", "mp4", "mkv", "jpg", "png"}
	case "size":
		return []string{">1GiB", ">100MiB", ">1MiB", "<1MiB", "100MiB..1GiB", "0"}
	case "time":
		return []string{"today", "yesterday", "<7d", "<30d", "<1y", strconv.Itoa(year), strconv.Itoa(year - 1), ">1y"}
	case "places":
		return []string{">1", ">5"}
	default:
		return nil
	}
}
