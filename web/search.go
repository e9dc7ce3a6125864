package web

import (
	"cmp"
	"errors"
	"html/template"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/search"
	"trawl/search/query"
	"trawl/web/request"
)

// placesShown is how many places of a result the page counts hosts and directories of, unless it is asked
// for more.
const placesShown = 24

// placesTyped is how many while the reader types.
const placesTyped = 8

// typedShare is the part of the budget that a search has while the reader types, one in so many: the next
// letter comes soon, and an answer that is cut says so.
const typedShare = 2

// found is the body of the search page.
type found struct {
	Reading *reading // nil if the text was read literally
	Total   string
	Took    string
	Cut     bool // not all results were counted
	Chosen  []chosen
	Orders  orders
	Nothing *nothing // instead of Results
	Results []result
	Facets  []facet
	Counted bool // Facets count all results

	First, Next template.URL // pages; "" on the first page, and on the last
	Typed       template.URL // while the reader types: the whole page, with facets
}

// orders are the links that sort the results anew. The one in force turns round.
type orders struct {
	Best                     template.URL // by relevance; "" if it is in force
	Name, Size, Time, Places order
}

// order is one of them.
type order struct {
	Asking template.URL
	Sorted string // "ascending" or "descending" if it is in force, as aria-sort has it, else ""
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
func newReading(v visit, note, text string, asking template.URL) *reading {
	note = v.Phrase(note)
	before, after, found := strings.Cut(note, text)
	if !found {
		before = note + " "
	}
	return &reading{index.Visible(before), index.Visible(text), index.Visible(after), asking}
}

// search answers GET / with what a query finds: a page or, while the reader types, its results alone.
func (p *portal) search(c *gin.Context, asked search.Request) {
	v, typed := p.visit(c.Request), isPart(c.Request)
	limits := asked
	limits.Budget, limits.Facets = p.budget, !typed
	if typed && p.budget >= 0 {
		limits.Budget = cmp.Or(p.budget, index.DefaultBudget) / typedShare
	}
	if limits.Places == 0 {
		limits.Places = placesShown
		if typed {
			limits.Places = placesTyped
		}
	}
	shown := page{Title: index.Visible(asked.Text) + " – Trawl", Query: asked.Text, Part: typed, Feed: p.newFeedLinks(v, feedAsked{text: asked.Text})}
	by := search.ByPage
	if typed {
		by = search.ByTyping
	}
	answer, err := p.searched.Ask(c.Request.Context(), by, p.catalogue, limits, request.Present())
	if wrong := (*query.Error)(nil); errors.As(err, &wrong) {
		shown.Body = newWrong(v, asked, wrong)
		p.draw(c, http.StatusBadRequest, "wrong", shown)
		return
	}
	if err != nil {
		p.refuse(c, err)
		return
	}
	request.SayAge(c.Writer.Header(), &answer)
	p.drawKept(c, newKeptKey(c.Request, v, &answer), func() page {
		body := p.newFound(v, asked, &answer)
		if typed {
			asked.Cursor = ""
			body.Typed = v.search(asked)
		}
		shown.Body, shown.Results, shown.Filters = body, len(body.Results) > 0, len(body.Facets) > 0
		return shown
	})
}

// isPart reports whether a page is asked for without its frame, as assets/portal.js does while the reader
// types: ?part=results.
func isPart(r *http.Request) bool { return r.URL.Query().Get("part") == "results" }

// newFound returns what the search page shows of an answer. Its links ask for the query that was
// answered.
func (p *portal) newFound(v visit, asked search.Request, answer *search.Answer) found {
	asked.Text = answer.Text
	first := asked
	first.Cursor = ""
	body := found{Total: v.results(answer.Total, answer.Exact), Took: v.Took(answer.Took), Counted: answer.FacetsExact}
	if answer.Kept != 0 {
		body.Took = v.Took(0) // it was ready; other requests may have held up this one
	}
	if answer.Query.Tree != nil {
		body.Chosen = newChosen(v, first, &answer.Query)
	}
	if len(answer.Results) > 0 {
		body.Cut = !answer.Exact
		body.Orders, body.Results = newOrders(v, first), p.newResults(v, &answer.Answer, asked.Places > 0)
		body.Facets = newFacets(v, first, &answer.Query, &answer.Answer)
	} else {
		body.Nothing = newNothing(v, first, answer)
	}
	if answer.Note != "" {
		body.Reading = newReading(v, answer.Note, answer.Text, v.search(first))
	}
	if asked.Cursor != "" {
		body.First = v.search(first)
	}
	if answer.Next != "" {
		next := asked
		next.Cursor = answer.Next
		body.Next = v.search(next)
	}
	return body
}

// results writes how many results there are; if not exact, at least so many.
func (v visit) results(n int, exact bool) string {
	if exact {
		return v.Count("search.results", int64(n))
	}
	return v.Count("search.at-least-results", int64(n))
}

// newOrders returns the links that sort the results of asked.
func newOrders(v visit, asked search.Request) orders {
	by := func(by index.Sort, first, turned string) order {
		sorted, current := asked, asked.Sort == by
		sorted.Sort, sorted.Reverse = by, current && !asked.Reverse
		o := order{Asking: v.search(sorted)}
		switch {
		case current && asked.Reverse:
			o.Sorted = turned
		case current:
			o.Sorted = first
		}
		return o
	}
	const up, down = "ascending", "descending"
	out := orders{
		Name: by(index.ByName, up, down), Size: by(index.BySize, down, up), Time: by(index.ByTime, down, up), Places: by(index.ByPlaces, down, up),
	}
	if asked.Sort != index.ByRelevance || asked.Reverse {
		out.Best = by(index.ByRelevance, down, up).Asking
		if asked.Sort == index.ByRelevance {
			asked.Reverse = false
			out.Best = v.search(asked)
		}
	}
	return out
}

// newNothing returns what the page says of an answer without results.
func newNothing(v visit, asked search.Request, a *search.Answer) *nothing {
	n := explain(v, a)
	n.Instead, n.Without = newInstead(v, asked, a.Instead), newInstead(v, asked, a.Without)
	for _, name := range a.Nearest {
		other := search.Request{Text: search.ForName(name), Sort: asked.Sort, Limit: asked.Limit}
		n.Nearest = append(n.Nearest, instead{Text: index.Visible(name), Asking: v.search(other)})
	}
	return &n
}

// newInstead returns the links to queries that find something.
func newInstead(v visit, asked search.Request, offers []search.Offer) []instead {
	out := make([]instead, len(offers))
	for i, o := range offers {
		other := search.Request{Text: o.Text, Sort: asked.Sort, Reverse: asked.Reverse, Limit: asked.Limit}
		out[i] = instead{
			Left: index.Visible(o.Left), Text: index.Visible(o.Text), Found: v.results(o.Total, o.Exact), Asking: v.search(other),
		}
	}
	return out
}
