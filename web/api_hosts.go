package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"trawl/web/wire"
)

// apiHosts answers GET /api/v1/hosts with a list of Host objects.
func (p *portal) apiHosts(c *gin.Context) {
	hosts, err := p.catalogue.Hosts(c.Request.Context())
	if err != nil {
		p.refuse(c, err)
		return
	}
	out := make([]wire.Host, len(hosts))
	for i := range hosts {
		out[i] = wire.NewHost(&hosts[i]).Public()
	}
	sendJSON(c, http.StatusOK, out)
}
