package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"trawl/web/token"
	"trawl/web/wire"
)

// host answers GET /api/v1/hosts/SCHEME/HOST with a Host. A host that is crawled from a directory has that behind its name.
func (a *api) host(c *gin.Context) {
	owned := a.Tokens != nil && asks(c.Request)
	if owned {
		if _, err := a.authorize(c, token.Read); err != nil {
			a.fail(c, err)
			return
		}
	}
	switch at, ok := a.locateHost(c, "/hosts"); {
	case !ok:
	case owned:
		a.sendOwned(c, http.StatusOK, &at.host)
	default:
		a.send(c, revalidated, wire.NewHost(&at.host).Public())
	}
}

// locateHost is locate for an address of a host itself.
func (a *api) locateHost(c *gin.Context, word string) (spot, bool) {
	at, ok := a.locate(c, word)
	if ok && at.path != at.host.ID.Root() {
		refuse(c, problem{kind: absent, detail: "this is no host, but a path on one", hint: "GET " + sibling("browse", at)})
		return spot{}, false
	}
	return at, ok
}
