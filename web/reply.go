package web

import (
	"net/http"

	"trawl/web/wire"

	"github.com/gin-gonic/gin"
)

// apiError is what the API prints when it refuses, under "error".
type apiError struct {
	Message  string `json:"message"`
	Position *int   `json:"position,omitempty"` // in bytes of q, where q is at fault
	Hint     string `json:"hint,omitempty"`
}

// refuseJSON answers with an error.
func refuseJSON(c *gin.Context, status int, e apiError) {
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
