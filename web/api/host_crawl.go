package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/web/token"
)

// crawlHost answers POST /api/v1/hosts/SCHEME/HOST/crawl with the host, which it crawls.
func (a *api) crawlHost(c *gin.Context, by token.Token) {
	rest, is := strings.CutSuffix(strings.TrimPrefix(c.Request.URL.EscapedPath(), version+"/hosts"), "/crawl")
	if !is {
		refuse(c, problem{kind: wrongMethod, detail: "POST is for " + version + "/hosts and for .../crawl", hint: "PATCH changes a host"})
		return
	}
	at, ok := a.locateIn(c, rest)
	if !ok {
		return
	}
	if at.path != at.host.ID.Root() {
		refuse(c, problem{kind: absent, detail: "this is no host, but a path on one"})
		return
	}
	if err := a.Owner.Crawl(c.Request.Context(), at.host.ID); err != nil {
		a.failChange(c, err)
		return
	}
	a.Log.Info("host is crawled now", "host", at.host.ID, "token", by.Name)
	host, err := a.Catalogue.Host(c.Request.Context(), at.host.ID)
	if err != nil {
		a.fail(c, err)
		return
	}
	a.sendOwned(c, http.StatusAccepted, &host)
}
