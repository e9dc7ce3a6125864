package web

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"trawl/search"
	"trawl/search/query"
	"trawl/web/wire"
)

// apiSearch answers GET /api/v1/search?q=&n=&sort=&reverse=&cursor=&places=&facets=.
func (p *portal) apiSearch(c *gin.Context) {
	asked, err := readRequest(c.Request)
	if err != nil {
		refuseJSON(c, http.StatusBadRequest, wire.Error{Message: err.Error()})
		return
	}
	asked.Budget = p.budget
	answer, err := search.Ask(c.Request.Context(), p.catalogue, asked, present())
	if wrong := (*query.Error)(nil); errors.As(err, &wrong) {
		refuseJSON(c, http.StatusBadRequest, wire.Error{Message: wrong.Msg, Position: &wrong.Pos, Hint: wrong.Hint})
		return
	}
	if err != nil {
		p.refuse(c, err)
		return
	}
	sayAge(c, &answer)
	sendJSON(c, http.StatusOK, wire.NewAnswer(&answer, p.schemes))
}
