package query

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The bounds of a query. Longer or deeper ones are refused.
const (
	MaxLength = 4096 // bytes
	MaxTerms  = 64   // words, globs, filters
	MaxDepth  = 32   // parentheses and negations in each other
	MaxRegexp = 700  // characters of all regular expressions, their repetitions written out
)

// Parse reads a query and returns it simplified. today and yesterday are those
// of now; ages (time:<30d) stay relative in the tree. Its errors are *Error.
func Parse(text string, now time.Time) (Node, error) {
	r, err := Read(text, now)
	return r.Tree, err
}

// Read reads a text as Parse does. Its note says what was understood that is not in the words of
// the language.
func Read(text string, now time.Time) (Reading, error) {
	p := newParser(text, now)
	if inCapitals(p.text) {
		p.lex.plain = true
		p.note("AND, OR and NOT were read as words, since all is in capitals")
	}
	r, err := p.read()
	if wrong, ok := err.(*Error); ok && wrong.Mended == "" { //nolint:errorlint // it is one that fail made
		wrong.Mended = p.without(wrong.Pos)
	}
	return r, err
}

// without returns the text without the word at a byte, if that can be read; else "".
func (p *parser) without(pos int) string {
	pos = min(pos, len(p.text))
	from := strings.LastIndexAny(p.text[:pos], " \t") + 1
	to := len(p.text)
	if i := strings.IndexAny(p.text[pos:], " \t"); i >= 0 {
		to = pos + i
	}
	text := strings.TrimSpace(strings.TrimSpace(p.text[:from]) + " " + strings.TrimSpace(p.text[to:]))
	again := newParser(text, p.now)
	again.mending = true
	if _, err := again.read(); err != nil {
		return ""
	}
	return text
}

// newParser returns the parser of a text.
func newParser(text string, now time.Time) *parser {
	if utf8.ValidString(text) {
		text = ascii(text)
	}
	return &parser{text: text, now: now, lex: lexer{src: text, several: len(strings.Fields(text)) > 1}}
}

// read reads the whole text.
func (p *parser) read() (Reading, error) {
	text := p.text
	switch {
	case len(text) > MaxLength:
		return Reading{}, p.fail(MaxLength, fmt.Sprintf("the query is longer than %d bytes", MaxLength), "ask in several queries")
	case !utf8.ValidString(text):
		valid := len(text) - len(strings.TrimLeftFunc(text, func(r rune) bool { return r != utf8.RuneError }))
		return Reading{}, p.fail(valid, "the query is not valid UTF-8", "? in its place stands for any one character")
	}
	p.advance()
	if p.tok.sort == end {
		return Reading{}, p.fail(0, "the query is empty", "write a part of a file's name, such as debian or *.iso")
	}
	n, err := p.or()
	if err != nil {
		return Reading{}, err
	}
	if p.tok.sort == shut {
		err := p.fail(p.tok.pos, "this ) closes nothing", `to search for the character itself, quote it: ")"`)
		return Reading{}, p.mended(err, p.tok.pos, p.tok.pos+1, "")
	}
	if n == nil { // there is nothing but signs: they are meant
		again := &parser{text: text, now: p.now, lex: lexer{src: text, plain: p.lex.plain, several: p.lex.several}, signs: true}
		return again.read()
	}
	if err := p.top(n); err != nil {
		return Reading{}, err
	}
	return Reading{Tree: Simplify(n), Note: strings.Join(p.notes, "; ")}, nil
}

// parser reads a query by recursive descent:
//
//	or    = and { ( "|" | "OR" ) and }
//	and   = unary { [ "AND" ] unary }
//	unary = ( "-" | "NOT" ) unary | "(" or ")" | [ field ":" ] value
//
// A term that is nothing but signs, such as the dash of "artist - title", is left out: its node is
// nil, and so is that of what has no other term.
type parser struct {
	text    string
	now     time.Time
	lex     lexer
	tok     token
	depth   int
	terms   int
	regexps int   // characters, as MaxRegexp counts them
	whole   []int // where the terms are that stand only at the top
	notes   []string
	signs   bool // terms that are nothing but signs count
	mending bool // the text is tried as a mend
}

// note notes how something was understood, once.
func (p *parser) note(text string) {
	if !slices.Contains(p.notes, text) {
		p.notes = append(p.notes, text)
	}
}

func (p *parser) advance() { p.tok = p.lex.next() }

func (p *parser) fail(pos int, msg, hint string) error {
	return &Error{Text: p.text, Pos: pos, Msg: msg, Hint: hint}
}

