package web

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/search/query"
	"trawl/web/wire"
)

// apiAnswer is the object that GET /api/v1/search prints.
type apiAnswer struct {
	Total       int           `json:"total"`        // results that match, all pages together
	Exact       bool          `json:"exact"`        // false: at least Total
	Results     []wire.Result `json:"results"`      // this page
	Next        string        `json:"next"`         // cursor of the next page; "" after the last
	Nearest     []string      `json:"nearest"`      // nothing was found: the nearest names that do exist
	Facets      []Facet       `json:"facets"`       // null unless the request asks for them
	FacetsExact bool          `json:"facets_exact"` // they count all results; else there are at least so many
}

// Facet is the object of a property by which the results are counted.
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

// apiSearch answers GET /api/v1/search?q=&n=&sort=&reverse=&cursor=&places=&facets=.
func (p *portal) apiSearch(c *gin.Context) {
	asked, err := readRequest(c.Request)
	if err != nil {
		refuseJSON(c, http.StatusBadRequest, apiError{Message: err.Error()})
		return
	}
	asked.Budget = p.budget
	q, err := asked.Query(present())
	if wrong := (*query.Error)(nil); errors.As(err, &wrong) {
		refuseJSON(c, http.StatusBadRequest, apiError{Message: wrong.Msg, Position: &wrong.Pos, Hint: wrong.Hint})
		return
	}
	answer, err := p.catalogue.Search(c.Request.Context(), q)
	if err != nil {
		p.refuse(c, err)
		return
	}
	sendJSON(c, http.StatusOK, newAnswer(&answer, p.schemes))
}

// newAnswer returns the object of an answer.
func newAnswer(a *index.Answer, schemes index.Schemes) apiAnswer {
	out := apiAnswer{
		Total: a.Total, Exact: a.Exact, Results: make([]wire.Result, len(a.Results)), Next: a.Next,
		Nearest: append([]string{}, a.Nearest...), FacetsExact: a.FacetsExact,
	}
	for i := range a.Results {
		out.Results[i] = wire.NewResult(&a.Results[i], schemes)
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
