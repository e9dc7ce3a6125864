package match

import (
	"regexp/syntax"
	"slices"
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
	for _, text := range knownOf(re.Simplify()).best() {
		out = append(out, []byte(text))
	}
	return out
}

// maxAlternatives bounds the texts that are told of an expression.
const maxAlternatives = 16

// known is what is known of the folds of what an expression matches.
//
//	(iso|img)      => is iso or img
//	\.(iso|img)$   => is .iso or .img
//	a.*\.tar\.gz   => holds .tar.gz
type known struct {
	is    []string // all that they can be, if it is not nil
	holds []string // one of these is in each, if it is not nil and is is
}

// best returns texts one of which is in whatever matches, nil if there are none.
func (k known) best() []string {
	if k.is == nil {
		return k.holds
	}
	if selective(k.is) == 0 {
		return nil
	}
	return k.is
}

func knownOf(re *syntax.Regexp) known {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return known{is: []string{""}}
	case syntax.OpLiteral:
		return ofLiteral(Fold(string(re.Rune)))
	case syntax.OpCharClass:
		return ofClass(re.Rune)
	case syntax.OpCapture:
		return knownOf(re.Sub[0])
	case syntax.OpPlus:
		return known{holds: knownOf(re.Sub[0]).best()}
	case syntax.OpRepeat:
		if re.Min > 0 {
			return known{holds: knownOf(re.Sub[0]).best()}
		}
	case syntax.OpQuest:
		if of := knownOf(re.Sub[0]); of.is != nil {
			return known{is: append([]string{""}, of.is...)}
		}
	case syntax.OpConcat:
		return ofConcat(re.Sub)
	case syntax.OpAlternate:
		return ofAlternate(re.Sub)
	default:
	}
	return known{}
}

// greekIota is also an accent below letters (U+0345): the fold of a name leaves that out, and
// an expression takes it for the letter where case does not count.
const greekIota = "ι"

// ofLiteral knows a folded text, as far as there is no iota.
func ofLiteral(text string) known {
	if !strings.Contains(text, greekIota) {
		return known{is: []string{text}}
	}
	longest := slices.MaxFunc(strings.Split(text, greekIota), func(a, b string) int { return len(a) - len(b) })
	if longest == "" {
		return known{}
	}
	return known{holds: []string{longest}}
}

// maxClass bounds the characters that are told of a class: more of them are a filter
// that costs more than it spares.
const maxClass = 4

// ofClass lists the characters of a small class, which is pairs of ends.
func ofClass(pairs []rune) known {
	var is []string
	for i := 0; i+1 < len(pairs); i += 2 {
		for r := pairs[i]; r <= pairs[i+1]; r++ {
			text := Fold(string(r))
			if slices.Contains(is, text) {
				continue
			}
			if len(is) == maxClass || text == greekIota {
				return known{}
			}
			is = append(is, text)
		}
	}
	return known{is: is}
}

// ofConcat puts neighbours together as long as it is known what they are.
func ofConcat(sub []*syntax.Regexp) known {
	var best []string
	better := func(of []string) {
		if selective(of) > selective(best) {
			best = of
		}
	}
	run, whole := []string{""}, true
	for _, re := range sub {
		k := knownOf(re)
		if k.is != nil && len(run)*len(k.is) <= maxAlternatives {
			run = product(run, k.is)
			continue
		}
		whole = false
		better(run)
		better(k.holds)
		if run = k.is; run == nil {
			run = []string{""}
		}
	}
	if whole {
		return known{is: run}
	}
	better(run)
	return known{holds: best}
}

func product(a, b []string) []string {
	out := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+y)
		}
	}
	return out
}

// ofAlternate knows what all branches know.
func ofAlternate(sub []*syntax.Regexp) known {
	out := known{is: []string{}, holds: []string{}}
	for _, re := range sub {
		k := knownOf(re)
		if k.is == nil || len(out.is)+len(k.is) > maxAlternatives {
			out.is = nil
		}
		if out.is != nil {
			out.is = append(out.is, k.is...)
		}
		of := k.best()
		if of == nil || len(out.holds)+len(of) > maxAlternatives {
			out.holds = nil
		}
		if out.holds != nil {
			out.holds = append(out.holds, of...)
		}
	}
	return out
}

// selective tells how much of a filter one of these texts is: the length of the
// shortest of them, and where these are equal the fewer the better.
func selective(of []string) int {
	least := 0
	for i, s := range of {
		if n := len(strings.TrimSpace(s)); i == 0 || n < least {
			least = n
		}
	}
	if least == 0 {
		return 0
	}
	return least*(maxAlternatives+1) - len(of)
}