// mended returns an error with the text as it was meant: with other words from one byte to another. What
// cannot be read either is no mend.
func (p *parser) mended(err error, from, to int, with string) error {
	wrong, ok := err.(*Error) //nolint:errorlint // it is one that fail made
	if !ok || p.mending || from > to || to > len(p.text) {
		return err
	}
	text := p.text[:from] + with + p.text[to:]
	again := newParser(text, p.now)
	again.mending = true
	if _, err := again.read(); err == nil {
		wrong.Mended = text
	}
	return wrong
}

// turned returns the value of a token with the ends of its range exchanged.
func (p *parser) turned(t token) string {
	from, to, _ := strings.Cut(p.text[t.at:t.end], "..")
	return to + ".." + from
}

// failSure is fail with a mend that is certainly what was meant.
func (p *parser) failSure(pos int, msg, hint string) error {
	return &Error{Text: p.text, Pos: pos, Msg: msg, Hint: hint, Sure: true}
}

func (p *parser) or() (Node, error) {
	of, err := p.branches(p.and, func() bool {
		if p.tok.sort != or {
			return false
		}
		p.advance()
		return true
	})
	return Any(of), err
}

func (p *parser) and() (Node, error) {
	of, err := p.branches(p.unary, func() bool {
		if p.tok.sort == end || p.tok.sort == or || p.tok.sort == shut {
			return false
		}
		if p.tok.sort == and {
			p.advance()
		}
		return true
	})
	return All(of), err
}

// branches reads a branch, and more as long as there are more, without those that are nil.
func (p *parser) branches(read func() (Node, error), more func() bool) (of []Node, err error) {
	for {
		n, err := read()
		if err != nil {
			return nil, err
		}
		if n != nil {
			of = append(of, n)
		}
		if !more() {
			return of, nil
		}
	}
}

func (p *parser) unary() (Node, error) {
	t := p.tok
	switch t.sort {
	case value:
		if p.terms++; p.terms > MaxTerms {
			return nil, p.fail(t.pos, fmt.Sprintf("the query has more than %d terms", MaxTerms), "ask in several queries")
		}
		p.advance()
		return p.value(t)
	case open, not:
		if p.depth++; p.depth > MaxDepth {
			return nil, p.fail(t.pos, fmt.Sprintf("the query is nested more than %d deep", MaxDepth),
				"leave out the parentheses that are not needed")
		}
		defer func() { p.depth-- }()
		p.advance()
		if t.sort == not {
			n, err := p.unary()
			if n == nil {
				return nil, err
			}
			return Not{n}, err
		}
		return p.group(t.pos)
	case faulty:
		err := p.fail(t.pos, t.text, `write "two words", and \" for a quote in them`)
		return nil, p.mended(err, len(p.text), len(p.text), `"`)
	case end:
		return nil, p.fail(t.pos, "something is missing at the end", "write a word there, such as debian")
	case shut:
		return nil, p.fail(t.pos, "something is missing before this )", "write a word there, such as debian")
	default:
		return nil, p.fail(t.pos, "something is missing before this "+p.text[t.pos:p.lex.pos],
			"to search for the word itself, quote it")
	}
}

// group reads what follows a "(" at pos.
func (p *parser) group(pos int) (Node, error) {
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.tok.sort != shut {
		err := p.fail(pos, "this ( is not closed", `to search for the character itself, quote it: "("`)
		return nil, p.mended(err, len(p.text), len(p.text), ")")
	}
	p.advance()
	return n, nil
}

// value makes a leaf of a token.
func (p *parser) value(t token) (Node, error) {
	if t.field != "" {
		return p.field(t)
	}
	if !p.signs && !t.quoted && !t.regexp && !t.glob && onlySigns(t.text) {
		return nil, nil
	}
	return p.match(t, Anywhere)
}

// top refuses nodes about whole results where they have no meaning.
func (p *parser) top(n Node) error {
	i := 0
	var walk func(n Node, top bool) error
	walk = func(n Node, top bool) error {
		switch n := n.(type) {
		case And:
			for _, c := range n.Of {
				if err := walk(c, top); err != nil {
					return err
				}
			}
		case Or:
			for _, c := range n.Of {
				if err := walk(c, false); err != nil {
					return err
				}
			}
		case Not:
			return walk(n.Of, false)
		case whole:
			i++
			if !top {
				return p.fail(p.whole[i-1], wholeFields()+" cannot stand in an OR or a NOT",
					"they hold for the whole query: take them out of it")
			}
		default:
		}
		return nil
	}
	return walk(n, true)
}
