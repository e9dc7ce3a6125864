package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"trawl/web/token"
)

// removeHost answers DELETE /api/v1/hosts/SCHEME/HOST: it forgets the host and its files.
func (a *api) removeHost(c *gin.Context, by token.Token) {
	at, ok := a.locateHost(c, "/hosts")
	if !ok {
		return
	}
	if err := a.Owner.Remove(c.Request.Context(), at.host.ID); err != nil {
		a.failChange(c, err)
		return
	}
	a.Log.Info("host removed", "host", at.host.ID, "token", by.Name)
	c.Header("Cache-Control", never)
	c.Status(http.StatusNoContent)
}
