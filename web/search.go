package web

import (
	"errors"
	"html/template"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/search"
	"trawl/search/query"
)

// placesShown is how many places the page lists of a result, unless it is asked for more.
const placesShown = 5

// found is the body of the search page.
type found struct {
	Reading *reading // nil if the text was read literally
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
	Nearest   []instead // links to names that the queries of Instead find
	Instead   []instead
	Without   []instead
}

// instead is a link to a query that finds something.
type instead struct {
	Left   string // the part that it is without; "" if it is without none
	Text   string
	Found  string // how many results
	Asking template.URL
}

// reading says how a text was read that was not read literally. Text is the query in the language, a
// link within the note or behind it.
type reading struct {
	Before, Text, After string
	Asking              template.URL
}

// newReading returns what the page says of a reading, with a link that asks for its query.
func newReading(note, text string, asking template.URL) *reading {
	before, after, found := strings.Cut(note, text)
	if !found {
		before = note + " "
	}
	return &reading{index.Visible(before), index.Visible(text), index.Visible(after), asking}
}

// search answers GET / with what a query finds.
func (p *portal) search(c *gin.Context, asked search.Request) {
	title := asked.Text + " – Trawl"
	limits := asked
	limits.Budget, limits.Facets = p.budget, true
	if limits.Places == 0 {
		limits.Places = placesShown
	}
	answer, err := search.Ask(c.Request.Context(), p.catalogue, limits, present())
	if wrong := (*query.Error)(nil); errors.As(err, &wrong) {
		p.draw(c, http.StatusBadRequest, "wrong", page{Title: title, Query: asked.Text, Body: wrong})
		return
	}
	if err != nil {
		p.refuse(c, err)
		return
	}
	p.draw(c, http.StatusOK, "search", page{Title: title, Query: asked.Text, Body: p.newFound(asked, &answer)})
}

// newFound returns what the search page shows of an answer. Its links ask for the query that was
// answered.
func (p *portal) newFound(asked search.Request, answer *search.Answer) found {
	asked.Text = answer.Text
	first := asked
	first.Cursor = ""
	body := found{
		Total: search.Results(answer.Total, answer.Exact), Took: search.Took(answer.Took), Counted: answer.FacetsExact,
	}
	if len(answer.Results) > 0 {
		body.Orders, body.Results, body.Facets = orders(first), newResults(p.schemes, &answer.Answer), newFacets(first, &answer.Query, &answer.Answer)
	} else {
		body.Nothing = newNothing(first, answer)
	}
	if answer.Note != "" {
		body.Reading = newReading(answer.Note, answer.Text, asking(first))
	}
	if asked.Cursor != "" {
		body.First = asking(first)
	}
	if answer.Next != "" {
		next := asked
		next.Cursor = answer.Next
		body.Next = asking(next)
	}
	return body
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
func newNothing(asked search.Request, a *search.Answer) *nothing {
	why := search.Explain(a)
	n := &nothing{Why: why.Why, Mend: why.Mend, Instead: newInstead(asked, a.Instead), Without: newInstead(asked, a.Without)}
	for _, name := range a.Nearest {
		other := search.Request{Text: search.ForName(name), Sort: asked.Sort, Limit: asked.Limit}
		n.Nearest = append(n.Nearest, instead{Text: index.Visible(name), Asking: asking(other)})
	}
	return n
}

// newInstead returns the links to queries that find something.
func newInstead(asked search.Request, offers []search.Offer) []instead {
	out := make([]instead, len(offers))
	for i, o := range offers {
		other := search.Request{Text: o.Text, Sort: asked.Sort, Reverse: asked.Reverse, Limit: asked.Limit}
		out[i] = instead{
			Left: index.Visible(o.Left), Text: index.Visible(o.Text), Found: search.Results(o.Total, o.Exact).String(), Asking: asking(other),
		}
	}
	return out
}
