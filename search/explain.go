package search

import (
	"fmt"
	"slices"
	"strings"

	"trawl/index"
	"trawl/search/query"
)

// NowhereAtAll is the explanation where no part of a query is to blame.
const NowhereAtAll = "No host holds that."

// Explanation says why a page has no results.
type Explanation struct {
	Why  string // in whole sentences, made visible
	Mend string // what finds more, in whole sentences; "" if nothing is known
}

// Explain returns why a has no results. It is meant for an answer without any.
func Explain(a *Answer) Explanation {
	switch {
	case a.Total > 0:
		return Explanation{Why: "There are no more."}
	case !a.Exact:
		return Explanation{Why: "Nothing was found in time. Longer words and more filters make a search faster."}
	}
	out := Explanation{Why: a.missing()}
	if f := a.Future; f.Total > 0 {
		out.Why += " " + inFuture(f)
	}
	if len(a.Instead)+len(a.Without) == 0 {
		out.Mend = "Every word must match. Fewer or shorter words find more."
	}
	return out
}

// String says that there is no such host.
//
//	There is no host ftp.exmaple.org; the nearest is ftp.example.org.
func (no NoHost) String() string {
	name := index.Visible(no.Name)
	switch len(no.Nearest) {
	case 0:
		return "There is no host " + name + "."
	case 1:
		return "There is no host " + name + "; the nearest is " + index.Visible(no.Nearest[0]) + "."
	}
	return "There is no host " + name + "; the nearest are " + index.Visible(strings.Join(no.Nearest, ", ")) + "."
}

// Nowhere returns the parts of the query that are nowhere, in a form that is safe to show: the words that no name has, and all
// others but the hosts of NoHosts.
func (n *Nothing) Nowhere() (words, others []string) {
	for _, part := range n.Missing {
		if n.isNoHost(part) {
			continue
		}
		text := index.Visible(part.String())
		if w, ok := part.(query.Word); ok && (w.In == query.Anywhere || w.In == query.InName) {
			words = append(words, text)
		} else {
			others = append(others, text)
		}
	}
	return words, others
}

// isNoHost reports whether a part of the query is about hosts of NoHosts alone.
func (n *Nothing) isNoHost(part query.Node) bool {
	only := true
	replaceLeaves(part, func(leaf query.Node) query.Node {
		host, is := leaf.(query.Host)
		only = only && is && slices.ContainsFunc(n.NoHosts, func(no NoHost) bool { return no.Name == host.Name })
		return leaf
	})
	return only
}

// missing says which parts of the query are nowhere.
//
//	No host holds a name with blaster or sb16x. Nothing matches ext:isoo.
func (n *Nothing) missing() string {
	words, others := n.Nowhere()
	var sentences []string
	for _, no := range n.NoHosts {
		sentences = append(sentences, no.String())
	}
	if len(words) > 0 {
		sentences = append(sentences, "No host holds a name with "+choice(words)+".")
	}
	if len(others) > 0 {
		sentences = append(sentences, "Nothing matches "+choice(others)+".")
	}
	if len(sentences) == 0 {
		return NowhereAtAll
	}
	return strings.Join(sentences, " ")
}

// choice joins texts for a sentence: "a, b or c".
func choice(of []string) string {
	last := len(of) - 1
	if last == 0 {
		return of[0]
	}
	return strings.Join(of[:last], ", ") + " or " + of[last]
}

// inFuture says how many files have a time in the future.
func inFuture(o Offer) string {
	results := Results(o.Total, o.Exact)
	if o.Total == 1 && o.Exact {
		return "1 result has a time in the future, and so no age."
	}
	return fmt.Sprintf("%s have a time in the future, and so no age.", upper(results.String()))
}

// upper makes the first letter of a sentence a capital.
func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
