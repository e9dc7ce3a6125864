package api

import (
	"errors"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/web/export"
	"trawl/web/request"
	"trawl/web/visitor"
)

// export answers GET /api/v1/export?q=&format=&sort=&reverse=&places= with all results of a query, as a stream.
func (a *api) export(c *gin.Context) {
	asked, err := request.Read(c.Request)
	if err != nil {
		refuse(c, problem{kind: wrongParameter, detail: err.Error()})
		return
	}
	if strings.TrimSpace(asked.Text) == "" {
		refuse(c, problem{kind: wrongParameter, field: "q", detail: "q= is missing", hint: "give a query"})
		return
	}
	format := export.NDJSON
	if name := c.Query("format"); name != "" {
		var known bool
		if format, known = export.Lookup(name); !known {
			refuse(c, problem{kind: wrongParameter, field: "format", detail: "there is no format " + name, hint: "there is " + strings.Join(export.Formats(), ", ")})
			return
		}
	}
	if c.Query("sort") == "" {
		asked.Sort = "" // that of exports
	}
	x, err := a.Exporter.Begin(c.Request.Context(), visitor.Of(c.Request).Household(), asked, request.Present())
	if errors.Is(err, export.ErrBusy) {
		refuse(c, problem{kind: crowded, detail: err.Error(), hint: "ask again after Retry-After seconds", retry: 10})
		return
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	defer x.Close()
	if err := x.Send(c.Writer, c.Request, format); err != nil {
		a.Log.Error("export", "query", index.Visible(asked.Text), "err", index.Visible(err.Error()))
	}
}
