package search

import (
	"regexp/syntax"
	"strings"
)

// required returns folded texts one of which is in whatever the expression
// matches, or nil if no such can be told.
func required(expr string) [][]byte {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	var out [][]byte
	for _, text := range needs(re.Simplify()) {
		out = append(out, []byte(text))
	}
	return out
}

// maxAlternatives bounds the texts that are told of an alternation.
const maxAlternatives = 16

func needs(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		if text := Fold(string(re.Rune)); text != "" {
			return []string{text}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return needs(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return needs(re.Sub[0])
		}
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if of := needs(sub); selective(of) > selective(best) {
				best = of
			}
		}
		return best
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			of := needs(sub)
			if of == nil || len(all)+len(of) > maxAlternatives {
				return nil
			}
			all = append(all, of...)
		}
		return all
	default:
	}
	return nil
}

// selective tells how much of a filter one of these texts is: the length of the
// shortest of them.
func selective(of []string) int {
	least := 0
	for i, s := range of {
		if n := len(strings.TrimSpace(s)); i == 0 || n < least {
			least = n
		}
	}
	return least
}
