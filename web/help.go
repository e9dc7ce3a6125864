package web

import (
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/search"
)

// example is a query of the language with what it means. Asking is "" if it finds nothing here.
type example struct {
	Query  string
	Asking template.URL
	Means  string
}

// help answers GET /help: the query language, the keys and the API.
func (p *portal) help(c *gin.Context) {
	c.Writer.Header().Add("Vary", "Accept, User-Agent")
	if f, _ := formOf(c.Request); f == asLines {
		p.plainHelp(c)
		return
	}
	v := p.visit(c.Request)
	found := p.examples(c.Request.Context())
	var body []example
	for _, kind := range kinds() {
		e := example{Query: kind.Form, Means: v.Text("help.query-" + kind.Name)}
		if text, ok := found[kind.Name]; ok {
			e = v.example(text, e.Means)
		}
		body = append(body, e)
	}
	p.draw(c, http.StatusOK, "help", page{Title: v.Text("help") + " – Trawl", About: v.Text("help.about"), Index: true, Body: body})
}

// example returns an example that finds something.
func (v visit) example(text, means string) example {
	asked := search.Request{Text: text, Sort: index.ByRelevance, Limit: index.DefaultLimit}
	return example{index.Visible(text), v.search(asked), means}
}
