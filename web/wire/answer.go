package wire

import "trawl/index"

// Answer is the answer to a search as the API prints it.
type Answer struct {
	Total       int      `json:"total"`        // results that match, all pages together
	Exact       bool     `json:"exact"`        // false: at least Total
	Results     []Result `json:"results"`      // this page
	Next        string   `json:"next"`         // cursor of the next page; "" after the last
	Nearest     []string `json:"nearest"`      // nothing was found: the nearest names that do exist
	Facets      []Facet  `json:"facets"`       // null unless the request asks for them
	FacetsExact bool     `json:"facets_exact"` // they count all results; else there are at least so many
}

// Facet is a property by which the results are counted.
type Facet struct {
	Name   string       `json:"name"` // "type", "host", "ext", "year" or "size"
	Values []FacetValue `json:"values"`
}

// FacetValue is one value of a Facet.
type FacetValue struct {
	Value string `json:"value"`
	Count int    `json:"count"` // results
	Query string `json:"query"` // the filter that narrows to it
}

// Error is the object that the API prints under "error" when it refuses.
type Error struct {
	Message  string `json:"message"`
	Position *int   `json:"position,omitempty"` // in bytes of q, where q is at fault
	Hint     string `json:"hint,omitempty"`
}

// NewAnswer returns the object of an answer, with the links of schemes.
func NewAnswer(a *index.Answer, schemes index.Schemes) Answer {
	out := Answer{
		Total: a.Total, Exact: a.Exact, Results: make([]Result, len(a.Results)), Next: a.Next,
		Nearest: append([]string{}, a.Nearest...), FacetsExact: a.FacetsExact,
	}
	for i := range a.Results {
		out.Results[i] = NewResult(&a.Results[i], schemes)
	}
	for _, f := range a.Facets {
		facet := Facet{Name: f.Name, Values: make([]FacetValue, len(f.Values))}
		for i, v := range f.Values {
			facet.Values[i] = FacetValue(v)
		}
		out.Facets = append(out.Facets, facet)
	}
	return out
}
