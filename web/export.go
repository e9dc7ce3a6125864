package web

import (
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/search"
	"trawl/web/export"
	"trawl/web/visitor"
)

// export answers a search by all its results.
func (p *portal) export(c *gin.Context, asked search.Request, f export.Format) {
	if c.Query("sort") == "" {
		asked.Sort = "" // that of exports
	}
	asked.Cursor = ""
	x, err := p.exporter.Begin(c.Request.Context(), visitor.Of(c.Request).Household(), asked, time.Now())
	if errors.Is(err, export.ErrBusy) {
		c.Header("Retry-After", "10")
		p.failPlain(c, http.StatusServiceUnavailable, err.Error())
		return
	}
	if err != nil {
		p.refusePlain(c, err)
		return
	}
	defer x.Close()
	if err := x.Send(c.Writer, c.Request, f); err != nil {
		p.log.Error("export", "query", index.Visible(asked.Text), "err", index.Visible(err.Error()))
	}
}
