package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"trawl/search"
)

// completions is how many the search box offers.
const completions = 8

// apiComplete answers GET /api/v1/complete?q= with the whole queries that the
// last word of q may become.
func (p *portal) apiComplete(c *gin.Context) {
	word, replace := search.LastWord(c.Query("q"))
	out := []string{}
	if len(word) >= 2 {
		words, err := p.catalogue.Complete(c.Request.Context(), word, completions)
		if err != nil {
			p.refuse(c, err)
			return
		}
		for _, w := range words {
			out = append(out, replace(w))
		}
	}
	sendJSON(c, http.StatusOK, out)
}
