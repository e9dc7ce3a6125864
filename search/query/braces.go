package query

import "strings"

// maxBraces bounds the texts that the braces of one term stand for.
const maxBraces = 32

// expandBraces writes out the alternatives of a term as a shell does, or returns nil if it has none
// or too many.
//
//	*.{jpg,png} => *.jpg, *.png
func expandBraces(term string) []string {
	var out []string
	for todo := []string{term}; len(todo) > 0; {
		next := todo[0]
		open, parts, end := braces(next)
		if todo = todo[1:]; parts == nil {
			out = append(out, next)
			continue
		}
		if len(todo)+len(parts)+len(out) > maxBraces {
			return nil
		}
		all := make([]string, 0, len(parts)+len(todo))
		for _, part := range parts {
			all = append(all, next[:open]+part+next[end:])
		}
		todo = append(all, todo...)
	}
	if len(out) == 1 {
		return nil
	}
	return out
}

// braces returns the first alternatives in braces, and where the braces open and end.
func braces(term string) (open int, parts []string, end int) {
	for open = 0; open < len(term); open++ {
		switch term[open] {
		case '\\':
			open++
		case '{':
			if parts, end = alternatives(term, open); parts != nil {
				return open, parts, end
			}
		}
	}
	return 0, nil, 0
}

// alternatives returns the texts between the braces that open there, and where the braces end; nil
// if they do not close or hold no comma.
func alternatives(term string, open int) (parts []string, end int) {
	depth, from := 0, open+1
	for i := open; i < len(term); i++ {
		switch term[i] {
		case '\\':
			i++
		case '{':
			depth++
		case ',':
			if depth == 1 {
				parts = append(parts, term[from:i])
				from = i + 1
			}
		case '}':
			if depth--; depth > 0 {
				continue
			}
			if parts == nil {
				return nil, 0
			}
			return append(parts, term[from:i]), i + 1
		}
	}
	return nil, 0
}

// braces makes an Or of the texts that the braces of a pattern stand for; nil if there are none.
func (p *parser) braces(t token) (Node, error) {
	texts := expandBraces(p.text[t.at:t.end])
	if texts == nil {
		return nil, nil
	}
	if p.terms += len(texts) - 1; p.terms > MaxTerms {
		return nil, p.fail(t.pos, "the alternatives in braces are too many", "ask in several queries")
	}
	prefix := p.text[t.pos:t.at]
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = prefix + text
	}
	inner := &parser{text: strings.Join(out, " | "), now: p.now}
	inner.lex = lexer{src: inner.text}
	inner.advance()
	n, err := inner.or()
	if err != nil {
		return nil, p.fail(t.pos, "the braces are not understood", "write *.jpg | *.png")
	}
	return n, nil
}
