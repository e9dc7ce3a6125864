package web

import (
	"errors"
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/search"
	"trawl/search/query"
)

// placesShown is how many places the page lists of a result, unless it is asked for more.
const placesShown = 5

// found is the body of the search page.
type found struct {
	Total   search.Amount
	Took    string
	Orders  []order
	Nothing *nothing // instead of Results
	Results []result
	Facets  []facet
	Counted bool // Facets count all results

	First, Next template.URL // pages; "" on the first page, and on the last
}

// order is a link that sorts the results anew.
type order struct {
	Name     string
	Asking   template.URL
	Current  bool
	Reversed bool // Current, and turned round
}

// nothing says why there are no results.
type nothing struct {
	Why, Mend string
	Nearest   []instead
}

// instead is a link that searches for another name.
type instead struct {
	Name   string
	Asking template.URL
}

// search answers GET / with what a query finds.
func (p *portal) search(c *gin.Context, asked search.Request) {
	title := asked.Text + " – Trawl"
	limits := asked
	limits.Budget, limits.Facets = p.budget, true
	if limits.Places == 0 {
		limits.Places = placesShown
	}
	q, err := limits.Query(present())
	if wrong := (*query.Error)(nil); errors.As(err, &wrong) {
		p.draw(c, http.StatusBadRequest, "wrong", page{Title: title, Query: asked.Text, Body: wrong})
		return
	}
	answer, err := p.catalogue.Search(c.Request.Context(), q)
	if err != nil {
		p.refuse(c, err)
		return
	}
	first := asked
	first.Cursor = ""
	body := found{
		Total: search.Results(answer.Total, answer.Exact), Took: search.Took(answer.Took), Counted: answer.FacetsExact,
	}
	if len(answer.Results) > 0 {
		body.Orders, body.Results, body.Facets = orders(first), newResults(p.schemes, &answer), newFacets(first, &q, &answer)
	} else {
		body.Nothing = newNothing(first, &answer)
	}
	if asked.Cursor != "" {
		body.First = asking(first)
	}
	if answer.Next != "" {
		next := asked
		next.Cursor = answer.Next
		body.Next = asking(next)
	}
	p.draw(c, http.StatusOK, "search", page{Title: title, Query: asked.Text, Body: body})
}

// orders returns the links that sort the results of asked; the one in force turns
// round.
func orders(asked search.Request) []order {
	var out []order
	for _, by := range search.Sorts() {
		current := asked.Sort == by
		sorted := asked
		sorted.Sort, sorted.Reverse = by, current && !asked.Reverse
		out = append(out, order{Name: string(by), Asking: asking(sorted), Current: current, Reversed: current && asked.Reverse})
	}
	return out
}

// newNothing returns what the page says of an answer without results.
func newNothing(asked search.Request, a *index.Answer) *nothing {
	why := search.Explain(a)
	n := &nothing{Why: why.Why, Mend: why.Mend}
	for _, name := range why.Nearest {
		other := search.Request{Text: search.ForName(name), Sort: asked.Sort, Limit: asked.Limit}
		n.Nearest = append(n.Nearest, instead{Name: index.Visible(name), Asking: asking(other)})
	}
	return n
}
