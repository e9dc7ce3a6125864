package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/search/query"
)

// completions is how many the search box offers.
const completions = 8

// apiComplete answers GET /api/v1/complete?q= with the whole queries that the
// last word of q may become.
func (p *portal) apiComplete(c *gin.Context) {
	text := c.Query("q")
	start := lastWord(text)
	out := []string{}
	if len(text)-start >= 2 {
		words, err := p.catalogue.Complete(c.Request.Context(), text[start:], completions)
		if err != nil {
			p.refuse(c, err)
			return
		}
		for _, w := range words {
			if !strings.HasSuffix(text[:start], `"`) {
				w = query.Word{Text: w}.String()
			}
			out = append(out, text[:start]+w)
		}
	}
	sendJSON(c, http.StatusOK, out)
}

// lastWord returns where the last word of a query begins.
//
//	debian ker, -ker, name:ker, (mp3 | ker, pub/ker, "linux ker => at ker
func lastWord(text string) int {
	start := strings.LastIndexAny(text, " \t(|/\"") + 1
	for start < len(text) && text[start] == '-' {
		start++
	}
	for _, field := range []string{"name:", "path:", "dir:", "case:"} {
		if strings.HasPrefix(strings.ToLower(text[start:]), field) {
			start += len(field)
		}
	}
	return start
}
