package query

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// percentDecoded undoes percent-encoding: the name as a whole, or else its words.
//
//	Sintel%20Trailer.mp4 => "Sintel Trailer.mp4", Sintel Trailer.mp4
func percentDecoded(pieces []string) []string {
	whole := each(pieces, func(piece string) (string, bool) {
		text, ok := decoded(piece)
		return quote(text), ok
	})
	apart := each(pieces, func(piece string) (string, bool) {
		text, ok := decoded(piece)
		var words []string
		for word := range strings.FieldsSeq(text) {
			words = append(words, quote(word))
		}
		return strings.Join(words, " "), ok
	})
	return append(whole, apart...)
}

// decoded undoes the percent-encoding of a piece. ok is false if there is none, or no text in it.
func decoded(piece string) (text string, ok bool) {
	if !strings.Contains(piece, "%") || strings.Contains(piece, "://") {
		return piece, false
	}
	text, err := url.PathUnescape(piece)
	return text, err == nil && text != piece && utf8.ValidString(text) && strings.TrimSpace(text) != ""
}

// paths reads a text that is one path: of Windows, of a URL, or with a root that the archive does not
// have. The whole path comes first, then the path without its first directories, then the name.
//
//	C:\Users\me\a.iso           => "/Users/me/a.iso", "me/a.iso", "a.iso"
//	https://h/debian/README     => "/debian/README", "README"
func paths(pieces []string) []string {
	path := strings.Join(pieces, " ")
	path = strings.Trim(path, `"`)
	if n := fieldPrefix(path); n > 1 && !strings.HasPrefix(path[n:], "://") {
		return nil // it is a field
	}
	if scheme, rest, ok := strings.Cut(path, "://"); ok && strings.Trim(strings.ToLower(scheme), "abcdefghijklmnopqrstuvwxyz") == "" {
		_, path, _ = strings.Cut(rest, "/")
		path, _, _ = strings.Cut(path, "?")
		path, _, _ = strings.Cut(path, "#")
		path = "/" + path
	} else if !strings.ContainsAny(path, `/\`) || strings.ContainsAny(path, "*?|") || len(path) > 1 && path[0] == '/' && isExpression(path) {
		return nil
	}
	if text, ok := decoded(path); ok {
		path = text
	}
	if len(path) > 1 && path[1] == ':' && (path[0]|0x20) >= 'a' && (path[0]|0x20) <= 'z' {
		path = path[2:]
	}
	path = strings.ReplaceAll(strings.ReplaceAll(path, `\ `, " "), `\`, "/")
	rooted := strings.HasPrefix(path, "/")
	names := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	if len(names) == 0 {
		return nil
	}
	whole := strings.Join(names, "/")
	var out []string
	if rooted {
		out = append(out, quote("/"+whole))
	}
	out = append(out, quote(whole))
	if len(names) > 2 {
		out = append(out, quote(strings.Join(names[len(names)-2:], "/")))
	}
	return append(out, quote(names[len(names)-1]))
}

// isExpression reports whether a text is written as a regular expression: between slashes.
func isExpression(text string) bool {
	_, n := scanRegexp(text)
	return n == len(text) && !isPath(text[1:len(text)-1])
}

// withoutSlashes reads a slash between two words as names have other signs in its place.
//
//	ac/dc live => "ac dc" live
func withoutSlashes(pieces []string) []string {
	return each(pieces, func(piece string) (string, bool) {
		first, second, ok := strings.Cut(piece, "/")
		ok = ok && first != "" && second != "" && !strings.ContainsAny(second, "/") && !strings.ContainsAny(piece, `\:()|*?-.`)
		return quote(first + " " + second), ok
	})
}
