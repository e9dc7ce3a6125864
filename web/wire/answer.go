package wire

import (
	"trawl/index"
	"trawl/search"
)

// Answer is the answer to a search as the API prints it.
type Answer struct {
	Total       int       `json:"total"`        // results that match, all pages together
	Exact       bool      `json:"exact"`        // false: at least Total
	Results     []Result  `json:"results"`      // this page
	Next        string    `json:"next"`         // cursor of the next page; "" after the last
	Nearest     []string  `json:"nearest"`      // nothing was found: names that the queries of Instead find
	Facets      []Facet   `json:"facets"`       // null unless the request asks for them
	FacetsExact bool      `json:"facets_exact"` // they count all results; else there are at least so many
	Query       string    `json:"query"`        // that was answered: q, or how that is written in the language if it was read otherwise
	Note        *string   `json:"note"`         // how q was read; null if it was read literally
	Missing     []string  `json:"missing"`      // nothing was found: parts of the query that match nothing by themselves
	Without     []Without `json:"without"`      // likewise: what is found without a part
	Instead     []Instead `json:"instead"`      // likewise: near queries that find something
	NoHosts     []NoHost  `json:"no_hosts"`     // likewise: hosts of the query that the catalogue does not have
	Future      int       `json:"future"`       // likewise: results that an age excludes since their time is in the future
}

// Instead is a query that finds something.
type Instead struct {
	Query string `json:"query"`
	Total int    `json:"total"`
	Exact bool   `json:"exact"` // false: at least Total
}

// NoHost is a host that the catalogue does not have.
type NoHost struct {
	Host    string   `json:"host"`
	Nearest []string `json:"nearest"` // names of hosts that it may be a slip of, the nearest first
}

// Without is what is left of a query without a part of it.
type Without struct {
	Part string `json:"part"`
	Instead
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

// NewAnswer returns the object of an answer, with the links of schemes.
func NewAnswer(a *search.Answer, schemes index.Schemes) Answer {
	out := Answer{
		Total: a.Total, Exact: a.Exact, Query: a.Text, Results: make([]Result, len(a.Results)), Next: a.Next,
		Nearest: append([]string{}, a.Nearest...), Missing: []string{}, Without: []Without{}, Instead: []Instead{}, NoHosts: []NoHost{},
		Future: a.Future.Total, FacetsExact: a.FacetsExact,
	}
	if a.Note != "" {
		out.Note = &a.Note
	}
	for i := range a.Results {
		out.Results[i] = NewResult(&a.Results[i], schemes)
	}
	for _, part := range a.Missing {
		out.Missing = append(out.Missing, part.String())
	}
	for _, no := range a.NoHosts {
		out.NoHosts = append(out.NoHosts, NoHost{no.Name, append([]string{}, no.Nearest...)})
	}
	for _, o := range a.Without {
		out.Without = append(out.Without, Without{o.Left, newInstead(o)})
	}
	for _, o := range a.Instead {
		out.Instead = append(out.Instead, newInstead(o))
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

func newInstead(o search.Offer) Instead { return Instead{o.Text, o.Total, o.Exact} }
