package query

import (
	"strings"
	"unicode"
)

func (n And) String() string { return join(n.Of, " ") }
func (n Or) String() string  { return join(n.Of, " | ") }
func (n Not) String() string { return "-" + inner(n.Of, true) }

// join prints branches. Between them And binds closer than Or.
func join(of []Node, between string) string {
	var b strings.Builder
	for i, n := range of {
		if i > 0 {
			b.WriteString(between)
		}
		b.WriteString(inner(n, between == " "))
	}
	return b.String()
}

// inner prints a branch, in parentheses where it would fall apart without. tight means
// that it stands beside something that binds as And does.
func inner(n Node, tight bool) string {
	switch n.(type) {
	case And, Or:
		if tight {
			return "(" + n.String() + ")"
		}
	default:
	}
	return n.String()
}

// word prints a text, in quotes where it would be read as something else without. Quotes of other
// kinds are among that: what stands beside the text may make a pair with them.
func word(s string) string {
	special := onlySigns(s) || s == "" || s == "OR" || s == "AND" || s == "NOT" || strings.ContainsRune("-/!+", rune(s[0])) || ascii(s) != s ||
		strings.ContainsAny(s, `"()|*?\:`) || strings.ContainsFunc(s, unicode.IsSpace) || strings.ContainsFunc(s, doubleQuote)
	if special {
		return quote(s)
	}
	return s
}

// quote puts a text in quotes.
func quote(s string) string {
	return `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(s) + `"`
}
