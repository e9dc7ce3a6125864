package web

import (
	"errors"
	"html/template"
	"net/http"
	"path"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/search"
)

// failure is the body of the page about an error.
type failure struct {
	Title string
	Why   string
	Retry bool         // the same may work in a moment
	Again template.URL // the same page
	Name  string       // what the reader may have looked for, or ""
	Find  template.URL // the search for it
}

// fail answers with a page about an error. The message is a text of package locale with its pairs; one that is none is
// shown as it is.
func (p *portal) fail(c *gin.Context, status int, message string, pairs ...any) {
	v := p.visit(c.Request)
	body := failure{Why: v.Text(message, pairs...), Retry: status == http.StatusServiceUnavailable, Title: v.Text("failure.title")}
	switch status {
	case http.StatusNotFound:
		body.Title = v.Text("failure.not-found")
		body.look(v, c.Request.URL.Path)
	case http.StatusServiceUnavailable:
		body.Title = v.Text("failure.crowded-title")
		body.Again = template.URL(c.Request.URL.RequestURI()) //nolint:gosec // it is percent-encoded
	}
	p.draw(c, status, "failure", page{Title: body.Title + " – Trawl", Query: c.Request.URL.Query().Get("q"), Part: isPart(c.Request), Body: body})
	c.Abort()
}

// look offers a search for the last name of a path that is not there.
func (f *failure) look(v visit, at string) {
	name := path.Base(path.Clean("/" + at))
	if name == "/" || !utf8.ValidString(name) {
		return
	}
	f.Name = index.Visible(name)
	f.Find = v.search(search.Request{Text: search.ForName(name), Sort: index.ByRelevance, Limit: index.DefaultLimit})
}

// refuse answers with what an engine's error means to the reader.
func (p *portal) refuse(c *gin.Context, err error) {
	switch {
	case errors.Is(err, index.ErrNoHost), errors.Is(err, index.ErrNotFound):
		p.fail(c, http.StatusNotFound, "failure.not-held")
	case errors.Is(err, index.ErrCursor):
		p.fail(c, http.StatusBadRequest, "failure.cursor")
	case errors.Is(err, index.ErrCrowded):
		c.Header("Retry-After", "1")
		p.fail(c, http.StatusServiceUnavailable, "failure.crowded")
	case c.Request.Context().Err() != nil:
		c.Abort() // the reader has gone
	default:
		p.log.Error("answer", "path", index.Visible(c.Request.URL.Path), "err", index.Visible(err.Error()))
		p.fail(c, http.StatusInternalServerError, "failure.catalogue")
	}
}

// recovered answers when a handler panicked.
func (p *portal) recovered(c *gin.Context, cause any) {
	p.log.Error("a page failed", "path", index.Visible(c.Request.URL.Path), "cause", cause)
	p.fail(c, http.StatusInternalServerError, "failure.portal")
}
