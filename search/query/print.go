package query

import (
	"math"
	"strconv"
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

// inner prints a branch, in parentheses where it would fall apart without; tight
// tells that it stands beside something that binds as And does.
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

// prefix returns the field of a scope with its colon.
func (s Scope) prefix() string {
	return [...]string{"", "name:", "path:", "dir:", "case:"}[min(s, AsWritten)]
}

func (n Word) String() string   { return n.In.prefix() + word(n.Text) }
func (n Glob) String() string   { return n.In.prefix() + glob(n.Pattern) }
func (n Regexp) String() string { return n.In.prefix() + "/" + slashes(n.Expr) + "/" }
func (n Host) String() string   { return "host:" + word(n.Name) }
func (n Ext) String() string    { return "ext:" + word(strings.Join(n.Of, ",")) }
func (n Type) String() string   { return "type:" + strings.Join(n.Of, ",") }
func (n Kind) String() string   { return "kind:" + strings.Join(n.Of, ",") }
func (n Text) String() string   { return "text:" + word(n.Words) }

func (n Places) String() string {
	switch {
	case n.Min == n.Max:
		return "places:" + strconv.Itoa(n.Min)
	case n.Max == math.MaxInt64:
		return "places:>=" + strconv.Itoa(n.Min)
	}
	return "places:" + strconv.Itoa(n.Min) + ".." + strconv.Itoa(n.Max)
}

// word prints a text, in quotes where it would be read as something else
// without.
func word(s string) string {
	special := s == "" || s == "OR" || s == "AND" || s == "NOT" || s[0] == '-' || s[0] == '/' ||
		strings.ContainsAny(s, `"()|*?\:`) || strings.ContainsFunc(s, unicode.IsSpace)
	if special {
		return quote(s)
	}
	return s
}

// quote puts a text in quotes.
func quote(s string) string {
	return `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(s) + `"`
}

// glob prints a pattern, with a backslash before what would end it or make it
// something else.
func glob(pattern string) string {
	var b strings.Builder
	for i, r := range pattern {
		if unicode.IsSpace(r) || strings.ContainsRune(`"()|:`, r) || i == 0 && (r == '-' || r == '/') {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// slashes puts a backslash before the slashes of an expression that have none.
func slashes(expr string) string {
	var b strings.Builder
	for i := 0; i < len(expr); i++ {
		switch {
		case expr[i] == '\\' && i+1 < len(expr):
			b.WriteByte('\\')
			i++
		case expr[i] == '/':
			b.WriteByte('\\')
		}
		b.WriteByte(expr[i])
	}
	return b.String()
}
