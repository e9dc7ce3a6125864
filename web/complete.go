package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/search"
)

// wordsFirst is how many completions are words of names where others are to be had too.
const wordsFirst = 5

// completion is a text that the search box offers, and what it adds, in the reader's language.
type completion struct {
	Text string `json:"text"`
	Kind string `json:"kind"`
}

// complete answers GET /complete?q= with what the text in the search box may go on with: words of names,
// fields, hosts and types.
func (p *portal) complete(c *gin.Context) {
	v, text, ctx := p.visit(c.Request), c.Query("q"), c.Request.Context()
	out := []completion{}
	word, replace := search.LastWord(text)
	if len(word) >= 2 {
		words, err := p.catalogue.Complete(ctx, word, completions)
		if err != nil {
			p.refuse(c, err)
			return
		}
		for _, w := range words {
			if whole := replace(w); whole != text {
				out = append(out, completion{whole, v.Text("complete.word")})
			}
		}
	}
	hosts, err := p.hostNames(ctx)
	if err != nil {
		p.refuse(c, err)
		return
	}
	suggestions := search.Suggest(text, hosts, present(), completions)
	if len(suggestions) > 0 {
		out = out[:min(len(out), max(wordsFirst, completions-len(suggestions)))]
	}
	for _, s := range suggestions {
		if len(out) < completions {
			out = append(out, completion{s.Text, v.Text("complete." + s.Kind)})
		}
	}
	c.Header("Cache-Control", "no-store")
	sendJSON(c, http.StatusOK, out)
}

// hostNames returns the names of all hosts, each once.
func (p *portal) hostNames(ctx context.Context) ([]string, error) {
	return p.names.get(func() ([]string, error) {
		hosts, err := p.catalogue.Hosts(ctx)
		if err != nil {
			return nil, err
		}
		seen := map[string]bool{}
		var names []string
		for i := range hosts {
			if name := strings.ToLower(hosts[i].ID.Name()); !seen[name] {
				seen[name] = true
				names = append(names, name)
			}
		}
		return names, nil
	})
}
