package api

import (
	"github.com/gin-gonic/gin"

	"trawl/web/wire"
)

// suggest answers GET /api/v1/suggest?q= with the whole queries that q may become, a list of Suggestion objects.
func (a *api) suggest(c *gin.Context) {
	suggestions, err := a.Suggester.Suggest(c.Request.Context(), c.Query("q"))
	if err != nil {
		a.fail(c, err)
		return
	}
	out := make([]wire.Suggestion, len(suggestions))
	for i, s := range suggestions {
		out[i] = wire.Suggestion(s)
	}
	a.send(c, briefly, out)
}
