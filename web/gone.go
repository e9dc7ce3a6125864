package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/web/gateway"
	"trawl/web/gone"
)

// Gone remembers what hosts no longer have; *gone.Book does.
type Gone = gateway.Gone

var _ Gone = (*gone.Book)(nil)

// noLonger answers that a host had a file or a directory and no longer has it.
func (p *portal) noLonger(c *gin.Context, v visit, at spot) {
	p.notFound(c, http.StatusGone, p.nearby(c.Request.Context(), v, at, absence{
		Why: "missing.gone", What: index.Visible(string(at.path)), name: lastName(at.path),
	}))
}
