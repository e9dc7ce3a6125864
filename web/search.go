package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/search/query"
)

// placesShown is how many places the page lists of a result, unless it is asked for more.
const placesShown = 5

// found is the body of the search page.
type found struct {
	Asked  question
	Wrong  *query.Error // what is wrong with the query
	Answer *index.Answer
	Either bool // an OR joins all of what is asked
	Orders []order

	FirstURL, NextURL string // "" on the first page, and on the last

	Hosts int   // on the empty page: what there is to search
	Files int64 //
}

// order is a link that sorts the results anew.
type order struct {
	Name, URL string
	Current   bool
	Reversed  bool // Current, and turned round
}

// search answers GET /: the search box and, if q is given, what it finds.
func (p *portal) search(c *gin.Context) {
	asked, err := readQuestion(c.Request)
	if err != nil {
		p.fail(c, http.StatusBadRequest, "The address is not right: "+err.Error()+".")
		return
	}
	if strings.TrimSpace(asked.Text) == "" {
		p.welcome(c, asked)
		return
	}
	title := asked.Text + " – Trawl"
	q, err := asked.query(p.budget)
	if wrong := (*query.Error)(nil); errors.As(err, &wrong) {
		p.draw(c, http.StatusBadRequest, "search", page{
			Title: title, Query: asked.Text,
			Body: found{Asked: asked, Wrong: wrong},
		})
		return
	}
	q.Facets = true
	if q.Places == 0 {
		q.Places = placesShown
	}
	answer, err := p.catalogue.Search(c.Request.Context(), q)
	if err != nil {
		p.refuse(c, err)
		return
	}
	body := found{Asked: asked, Answer: &answer, Orders: orders(asked)}
	body.Either = either(asked.Text, &q)
	if asked.Cursor != "" {
		body.FirstURL = asked.url(func(url.Values) {})
	}
	if answer.Next != "" {
		body.NextURL = asked.url(func(v url.Values) { v.Set("cursor", answer.Next) })
	}
	p.draw(c, http.StatusOK, "search", page{Title: title, Query: asked.Text, Body: body})
}

// welcome draws the empty search page.
func (p *portal) welcome(c *gin.Context, asked question) {
	hosts, err := p.catalogue.Hosts(c.Request.Context())
	if err != nil {
		p.refuse(c, err)
		return
	}
	body := found{Asked: asked, Hosts: len(hosts)}
	for i := range hosts {
		body.Files += hosts[i].Tally.Files
	}
	p.draw(c, http.StatusOK, "search", page{Title: "Trawl: which host holds this file?", Begin: true, Body: body})
}

// orders returns the links that sort an answer; the one in force turns round.
func orders(asked question) []order {
	var out []order
	for _, by := range sorts() {
		current := asked.Sort == by
		out = append(out, order{Name: string(by), Current: current, Reversed: current && asked.Reverse, URL: asked.url(func(v url.Values) {
			v.Set("sort", string(by))
			v.Del("reverse")
			if current && !asked.Reverse {
				v.Set("reverse", "1")
			}
		})})
	}
	return out
}

// url returns the address of the question's first page, as change leaves it.
func (q question) url(change func(url.Values)) string {
	v := url.Values{"q": {q.Text}}
	if q.Sort != index.ByRelevance {
		v.Set("sort", string(q.Sort))
	}
	if q.Reverse {
		v.Set("reverse", "1")
	}
	if q.Limit != index.DefaultLimit {
		v.Set("n", strconv.Itoa(q.Limit))
	}
	if q.Places != 0 {
		v.Set("places", strconv.Itoa(q.Places))
	}
	change(v)
	return "/?" + v.Encode()
}

// Narrow returns the address of the question with a filter added to its query.
//
//	mp3 | flac, type:audio => (mp3 | flac) type:audio
func (f found) Narrow(filter string) string {
	narrowed := f.Asked
	if f.Either {
		narrowed.Text = "(" + strings.TrimSpace(narrowed.Text) + ")"
	}
	narrowed.Text += " " + filter
	return narrowed.url(func(url.Values) {})
}

// either tells whether a filter that is written after a text would be one of its last
// branch alone; q is what the text asks.
func either(text string, q *index.Query) bool {
	filter := query.Kind{Of: []string{"file"}}
	got, err := query.Parse(text+" "+filter.String(), q.Now)
	return err == nil && got.String() != query.Simplify(query.And{Of: []query.Node{q.Tree, filter}}).String()
}

// everywhere returns the address of a question for a result with all its places.
func everywhere(r *index.Result) string {
	of := []query.Node{query.Word{Text: r.Name, In: query.InName}, query.Kind{Of: []string{r.Kind.String()}}}
	if r.Size != index.UnknownSize {
		of = append(of, query.Size{Min: r.Size, Max: r.Size})
	}
	asked := question{Text: query.And{Of: of}.String(), Sort: index.ByRelevance, Limit: index.DefaultLimit, Places: mostAtOnce}
	return asked.url(func(url.Values) {})
}

// Instead returns the address of a question for a name.
func (f found) Instead(name string) string {
	return question{Text: query.Word{Text: name}.String(), Sort: f.Asked.Sort, Limit: f.Asked.Limit}.url(func(url.Values) {})
}
