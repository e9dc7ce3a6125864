package api

import (
	"github.com/gin-gonic/gin"

	"trawl/web/wire"
)

// hosts answers GET /api/v1/hosts with a list of Host objects.
func (a *api) hosts(c *gin.Context) {
	hosts, err := a.Catalogue.Hosts(c.Request.Context())
	if err != nil {
		a.fail(c, err)
		return
	}
	out := make([]wire.Host, len(hosts))
	for i := range hosts {
		out[i] = wire.NewHost(&hosts[i]).Public()
	}
	a.send(c, revalidated, out)
}
