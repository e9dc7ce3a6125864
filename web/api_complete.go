package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// completions is how many the search box offers.
const completions = 8

// apiComplete answers GET /api/v1/complete?q= with the whole queries that the
// last word of q may become.
func (p *portal) apiComplete(c *gin.Context) {
	text := c.Query("q")
	start := strings.LastIndexAny(text, " \t") + 1
	out := []string{}
	if len(text)-start >= 2 {
		words, err := p.catalogue.Complete(c.Request.Context(), text[start:], completions)
		if err != nil {
			p.refuse(c, err)
			return
		}
		for _, w := range words {
			if strings.ContainsAny(w, " \t") {
				w = `"` + w + `"`
			}
			out = append(out, text[:start]+w)
		}
	}
	c.JSON(http.StatusOK, out)
}
