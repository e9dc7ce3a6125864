package api

import (
	"github.com/gin-gonic/gin"

	"trawl/search"
	"trawl/web/request"
	"trawl/web/wire"
)

// search answers GET /api/v1/search?q=&n=&sort=&reverse=&cursor=&places=&facets= with an Answer.
func (a *api) search(c *gin.Context) {
	asked, err := request.Read(c.Request)
	if err != nil {
		refuse(c, problem{kind: wrongParameter, detail: err.Error()})
		return
	}
	asked.Budget = a.Budget
	answer, err := a.Searched.Ask(c.Request.Context(), search.ByAPI, a.Catalogue, asked, request.Present())
	if err != nil {
		a.fail(c, err)
		return
	}
	request.SayAge(c.Writer.Header(), &answer)
	a.send(c, revalidated, wire.NewAnswer(&answer, a.Schemes))
}
