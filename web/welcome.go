package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// welcome is the body of the page without a search: how much there is to search.
type welcome struct {
	Hosts int
	Files int64
}

// welcome answers GET / without a query.
func (p *portal) welcome(c *gin.Context) {
	hosts, err := p.catalogue.Hosts(c.Request.Context())
	if err != nil {
		p.refuse(c, err)
		return
	}
	body := welcome{Hosts: len(hosts)}
	for i := range hosts {
		body.Files += hosts[i].Tally.Files
	}
	p.draw(c, http.StatusOK, "welcome", page{Title: "Trawl: which host holds this file?", Begin: true, Body: body})
}
