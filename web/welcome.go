package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// welcome is the body of the page without a search: how much there is to search.
type welcome struct {
	Hosts, Files int64
	Examples     []example
}

// welcome answers GET / without a query.
func (p *portal) welcome(c *gin.Context) {
	hosts, err := p.catalogue.Hosts(c.Request.Context())
	if err != nil {
		p.refuse(c, err)
		return
	}
	v := p.visit(c.Request)
	body := welcome{Hosts: int64(len(hosts))}
	for i := range hosts {
		body.Files += hosts[i].Tally.Files
	}
	if body.Files > 0 {
		found := p.examples(c.Request.Context())
		for _, kind := range []string{"words", "glob", "type", "size", "places"} {
			if text, ok := found[kind]; ok {
				body.Examples = append(body.Examples, v.example(text, ""))
			}
		}
	}
	title := "Trawl: " + v.Text("welcome.title")
	p.draw(c, http.StatusOK, "welcome", page{
		Title: title, About: v.Text("welcome.about"), Begin: true, Index: true, Feed: p.newFeedLinks(v, feedAsked{}), Part: isPart(c.Request), Body: body,
	})
}
