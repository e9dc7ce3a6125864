package web

import (
	"html/template"
	"slices"

	"trawl/index"
	"trawl/search"
	"trawl/search/query"
	"trawl/web/locale"
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
	Name   string
	Count  string // "" if not all results were counted
	Asking template.URL
}

// chosen is a filter of the query, and the link to the query without it.
type chosen struct {
	Filter string
	Asking template.URL
}

// newFacets returns the facets of an answer as the page shows them; q is what asked asks. A value
// that is chosen already is none to choose, and neither is the only value of a facet.
func newFacets(v visit, asked search.Request, q *index.Query, a *index.Answer) []facet {
	text := search.Narrowable(asked.Text, q)
	parts := slices.DeleteFunc(slices.Clone(partsOf(q.Tree)), func(part query.Node) bool { return !query.IsFilter(part) })
	var out []facet
	for _, f := range a.Facets {
		if len(f.Values) < 2 {
			continue
		}
		var values []facetValue
		for _, value := range f.Values {
			if len(values) == valuesShown {
				break
			}
			if isChosen(parts, value.Query, q) {
				continue
			}
			narrowed := asked
			narrowed.Text = text + " " + value.Query
			shown := facetValue{Name: nameValue(v.Locale, f.Name, value.Value), Asking: v.search(narrowed)}
			if a.FacetsExact {
				shown.Count = v.Number(int64(value.Count))
			}
			values = append(values, shown)
		}
		if len(values) > 0 {
			out = append(out, facet{v.Text("facet." + f.Name), values})
		}
	}
	return out
}

// partsOf returns what all must match.
func partsOf(tree query.Node) []query.Node {
	if and, ok := tree.(query.And); ok {
		return and.Of
	}
	return []query.Node{tree}
}

// isChosen reports whether a filter is among the parts of a query.
func isChosen(parts []query.Node, filter string, q *index.Query) bool {
	if len(parts) == 0 {
		return false
	}
	n, err := query.Parse(filter, q.Now)
	return err == nil && slices.ContainsFunc(parts, func(have query.Node) bool { return have.String() == n.String() })
}

// newChosen returns the filters of a query with the links that take each away. Without the last
// part of a query nothing is asked.
func newChosen(v visit, asked search.Request, q *index.Query) []chosen {
	var out []chosen
	parts := partsOf(q.Tree)
	for i, part := range parts {
		if !query.IsFilter(part) {
			continue
		}
		to := v.keep("/")
		if rest := query.All(slices.Delete(slices.Clone(parts), i, i+1)); rest != nil {
			wider := asked
			wider.Text = rest.String()
			to = v.search(wider)
		}
		out = append(out, chosen{index.Visible(part.String()), to})
	}
	return out
}

// nameValue writes a value of a facet for people.
func nameValue(l *locale.Locale, facet, value string) string {
	switch facet {
	case "type":
		return l.Text("type." + value)
	case "size":
		return l.SizeRange(value)
	}
	return index.Visible(value)
}
