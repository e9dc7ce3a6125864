package api

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/web/token"
)

// changeHost answers PATCH /api/v1/hosts/SCHEME/HOST with the host, whose settings it changes as RFC 7396 says: null is the default again,
// what is not given stays.
func (a *api) changeHost(c *gin.Context, by token.Token) {
	set, err := readSettings(c.Writer, c.Request, "application/json", "application/merge-patch+json")
	if err != nil {
		a.fail(c, err)
		return
	}
	at, ok := a.locateHost(c, "/hosts")
	if !ok {
		return
	}
	host, err := a.Owner.Change(c.Request.Context(), at.host.ID, set)
	if err != nil {
		a.failChange(c, err)
		return
	}
	a.Log.Info("host changed", "host", host.ID, "token", by.Name, "settings", set.names())
	a.sendOwned(c, http.StatusOK, &host)
}

// names returns the names of the settings, visible, for the log: values may be secret.
func (s Settings) names() string {
	return index.Visible(strings.Join(slices.Sorted(maps.Keys(s)), " "))
}
