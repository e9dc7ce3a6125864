package match

import (
	"regexp/syntax"
	"slices"
	"strings"

	"trawl/search/fold"
)

// required returns folded texts one of which is in every text that the expression
// matches, or nil if there are none.
func required(expr string) [][]byte {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	var out [][]byte
	for _, text := range matchedBy(re.Simplify()).best() {
		out = append(out, []byte(text))
	}
	return out
}

// requiredEnd returns the candidates of the end of the names that an expression matches:
// \.(iso|img)$ needs one of these extensions.
func requiredEnd(expr string) Candidate {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil || re.Op != syntax.OpConcat || re.Sub[len(re.Sub)-1].Op != syntax.OpEndText {
		return All{}
	}
	run := []string{""}
	for _, part := range slices.Backward(re.Simplify().Sub) {
		k := matchedBy(part)
		if k.is == nil || len(run)*len(k.is) > maxAlternatives {
			break
		}
		run = product(k.is, run)
	}
	var exts []string
	for _, text := range run {
		ext := string(EndOf([]byte(text)))
		if ext == "" {
			return All{}
		}
		exts = append(exts, ext)
	}
	slices.Sort(exts)
	return Ext{slices.Compact(exts)}
}

// maxAlternatives bounds the texts that an expression requires.
const maxAlternatives = 16

// matched describes the folds of the texts that an expression matches.
//
//	(iso|img)      => is iso or img
//	\.(iso|img)$   => is .iso or .img
//	a.*\.tar\.gz   => holds .tar.gz
type matched struct {
	is    []string // nil, or all that they can be
	holds []string // if is is nil: nil, or texts one of which is in each
}

// best returns texts one of which is in every match, nil if there are none.
func (m matched) best() []string {
	if m.is == nil {
		return m.holds
	}
	if selective(m.is) == 0 {
		return nil
	}
	return m.is
}

func matchedBy(re *syntax.Regexp) matched {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return matched{is: []string{""}}
	case syntax.OpLiteral:
		if slices.ContainsFunc(re.Rune, partial) {
			return matched{}
		}
		return ofLiteral(fold.String(string(re.Rune)))
	case syntax.OpCharClass:
		return ofClass(re.Rune)
	case syntax.OpCapture:
		return matchedBy(re.Sub[0])
	case syntax.OpPlus:
		return matched{holds: matchedBy(re.Sub[0]).best()}
	case syntax.OpRepeat:
		if re.Min > 0 {
			return matched{holds: matchedBy(re.Sub[0]).best()}
		}
	case syntax.OpQuest:
		if sub := matchedBy(re.Sub[0]); sub.is != nil {
			return matched{is: append([]string{""}, sub.is...)}
		}
	case syntax.OpConcat:
		return ofConcat(re.Sub)
	case syntax.OpAlternate:
		return ofAlternate(re.Sub)
	default:
	}
	return matched{}
}

// greekIota is also an accent below letters (U+0345). The fold of a name omits the accent,
// while an expression that ignores case treats it as the letter.
const greekIota = "ι"

// ofLiteral describes a folded text, as far as it has no iota.
func ofLiteral(text string) matched {
	if !strings.Contains(text, greekIota) {
		return matched{is: []string{text}}
	}
	longest := slices.MaxFunc(strings.Split(text, greekIota), func(a, b string) int { return len(a) - len(b) })
	if longest == "" {
		return matched{}
	}
	return matched{holds: []string{longest}}
}

// partial reports whether a character may be a part of a letter: a consonant or a vowel of a
// syllable, or a half-width kana or its mark. The fold of a name has the whole letter.
func partial(r rune) bool {
	return fold.Joins(r) || 0x1100 <= r && r <= 0x11FF || 0xFF66 <= r && r <= 0xFF9F
}

// maxClass bounds the characters of a class that are used: more of them are a filter that
// costs more than it saves.
const maxClass = 4

// ofClass lists the characters of a small class, which is pairs of ends.
func ofClass(pairs []rune) matched {
	var is []string
	for i := 0; i+1 < len(pairs); i += 2 {
		for r := pairs[i]; r <= pairs[i+1]; r++ {
			text := fold.String(string(r))
			if slices.Contains(is, text) {
				continue
			}
			if len(is) == maxClass || text == greekIota || partial(r) {
				return matched{}
			}
			is = append(is, text)
		}
	}
	return matched{is: is}
}

// ofConcat joins neighbours as long as all that they can be is known.
func ofConcat(sub []*syntax.Regexp) matched {
	var best []string
	better := func(texts []string) {
		if selective(texts) > selective(best) {
			best = texts
		}
	}
	run, whole := []string{""}, true
	for _, re := range sub {
		k := matchedBy(re)
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
		return matched{is: run}
	}
	better(run)
	return matched{holds: best}
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

// ofAlternate joins the texts of all branches.
func ofAlternate(sub []*syntax.Regexp) matched {
	out := matched{is: []string{}, holds: []string{}}
	for _, re := range sub {
		k := matchedBy(re)
		if k.is == nil || len(out.is)+len(k.is) > maxAlternatives {
			out.is = nil
		}
		if out.is != nil {
			out.is = append(out.is, k.is...)
		}
		texts := k.best()
		if texts == nil || len(out.holds)+len(texts) > maxAlternatives {
			out.holds = nil
		}
		if out.holds != nil {
			out.holds = append(out.holds, texts...)
		}
	}
	return out
}

// selective says how good a filter these texts are: the longer the shortest of them the
// better, and of equal ones the fewer the better.
func selective(texts []string) int {
	least := 0
	for i, s := range texts {
		if n := len(strings.TrimSpace(s)); i == 0 || n < least {
			least = n
		}
	}
	if least == 0 {
		return 0
	}
	return least*(maxAlternatives+1) - len(texts)
}
