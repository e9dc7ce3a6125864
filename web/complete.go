package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"trawl/web/wire"
)

// complete answers GET /complete?q= with what the text in the search box may go on with: words of names,
// fields, hosts and types. The kinds are in the reader's language.
func (p *portal) complete(c *gin.Context) {
	v, out := p.visit(c.Request), []wire.Suggestion{}
	suggestions, err := p.suggester.Suggest(c.Request.Context(), c.Query("q"))
	if err != nil {
		p.refuse(c, err)
		return
	}
	for _, s := range suggestions {
		out = append(out, wire.Suggestion{Text: s.Text, Kind: v.Text("complete." + s.Kind)})
	}
	b, err := wire.Encode(out)
	if err != nil {
		p.refuse(c, err)
		return
	}
	c.Header("Cache-Control", "no-store")
	c.Data(http.StatusOK, "application/json; charset=utf-8", b)
}
