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
	Trail   []step       // from the root down to this directory
	Next    template.URL // the parameters of the page with more entries; "" on the last
	schemes index.Schemes
}

// step is one directory on the way down.
type step struct {
	Name   string
	Browse template.URL // the parameters of its page
}

// host answers GET /host?url=&dir=&after= with the facts about a host and one of
// its directories.
func (p *portal) host(c *gin.Context) {
	id, _, _, err := p.schemes.Parse(c.Query("url"))
	if err != nil {
		p.fail(c, http.StatusBadRequest, "The address names no host: url must be the URL of a host, as the Hosts page shows it.")
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
		after := template.URL(url.QueryEscape(body.Listing.Entries[n-1].Wire())) //nolint:gosec // it is encoded
		body.Next = browse(id, dir) + "&after=" + after
	}
	title := index.Visible(id.Name() + body.Listing.Display())
	p.draw(c, http.StatusOK, "host", page{Title: title + " – Trawl", Body: body})
}

// trail returns the steps from the crawl's root to dir.
func trail(id index.HostID, dir index.Path) []step {
	root := id.Root()
	steps := []step{{Name: id.Name() + strings.TrimSuffix(string(root), "/"), Browse: browse(id, root)}}
	if !dir.Within(root) {
		return steps
	}
	at := root
	for name := range strings.SplitSeq(strings.Trim(strings.TrimPrefix(string(dir), string(root)), "/"), "/") {
		if name != "" {
			at = at.Join(name)
			steps = append(steps, step{Name: name, Browse: browse(id, at)})
		}
	}
	return steps
}

// AtRoot reports whether this is the page of the whole host, which says how its crawls went.
func (d directory) AtRoot() bool { return d.Listing.Dir == d.Host.ID.Root() }

// Browse returns the parameters of the page of a directory that this one holds.
func (d directory) Browse(e index.Entry) template.URL {
	return browse(d.Host.ID, d.Listing.Dir.Join(e.Wire()))
}

// Open returns the link to an entry on its host.
func (d directory) Open(e index.Entry) template.URL {
	return open(d.schemes, d.Host.ID, d.Listing.Dir.Join(e.Wire()), e.Kind)
}
