package web

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/search"
	"trawl/web/address"
	"trawl/web/gateway"
	"trawl/web/request"
)

// browsePage is the body of the page of a directory.
type browsePage struct {
	Trail     trail
	Directory *directory
}

// browse answers GET /browse/SCHEME/HOST/PATH with a directory.
func (p *portal) browse(c *gin.Context) {
	at, ok := p.locate(c)
	if !ok {
		return
	}
	v := p.visit(c.Request)
	here := address.Browse.Of(at.host.ID, at.path)
	look := readLook(c.Request.URL.Query())
	if c.Query(lookBelow) != "" {
		p.searchBelow(c, v, at, look.Filter)
		return
	}
	d, err := p.newDirectory(c.Request.Context(), v, at, look, here)
	switch {
	case errors.Is(err, index.ErrNotFound):
		p.notThere(c, v, at)
		return
	case err != nil:
		p.refuse(c, err)
		return
	}
	trail := v.trail(at.host.ID, at.path)
	p.draw(c, http.StatusOK, "browse", page{
		Title: index.Visible(at.host.ID.Name()) + d.Shown + " – Trawl", Body: browsePage{trail, d},
	})
}

// locate returns what the address of a page is about. If the catalogue has no such host, it answers so
// and reports false.
func (p *portal) locate(c *gin.Context) (spot, bool) {
	where, ok := address.Read(rest(c))
	if !ok {
		p.notFound(c, http.StatusNotFound, absence{Why: "missing.address"})
		return spot{}, false
	}
	host, err := where.Locate(c.Request.Context(), p.catalogue)
	switch {
	case errors.Is(err, index.ErrNoHost):
		p.notFound(c, http.StatusNotFound, absence{Why: "missing.host", What: index.Visible(where.Scheme + "://" + where.Name), name: lastName(where.Path), Hosts: p.visit(c.Request).keep("/hosts")})
		return spot{}, false
	case err != nil:
		p.refuse(c, err)
		return spot{}, false
	}
	return spot{host, where.Path}, true
}

// rest returns what is behind the page in the path of a request, percent-encoded.
func rest(c *gin.Context) string {
	at := c.Request.URL.EscapedPath()
	for i := 1; i < len(at); i++ {
		if at[i] == '/' {
			return at[i:]
		}
	}
	return ""
}

// searchBelow leads to a search in a directory and below it.
func (p *portal) searchBelow(c *gin.Context, v visit, at spot, text string) {
	shown := string(at.path)
	if l, err := p.catalogue.List(c.Request.Context(), at.host.ID, at.path, "", 1); err == nil {
		shown = l.Display()
	}
	asked := search.Request{Text: search.Below(text, at.host.ID, shown, request.Present()), Sort: index.ByRelevance, Limit: index.DefaultLimit}
	c.Redirect(http.StatusSeeOther, string(v.search(asked)))
}

// notThere answers that a host of the catalogue does not have a path. The page of a file is that of a file, and of a directory
// that of a directory: an address of the other kind leads there.
func (p *portal) notThere(c *gin.Context, v visit, at spot) {
	ctx := c.Request.Context()
	found, err := p.catalogue.Entry(ctx, at.host.ID, at.path)
	switch {
	case err == nil && found.Entry.Kind != index.Dir:
		c.Redirect(http.StatusFound, string(v.page(address.File, at.host.ID, at.path)))
		return
	case err == nil:
		p.notFound(c, http.StatusNotFound, p.nearby(ctx, v, at, absence{Why: "missing.unlisted", What: index.Visible(found.Shown), name: lastName(at.path)}))
		return
	}
	if _, err := p.catalogue.List(ctx, at.host.ID, at.path, "", 1); err == nil {
		c.Redirect(http.StatusFound, string(v.page(address.Browse, at.host.ID, at.path)))
		return
	}
	if gateway.IsGone(ctx, p.catalogue, p.gone, at.host.ID, at.path) {
		p.noLonger(c, v, at)
		return
	}
	p.notFound(c, http.StatusNotFound, p.nearby(ctx, v, at, absence{Why: "missing.path", What: index.Visible(string(at.path)), name: lastName(at.path)}))
}
