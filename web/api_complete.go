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
	start, quoted := lastWord(text)
	out := []string{}
	if len(text)-start >= 2 {
		words, err := p.catalogue.Complete(c.Request.Context(), text[start:], completions)
		if err != nil {
			p.refuse(c, err)
			return
		}
		for _, w := range words {
			if quoted {
				w = strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(w)
			} else {
				w = query.Word{Text: w}.String()
			}
			out = append(out, text[:start]+w)
		}
	}
	sendJSON(c, http.StatusOK, out)
}

// lastWord returns where the last word of a query begins, and whether it is in quotes
// that are still open.
//
//	debian ker, -ker, name:ker, (mp3 | ker, pub/ker, "linux ker => at ker
func lastWord(text string) (start int, quoted bool) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++ // what follows stands for itself
		case '"':
			quoted = !quoted
			start = i + 1
		case ' ', '\t', '(', '|', '/':
			start = i + 1
		}
	}
	if quoted {
		return start, true
	}
	for start < len(text) && text[start] == '-' {
		start++
	}
	for _, field := range []string{"name:", "path:", "dir:", "case:"} {
		if strings.HasPrefix(strings.ToLower(text[start:]), field) {
			start += len(field)
		}
	}
	return start, false
}
