package web

import (
	"html/template"

	"github.com/dustin/go-humanize"

	"trawl/index"
	"trawl/search"
)

// valuesShown is how many values of a facet a page lists.
const valuesShown = 8

// facet is a facet as the search page shows it.
type facet struct {
	Name   string
	Values []facetValue
}

// facetValue is a link that narrows the search to a value.
type facetValue struct {
	Name, Count string
	Asking      template.URL
}

// newFacets returns the facets of an answer as the page shows them; q is what
// asked asks.
func newFacets(asked search.Request, q *index.Query, a *index.Answer) []facet {
	text := search.Narrowable(asked.Text, q)
	var out []facet
	for _, f := range a.Facets {
		shown := f.Values[:min(len(f.Values), valuesShown)]
		if len(shown) == 0 {
			continue
		}
		values := make([]facetValue, len(shown))
		for i, v := range shown {
			narrowed := asked
			narrowed.Text = text + " " + v.Query
			values[i] = facetValue{index.Visible(search.FacetValue(f.Name, v.Value)), humanize.Comma(int64(v.Count)), asking(narrowed)}
		}
		out = append(out, facet{search.FacetName(f.Name), values})
	}
	return out
}
