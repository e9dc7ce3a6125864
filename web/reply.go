package web

import (
	"net/http"

	"trawl/web/wire"

	"github.com/gin-gonic/gin"
)

// refuseJSON answers with an error.
func refuseJSON(c *gin.Context, status int, e wire.Error) {
	c.Abort()
	sendJSON(c, status, gin.H{"error": e})
}

// sendJSON answers with v as JSON.
func sendJSON(c *gin.Context, status int, v any) {
	b, err := wire.Encode(v)
	if err != nil {
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	c.Data(status, "application/json; charset=utf-8", b)
}
