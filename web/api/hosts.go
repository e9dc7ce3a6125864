package api

import (
	"github.com/gin-gonic/gin"

	"trawl/web/token"
	"trawl/web/wire"
)

// hosts answers GET /api/v1/hosts with a list of Host objects: those of the owner, if a token is shown that may read them.
func (a *api) hosts(c *gin.Context) {
	owned := a.Tokens != nil && asks(c.Request)
	if owned {
		if _, err := a.authorize(c, token.Read); err != nil {
			a.fail(c, err)
			return
		}
	}
	hosts, err := a.Catalogue.Hosts(c.Request.Context())
	if err != nil {
		a.fail(c, err)
		return
	}
	out := make([]wire.Host, len(hosts))
	for i := range hosts {
		if owned {
			out[i] = wire.NewOwnHost(&hosts[i])
		} else {
			out[i] = wire.NewHost(&hosts[i]).Public()
		}
	}
	if owned {
		a.send(c, never, out)
		return
	}
	a.send(c, revalidated, out)
}
