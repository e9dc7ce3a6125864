package query

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode"
)

// Scope says where a text is looked for: name:, path:, dir: and case: differ in it.
type Scope uint8

// The scopes.
const (
	Anywhere  Scope = iota // in the path, and one word of the query in the own name
	InName                 // name: in the own name
	InPath                 // path: in the whole path
	InDir                  // dir: in the path of the directory; with a leading slash, below that directory
	AsWritten              // case: as Anywhere, but case, accents and width count
)

type (
	// Word matches a part of a name or path. Text is as typed, without quotes.
	Word struct {
		Text string
		In   Scope
	}

	// Glob matches a whole name, or a whole path InPath and InDir. Pattern has
	// * and ?, ** across slashes, and a backslash before what stands for itself.
	Glob struct {
		Pattern string
		In      Scope
	}

	// Regexp matches where the RE2 expression does: in the own name, or in the
	// whole path InPath.
	Regexp struct {
		Expr string
		In   Scope
	}
)

func (Word) node()   {}
func (Glob) node()   {}
func (Regexp) node() {}

func (n Word) String() string   { return n.In.prefix() + word(n.Text) }
func (n Glob) String() string   { return n.In.prefix() + glob(n.Pattern) }
func (n Regexp) String() string { return n.In.prefix() + "/" + slashes(n.Expr) + "/" }

// prefix returns the field of a scope with its colon.
func (s Scope) prefix() string {
	return [...]string{"", "name:", "path:", "dir:", "case:"}[min(s, AsWritten)]
}

func nameField() field { return scopeField(InName, "kernel") }
func pathField() field { return scopeField(InPath, "/pub/**/*.iso") }
func caseField() field { return scopeField(AsWritten, "README") }

func dirField() field {
	f := scopeField(InDir, "/pub/linux")
	f.regexp = false
	return f
}

// scopeField returns the field of a scope.
func scopeField(in Scope, example string) field {
	return field{
		name: strings.TrimSuffix(in.prefix(), ":"), example: in.prefix() + example, regexp: true,
		read: func(p *parser, t token) (Node, error) { return p.match(t, in) },
	}
}

// match makes a Word, a Glob or a Regexp of a token.
func (p *parser) match(t token, in Scope) (Node, error) {
	switch {
	case t.regexp:
		return p.regexp(t, in)
	case t.text == "":
		return nil, p.fail(t.at, "there is nothing between these quotes", `write "two words"`)
	case strings.Contains(t.text, "/") && (in == InName || t.glob && in != InPath && in != InDir):
		err := p.failSure(t.at, "a name has no slash", "did you mean path:"+p.text[t.at:t.end]+"?")
		return nil, p.mended(err, t.pos, t.at, "path:")
	case t.glob:
		if n, err := p.braces(t); n != nil || err != nil {
			return n, err
		}
		return Glob{t.pattern, in}, nil
	}
	return Word{t.text, in}, nil
}

// regexp makes a Regexp of a token.
func (p *parser) regexp(t token, in Scope) (Node, error) {
	expr, err := syntax.Parse(t.text, syntax.Perl)
	if err != nil {
		msg := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		return nil, p.fail(t.at, "the regular expression is wrong: "+msg,
			`if a path was meant, quote it: "/`+t.text+`/"`)
	}
	if p.regexps += writtenOut(expr); p.regexps > MaxRegexp {
		return nil, p.fail(t.at, fmt.Sprintf("the regular expressions come to more than %d characters with their repetitions written out", MaxRegexp),
			"repeat less, or without end: x* in place of x{0,999}")
	}
	return Regexp{t.text, in}, nil
}

// writtenOut returns the length of an expression whose repetitions are written out,
// which bounds what it costs to look for it.
//
//	ab{3}c       => 5
//	(x{10}y){10} => 120
func writtenOut(expr *syntax.Regexp) int {
	n := 0
	for _, sub := range expr.Sub {
		n += writtenOut(sub)
	}
	switch expr.Op {
	case syntax.OpRepeat:
		return n * max(1, expr.Min, expr.Max)
	case syntax.OpLiteral:
		return len(expr.Rune)
	case syntax.OpConcat:
		return n
	default:
		return n + 1
	}
}

// glob prints a pattern, with a backslash before what would end it or make it
// something else.
func glob(pattern string) string {
	var b strings.Builder
	for i, r := range pattern {
		if unicode.IsSpace(r) || strings.ContainsRune(`"()|:{`, r) || i == 0 && strings.ContainsRune("-/!+", r) ||
			doubleQuote(r) || directional(r) || narrow(r) != r {
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
