package search

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"trawl/search/query"
)

// correct returns queries with other words in the place of those that may be misspelt, and the
// names that they find. The rest of the query stays: filters, exclusions, right words.
func (e *explainer) correct(ctx context.Context, tree query.Node, strict bool) (offers []Offer, names []string) {
	for i, other := range e.corrections(ctx, tree, strict) {
		if i == mostAttempts || len(offers) == mostInstead {
			break
		}
		offer, found := e.offer(ctx, other, "")
		if offer.Total == 0 || slices.ContainsFunc(offers, func(o Offer) bool { return o.Text == offer.Text }) {
			continue
		}
		offers = append(offers, offer)
		for _, name := range found {
			if len(names) < mostNearest && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return offers, names
}

// corrections returns the trees to try, the likeliest first. Words that no name holds are all
// replaced. One that nothing is near to is left out, unless strict, if another word is
// right. If names hold all words, one word at a time is replaced.
func (e *explainer) corrections(ctx context.Context, tree query.Node, strict bool) []query.Node {
	words := speltWords(tree)
	if len(words) == 0 || len(words) > mostWords {
		return nil
	}
	wrong := e.misspelt(ctx, words)
	together := len(wrong) > 0
	if !together {
		if e.excluded(ctx, tree) {
			return nil
		}
		for i := range words {
			wrong = append(wrong, i)
		}
	}
	near, ok := e.similar(ctx, words, wrong)
	if !ok || together && !leavable(words, wrong, near, strict) {
		return nil
	}
	var trees []query.Node
	for _, with := range replacements(wrong, near, together) {
		if other := correct(tree, with); other != nil {
			trees = append(trees, other)
		}
	}
	return trees
}

// excluded reports whether a tree finds something without what it excludes, so that its words are
// right.
func (e *explainer) excluded(ctx context.Context, tree query.Node) bool {
	parts := partsOf(tree)
	rest := slices.DeleteFunc(slices.Clone(parts), func(n query.Node) bool { _, not := n.(query.Not); return not })
	return len(rest) < len(parts) && e.offerRest(ctx, rest, "").Total > 0
}

// leavable reports whether the wrong words that nothing is near to may be left out.
func leavable(words []spelt, wrong []int, near [][]string, strict bool) bool {
	for i, number := range wrong {
		if word := words[number]; len(near[i]) == 0 && (strict || len(wrong) == len(words) || word.part || word.whole) {
			return false
		}
	}
	return true
}

// misspelt returns the numbers of the words that no name holds. A text of several words is
// one of them if it is not there but its words are.
func (e *explainer) misspelt(ctx context.Context, words []spelt) (wrong []int) {
	nowhere := make([]bool, len(words))
	for i, word := range words {
		nowhere[i] = e.nowhere(ctx, query.Word{Text: word.text, In: query.InName})
	}
	for i, word := range words {
		if nowhere[i] && (!word.whole || !slices.Contains(nowhere[i+1:i+1+word.parts], true)) {
			wrong = append(wrong, i)
		}
	}
	return wrong
}

// similar returns near words of some of the words.
func (e *explainer) similar(ctx context.Context, words []spelt, of []int) (near [][]string, ok bool) {
	if time.Now().After(e.until) {
		return nil, false
	}
	texts := make([]string, len(of))
	for i, number := range of {
		texts[i] = words[number].text
	}
	near, err := e.searcher.Similar(ctx, texts, nearWords, e.each)
	if err != nil || len(near) != len(of) {
		return nil, false
	}
	for _, alike := range near {
		for i := range alike {
			alike[i] = norm.NFC.String(alike[i])
		}
	}
	return near, true
}

// replacements returns what to try in the place of the wrong words, by their numbers; near has
// the near words of each. If together, each is replaced; else one of them is. Those that are
// nearer come first.
func replacements(wrong []int, near [][]string, together bool) (out []map[int]string) {
	type attempt struct {
		with map[int]string
		rank int
	}
	var tries []attempt
	if together {
		tries = []attempt{{with: map[int]string{}}}
	}
	for i, number := range wrong {
		var more []attempt
		for rank, text := range near[i] {
			if !together {
				tries = append(tries, attempt{map[int]string{number: text}, rank})
				continue
			}
			for _, t := range tries {
				with := maps.Clone(t.with)
				with[number] = text
				more = append(more, attempt{with, t.rank + rank})
			}
		}
		switch {
		case !together:
		case len(near[i]) == 0 && len(wrong) > 1: // it is left out
			for _, t := range tries {
				t.with[number] = ""
			}
		default:
			slices.SortStableFunc(more, func(a, b attempt) int { return cmp.Compare(a.rank, b.rank) })
			tries = more[:min(len(more), mostAttempts)]
		}
	}
	slices.SortStableFunc(tries, func(a, b attempt) int { return cmp.Compare(a.rank, b.rank) })
	for _, t := range tries {
		if strings.Join(slices.Collect(maps.Values(t.with)), "") != "" { // else words are left out only
			out = append(out, t.with)
		}
	}
	return out
}
