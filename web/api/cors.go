package api

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// share lets the pages of all other sites read an answer of the API in their readers' browsers. The
// answers that anybody may read change nothing, and need no login: the header never comes with one that
// allows credentials.
// See https://fetch.spec.whatwg.org/#http-cors-protocol.
func share(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "Retry-After")
}

// preflight answers the question of a browser whether another site may send a request with headers of its
// own. The answer is the same to all, and so needs no Vary.
func preflight(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Allow-Headers", "*")
	h.Set("Access-Control-Max-Age", "86400")
	h.Set("Allow", "GET, HEAD, OPTIONS")
	c.Status(http.StatusNoContent)
}
