package web

import (
	"html/template"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/index"
)

// entriesShown is how many entries of a directory a page lists.
const entriesShown = 500

// directory is the body of the page of a directory on a host.
type directory struct {
	Host    *index.Host
	Listing index.Listing
	Trail   []step // from the root down to this directory
	NextURL string
	schemes index.Schemes
}

// step is one directory on the way down.
type step struct{ Name, URL string }

// host answers GET /host?url=&dir=&after=: what is known of a host, and one of
// its directories.
func (p *portal) host(c *gin.Context) {
	id, _, _, err := p.schemes.Parse(c.Query("url"))
	if err != nil {
		p.fail(c, http.StatusBadRequest, "The address names no host: url must be the URL of one, as the page of hosts shows it.")
		return
	}
	host, err := p.catalogue.Host(c.Request.Context(), id)
	if err != nil {
		p.refuse(c, err)
		return
	}
	dir := id.Root()
	if s := c.Query("dir"); s != "" {
		dir = index.Path(path.Clean("/" + s))
	}
	body := directory{Host: &host, Trail: trail(id, dir), schemes: p.schemes}
	body.Listing, err = p.catalogue.List(c.Request.Context(), id, dir, c.Query("after"), entriesShown)
	switch {
	case err != nil && dir == id.Root():
		body.Listing = index.Listing{Dir: dir} // a host that was not crawled yet has a page all the same
	case err != nil:
		p.refuse(c, err)
		return
	}
	if n := len(body.Listing.Entries); body.Listing.More && n > 0 {
		body.NextURL = browse(id, dir) + "&after=" + url.QueryEscape(body.Listing.Entries[n-1].Wire())
	}
	title := index.Visible(id.Name() + body.Listing.Display())
	p.draw(c, http.StatusOK, "host", page{Title: title + " – Trawl", Body: body})
}

// trail returns the steps from the crawl's root to dir.
func trail(id index.HostID, dir index.Path) []step {
	root := id.Root()
	steps := []step{{Name: id.Name() + strings.TrimSuffix(string(root), "/"), URL: browse(id, root)}}
	if !dir.Within(root) {
		return steps
	}
	at := root
	for name := range strings.SplitSeq(strings.Trim(strings.TrimPrefix(string(dir), string(root)), "/"), "/") {
		if name != "" {
			at = at.Join(name)
			steps = append(steps, step{Name: name, URL: browse(id, at)})
		}
	}
	return steps
}

// Open returns the address of an entry: the page of a directory, the file on
// its host otherwise.
func (d directory) Open(e index.Entry) template.URL {
	p := d.Listing.Dir.Join(e.Wire())
	if e.Kind == index.Dir {
		return template.URL(browse(d.Host.ID, p)) //nolint:gosec // a path of this portal, its parameters encoded
	}
	return link(d.schemes, d.Host.ID, p, e.Kind)
}
