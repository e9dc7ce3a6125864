package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/web/token"
	"trawl/web/wire"
)

// addHost answers POST /api/v1/hosts with the host of a URL, which it remembers, and changes the settings that are given.
func (a *api) addHost(c *gin.Context, by token.Token) {
	set, err := readSettings(c.Writer, c.Request, "application/json")
	if err != nil {
		a.fail(c, err)
		return
	}
	url := set["url"]
	if url == nil || *url == "" {
		a.failChange(c, &SettingError{Name: "url", Why: "the url of the host is missing"})
		return
	}
	delete(set, "url")
	host, known, err := a.Owner.Add(c.Request.Context(), *url, set)
	if err != nil {
		a.failChange(c, err)
		return
	}
	status, done := http.StatusCreated, "host added"
	if known {
		status, done = http.StatusOK, "host changed"
	} else {
		c.Header("Location", strings.TrimSuffix(sibling("hosts", spot{host, host.ID.Root()}), "/"))
	}
	a.Log.Info(done, "host", host.ID, "token", by.Name, "settings", set.names())
	a.sendOwned(c, status, &host)
}

// sendOwned answers with a host as its owner sees it.
func (a *api) sendOwned(c *gin.Context, status int, host *index.Host) {
	b, err := wire.Encode(wire.NewOwnHost(host))
	if err != nil {
		a.fail(c, err)
		return
	}
	c.Header("Cache-Control", never)
	c.Data(status, jsonType, b)
}
