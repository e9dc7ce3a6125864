package web

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// hosts answers GET /hosts: a table of all hosts.
func (p *portal) hosts(c *gin.Context) {
	hosts, err := p.catalogue.Hosts(c.Request.Context())
	if err != nil {
		p.refuse(c, err)
		return
	}
	p.draw(c, http.StatusOK, "hosts", page{Title: "Hosts – Trawl", Body: hosts})
}
