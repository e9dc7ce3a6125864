package web

import (
	"strings"

	"trawl/index"
	"trawl/search"
)

// explain says why an answer has no results, as search.Explain does, in the reader's language.
func explain(v visit, a *search.Answer) nothing {
	switch {
	case a.Total > 0:
		return nothing{Why: v.Text("nothing.no-more")}
	case !a.Exact:
		return nothing{Why: v.Text("nothing.in-time"), Mend: v.Text("nothing.faster")}
	}
	out := nothing{Why: missing(v, &a.Nothing)}
	if f := a.Future; f.Total > 0 {
		out.Why += " " + v.Count("nothing.future", int64(f.Total))
	}
	if len(a.Instead)+len(a.Without) == 0 {
		out.Mend = v.Text("nothing.fewer-words")
	}
	return out
}

// missing says which parts of a query are nowhere.
//
//	No host holds a name with blaster or sb16x. Nothing matches ext:isoo.
func missing(v visit, n *search.Nothing) string {
	words, others := n.Nowhere()
	var sentences []string
	for _, no := range n.NoHosts {
		sentences = append(sentences, noHost(v, no))
	}
	if len(words) > 0 {
		sentences = append(sentences, v.Text("nothing.no-name", "Words", choice(v, words)))
	}
	if len(others) > 0 {
		sentences = append(sentences, v.Text("nothing.no-match", "Parts", choice(v, others)))
	}
	if len(sentences) == 0 {
		return v.Text("nothing.nowhere")
	}
	return strings.Join(sentences, " ")
}

// noHost says that there is no such host.
func noHost(v visit, no search.NoHost) string {
	if len(no.Nearest) == 0 {
		return v.Text("nothing.no-host", "Host", index.Visible(no.Name))
	}
	near := make([]string, len(no.Nearest))
	for i, name := range no.Nearest {
		near[i] = index.Visible(name)
	}
	return v.Text("nothing.no-host-near", "Host", index.Visible(no.Name), "Near", choice(v, near))
}

// choice joins texts for a sentence: "a, b or c".
func choice(v visit, of []string) string {
	last := len(of) - 1
	if last == 0 {
		return of[0]
	}
	return strings.Join(of[:last], ", ") + " " + v.Text("or") + " " + of[last]
}
