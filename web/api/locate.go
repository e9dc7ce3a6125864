package api

import (
	"errors"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/web/address"
	"trawl/web/gateway"
)

// spot is what an address is about.
type spot struct {
	host index.Host
	path index.Path
}

// locate returns what is behind a word in the path of a request, "/file/ftp/h/pub/a": a place on a host of the catalogue. If it
// has none, locate refuses and reports false.
func (a *api) locate(c *gin.Context, word string) (spot, bool) {
	return a.locateIn(c, strings.TrimPrefix(c.Request.URL.EscapedPath(), version+word))
}

func (a *api) locateIn(c *gin.Context, rest string) (spot, bool) {
	where, ok := address.Read(rest)
	if !ok {
		refuse(c, problem{kind: absent, detail: "the path names no host", hint: "it goes on with /SCHEME/HOST, such as /ftp/ftp.example.org"})
		return spot{}, false
	}
	host, err := where.Locate(c.Request.Context(), a.Catalogue)
	switch {
	case errors.Is(err, index.ErrNoHost):
		refuse(c, problem{kind: absent, detail: "the catalogue has no host " + where.Scheme + "://" + where.Name + "/", hint: "GET " + version + "/hosts lists them"})
		return spot{}, false
	case err != nil:
		a.fail(c, err)
		return spot{}, false
	}
	return spot{host, where.Path}, true
}

// notThere refuses what the catalogue does not hold at a spot. The mend is where it is, if it is of another kind.
func (a *api) notThere(c *gin.Context, at spot) {
	ctx := c.Request.Context()
	if _, err := a.Catalogue.List(ctx, at.host.ID, at.path, "", 1); err == nil {
		refuse(c, problem{kind: absent, detail: "it is a directory and no file", hint: "GET " + sibling("browse", at)})
		return
	}
	found, err := a.Catalogue.Entry(ctx, at.host.ID, at.path)
	switch {
	case err == nil && found.Entry.Kind != index.Dir:
		refuse(c, problem{kind: absent, detail: "it is a file and no directory", hint: "GET " + sibling("file", at)})
		return
	case err == nil:
		refuse(c, problem{kind: absent, detail: "it is a directory that no crawl has listed yet"})
		return
	}
	if a.Gone != nil && gateway.IsGone(ctx, a.Catalogue, a.Gone, at.host.ID, at.path) {
		refuse(c, problem{kind: gone, detail: gateway.Sentence(index.Absent)})
		return
	}
	refuse(c, problem{kind: absent, detail: "the catalogue does not hold that path of " + string(at.host.ID)})
}

// sibling returns the path of the API about a spot.
func sibling(word string, at spot) string {
	return version + address.Page(word).Of(at.host.ID, at.path)
}
