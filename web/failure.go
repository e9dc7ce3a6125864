package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/web/wire"
)

// fail answers with an error, as a page or, under /api/, as JSON.
func (p *portal) fail(c *gin.Context, status int, message string) {
	if strings.HasPrefix(c.Request.URL.Path, apiPrefix) {
		refuseJSON(c, status, wire.Error{Message: message})
		return
	}
	p.draw(c, status, "failure", page{Title: http.StatusText(status), Body: message})
	c.Abort()
}

// refuse answers with what an engine's error means to the reader.
func (p *portal) refuse(c *gin.Context, err error) {
	switch {
	case errors.Is(err, index.ErrNoHost), errors.Is(err, index.ErrNotFound):
		p.fail(c, http.StatusNotFound, "The catalogue does not hold that.")
	case errors.Is(err, index.ErrCursor):
		p.fail(c, http.StatusBadRequest, "The cursor is not one of this query: leave it out to start at the first page.")
	case errors.Is(err, index.ErrCrowded):
		c.Header("Retry-After", "1")
		p.fail(c, http.StatusServiceUnavailable, "Too many searches run at once: try again in a second.")
	case c.Request.Context().Err() != nil:
		c.Abort() // the reader has gone
	default:
		p.log.Error("answer", "path", index.Visible(c.Request.URL.Path), "err", index.Visible(err.Error()))
		p.fail(c, http.StatusInternalServerError, "The catalogue could not be read; the portal's log says more.")
	}
}

// recovered answers when a handler panicked.
func (p *portal) recovered(c *gin.Context, cause any) {
	p.log.Error("a page failed", "path", index.Visible(c.Request.URL.Path), "cause", cause)
	p.fail(c, http.StatusInternalServerError, "The portal made a mistake; its log says more.")
}
