package web

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"trawl/search/query"
)

// apiAnswer is what GET /api/v1/search prints.
type apiAnswer struct {
	Total   int      `json:"total"`   // results that match, all pages together
	Exact   bool     `json:"exact"`   // false: at least Total
	Results []Result `json:"results"` // this page
	Next    string   `json:"next"`    // cursor of the next page; "" after the last
}

// apiError is what the API prints when it refuses, under "error".
type apiError struct {
	Message  string `json:"message"`
	Position *int   `json:"position,omitempty"` // in bytes of q, where q is at fault
	Hint     string `json:"hint,omitempty"`
}

// apiSearch answers GET /api/v1/search?q=&n=&sort=&reverse=&cursor=.
func (p *portal) apiSearch(c *gin.Context) {
	asked, err := readQuestion(c.Request)
	if err != nil {
		refuseJSON(c, http.StatusBadRequest, apiError{Message: err.Error()})
		return
	}
	q, err := asked.query(p.budget)
	if wrong := (*query.Error)(nil); errors.As(err, &wrong) {
		refuseJSON(c, http.StatusBadRequest, apiError{Message: wrong.Msg, Position: &wrong.Pos, Hint: wrong.Hint})
		return
	}
	answer, err := p.catalogue.Search(c.Request.Context(), q)
	if err != nil {
		p.refuse(c, err)
		return
	}
	out := apiAnswer{Total: answer.Total, Exact: answer.Exact, Results: make([]Result, len(answer.Results)), Next: answer.Next}
	for i := range answer.Results {
		out.Results[i] = NewResult(&answer.Results[i])
	}
	c.JSON(http.StatusOK, out)
}

func refuseJSON(c *gin.Context, status int, e apiError) {
	c.AbortWithStatusJSON(status, gin.H{"error": e})
}
