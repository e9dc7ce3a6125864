package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// sort is what a token is.
type sort uint8

const (
	end    sort = iota
	open        // (
	shut        // )
	or          // | or OR
	and         // AND
	not         // NOT, or a dash before a term
	value       // a term: a word, a quoted text or a regular expression, with its field
	faulty      // token.text says what is wrong
)

// token is a piece of a query. Of a value, text is what it says literally and
// pattern the same as a Glob writes it.
type token struct {
	sort    sort
	pos     int    // in bytes
	field   string // "size", lower case; "" if there is none
	at      int    // where the value starts, after the field
	end     int    // where it ends
	text    string
	pattern string
	glob    bool // an unquoted * or ? is in it
	regexp  bool // text is the expression
	quoted  bool // text was in quotes
}

// lexer cuts a query into tokens.
type lexer struct {
	src     string
	pos     int
	plain   bool // AND, OR and NOT are words
	several bool // there are several terms
}

// next returns the next token; after the last one, end for ever.
func (l *lexer) next() token {
	t := l.token()
	t.end = l.pos
	return t
}

func (l *lexer) token() token {
	l.space()
	start := l.pos
	if start == len(l.src) {
		return token{sort: end, pos: start}
	}
	switch l.src[start] {
	case '(':
		l.pos++
		return token{sort: open, pos: start}
	case ')':
		l.pos++
		return token{sort: shut, pos: start}
	case '|':
		l.pos++
		return token{sort: or, pos: start}
	case '-':
		if !bounds(l.src[start+1:]) {
			l.pos++
			return token{sort: not, pos: start}
		}
	case '!': // as other file searches write it; names begin with it too
		if l.several && (wordBegins(l.src[start+1:]) || patternBegins(l.src[start+1:])) {
			l.pos++
			return token{sort: not, pos: start}
		}
	case '+': // as search engines once wrote "must"
		if wordBegins(l.src[start+1:]) {
			l.pos++
		}
	}
	return l.term()
}

// wordBegins reports whether s begins with a letter, a digit or a quote.
func wordBegins(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '"'
}

// patternBegins reports whether s begins with an extension, a pattern or a group.
//
//	.txt, *.txt, (a | b)
func patternBegins(s string) bool {
	return len(s) > 1 && (s[0] == '(' || (s[0] == '.' || s[0] == '*') && (s[1] == '.' || wordBegins(s[1:])))
}

// term reads [field:]value or a keyword.
func (l *lexer) term() token {
	t := token{sort: value, pos: l.pos, at: l.pos}
	if n := fieldPrefix(l.src[l.pos:]); n > 0 {
		t.field = strings.ToLower(l.src[l.pos : l.pos+n])
		l.pos += n + 1
		t.at = l.pos
		if bounds(l.src[l.pos:]) {
			return t
		}
	}
	switch {
	case l.src[l.pos] == '"':
		return l.quoted(t)
	case l.src[l.pos] == '/' && hasRegexp(t.field):
		if expr, n := scanRegexp(l.src[l.pos:]); n > 0 && (t.field == "path" || !isPath(l.src[l.pos+1:l.pos+n-1])) {
			l.pos += n
			t.text, t.regexp = expr, true
			return t
		}
	}
	start := l.pos
	l.bare(&t)
	if t.field == "" && !l.plain {
		switch l.src[start:l.pos] {
		case "OR":
			t.sort = or
		case "AND":
			t.sort = and
		case "NOT":
			t.sort = not
		}
	}
	return t
}

// quoted reads a text in quotes, in which a backslash makes the next character
// stand for itself.
func (l *lexer) quoted(t token) token {
	var text strings.Builder
	start := l.pos
	for l.pos++; l.pos < len(l.src); l.pos++ {
		switch c := l.src[l.pos]; c {
		case '"':
			l.pos++
			t.text, t.quoted = text.String(), true
			return t
		case '\\':
			if l.pos+1 < len(l.src) {
				l.pos++
			}
			text.WriteByte(l.src[l.pos])
		default:
			text.WriteByte(c)
		}
	}
	return token{sort: faulty, pos: start, text: "this quote is not closed"}
}

// bare reads a word without quotes. A backslash makes the next character stand
// for itself.
func (l *lexer) bare(t *token) {
	var text, pattern strings.Builder
	for l.pos < len(l.src) && !bounds(l.src[l.pos:]) && l.src[l.pos] != '"' && l.src[l.pos] != '(' {
		c := l.src[l.pos]
		l.pos++
		switch {
		case c == '*' || c == '?':
			t.glob = true
			text.WriteByte(c)
			pattern.WriteByte(c)
			continue
		case c == '\\' && l.pos < len(l.src):
			_, n := utf8.DecodeRuneInString(l.src[l.pos:])
			text.WriteString(l.src[l.pos : l.pos+n])
			pattern.WriteString(escapeGlob(l.src[l.pos : l.pos+n]))
			l.pos += n
			continue
		}
		text.WriteByte(c)
		pattern.WriteString(escapeGlob(string([]byte{c})))
	}
	t.text, t.pattern = text.String(), pattern.String()
}

// escapeGlob puts a backslash before the characters that mean something in a
// Glob.
func escapeGlob(s string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `\`, `\\`).Replace(s)
}

// scanRegexp reads /expr/ at the start of s and returns expr and the length of
// all. It is one only if a bound follows; else the slash begins a path. In expr a
// slash needs a backslash.
func scanRegexp(s string) (expr string, n int) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			if s[i] != '/' {
				b.WriteByte('\\')
			}
			b.WriteByte(s[i])
		case s[i] == '/' && bounds(s[i+1:]):
			if b.Len() == 0 {
				return "", 0
			}
			return b.String(), i + 1
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0
}

// isPath reports whether an expression, as it was written, is a path: it has a slash, which no
// name has, and nothing that only expressions have.
//
//	/pub/linux/ => yes
//	/pub\/linux/, /[\\/]x/ => no
func isPath(expr string) bool {
	return strings.Contains(expr, "/") && !strings.ContainsAny(expr, `\^$*+?()[]{}|`)
}

// fieldPrefix returns the length of the name in "name:" at the start of s, or 0.
// Two colons are none: std::string is a word.
func fieldPrefix(s string) int {
	for i := range len(s) {
		c := s[i] | 0x20
		if s[i] == ':' {
			if i+1 < len(s) && s[i+1] == ':' {
				return 0
			}
			return i
		}
		if c < 'a' || c > 'z' {
			return 0
		}
	}
	return 0
}

// hasRegexp reports whether the values of a field may be regular expressions.
func hasRegexp(name string) bool {
	f, ok := fieldNamed(name)
	return name == "" || ok && f.regexp
}

// bounds reports whether a word ends where s begins.
func bounds(s string) bool {
	if s == "" || s[0] == ')' || s[0] == '|' {
		return true
	}
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsSpace(r)
}

// space passes over white space.
func (l *lexer) space() {
	l.pos = len(l.src) - len(strings.TrimLeftFunc(l.src[l.pos:], unicode.IsSpace))
}
