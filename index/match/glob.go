package match

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"trawl/search/fold"
)

// glob matches whole names. It is the literals between the stars: the first one
// starts the name, the last one ends it, the others follow in order. In each,
// one stands for any one character. letters.go matches those of names that are not plain.
type glob struct {
	parts [][]byte
	asks  bool // one of them has a one
}

// one is a byte that no text in UTF-8 holds.
const one = 0xFF

// parseGlob reads a pattern of the query language for names; each piece between
// the wildcards goes through folding.
func parseGlob(pattern string, folding func(string) string) glob {
	var g glob
	var part []byte
	pieces(pattern, func(literal string, wild byte) {
		part = append(part, folding(literal)...)
		switch wild {
		case '?':
			part = append(part, one)
			g.asks = true
		case '*':
			g.parts = append(g.parts, part)
			part = nil
		}
	})
	g.parts = append(g.parts, part)
	return g
}

// pieces cuts a pattern at its wildcards. It calls visit with the literal before each
// one, and with the rest and wild 0.
func pieces(pattern string, visit func(literal string, wild byte)) {
	var literal []byte
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '*' || c == '?':
			visit(string(literal), c)
			literal = literal[:0]
		case c == '\\' && i+1 < len(pattern):
			i++
			literal = append(literal, pattern[i])
		default:
			literal = append(literal, c)
		}
	}
	visit(string(literal), 0)
}

// longest returns the longest folded literal of a pattern, or nil.
func longest(pattern string) [][]byte {
	best := ""
	pieces(pattern, func(literal string, _ byte) {
		if s := fold.String(literal); len(s) > len(best) {
			best = s
		}
	})
	if best == "" {
		return nil
	}
	return [][]byte{[]byte(best)}
}

// end returns the candidates of the end of the names that fit: *.iso has an extension.
func (g glob) end() Candidate {
	last := g.parts[len(g.parts)-1]
	ext := EndOf(last)
	folded := fold.String(string(ext))
	if folded == "" || bytes.IndexByte(ext, one) >= 0 || strings.Contains(folded, ".") {
		return All{}
	}
	return Ext{[]string{folded}}
}

// match reports whether the whole name fits.
func (g glob) match(name []byte) bool {
	n, ok := prefix(g.parts[0], name)
	if !ok {
		return false
	}
	if len(g.parts) == 1 {
		return n == len(name)
	}
	name = name[n:]
	for _, part := range g.parts[1 : len(g.parts)-1] {
		n, ok := find(part, name)
		if !ok {
			return false
		}
		name = name[n:]
	}
	return suffix(g.parts[len(g.parts)-1], name)
}

// prefix matches part at the start of s and returns the length of the match.
func prefix(part, s []byte) (int, bool) {
	n := 0
	for _, c := range part {
		switch {
		case n == len(s):
			return 0, false
		case c == one:
			_, size := utf8.DecodeRune(s[n:])
			n += size
		case c != s[n]:
			return 0, false
		default:
			n++
		}
	}
	return n, true
}

// find matches part at its first place in s and returns where it ends.
func find(part, s []byte) (int, bool) {
	for start := 0; ; start++ {
		if len(part) > 0 && part[0] != one {
			i := bytes.IndexByte(s[start:], part[0])
			if i < 0 {
				return 0, false
			}
			start += i
		}
		if n, ok := prefix(part, s[start:]); ok {
			return start + n, true
		}
		if start >= len(s) {
			return 0, false
		}
	}
}

// suffix reports whether part matches the end of s.
func suffix(part, s []byte) bool {
	if bytes.IndexByte(part, one) < 0 {
		return bytes.HasSuffix(s, part)
	}
	for start := range len(s) + 1 {
		if start > 0 && start < len(s) && !utf8.RuneStart(s[start]) {
			continue
		}
		if n, ok := prefix(part, s[start:]); ok && start+n == len(s) {
			return true
		}
	}
	return false
}

// pathGlob makes an expression of a pattern for whole paths: * and ? stay within
// a name, ** does not. A pattern that does not start with a slash may start at any
// directory.
func pathGlob(pattern string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`^(?s:`)
	if !strings.HasPrefix(pattern, "/") {
		b.WriteString(`(?:.*/)?`)
	}
	stars := 0
	flush := func(literal string) string {
		switch {
		case stars == 1:
			b.WriteString(`[^/]*`)
		case stars > 1 && strings.HasPrefix(literal, "/"):
			b.WriteString(`(?:.*/)?`)
			literal = literal[1:]
		case stars > 1:
			b.WriteString(`.*`)
		}
		stars = 0
		return literal
	}
	pieces(pattern, func(literal string, wild byte) {
		if literal != "" || wild != '*' {
			b.WriteString(regexp.QuoteMeta(flush(fold.String(literal))))
		}
		switch wild {
		case '*':
			stars++
		case '?':
			b.WriteString(`(?:[^/]\p{M}*)`)
		}
	})
	b.WriteString(`)$`)
	return regexp.MustCompile(b.String())
}
