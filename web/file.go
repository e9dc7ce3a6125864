package web

import (
	"context"
	"errors"
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"

	"trawl/crawler/fetch"
	"trawl/index"
	"trawl/search"
	"trawl/search/query"
	"trawl/web/address"
	"trawl/web/places"
)

// filePage is the body of the page of a file.
type filePage struct {
	Trail            trail // to its directory
	Name, Size, Time string
	Link             string // what it points at, if it is a link
	About            string // that an INDEX says of it
	Doubt            string // what is unsure about the place that was asked for
	Get, Metalink    template.URL
	Origins          []string // the links on its own host, the best first
	Curl, Command    string   // lines for a shell
	Check            template.URL
	Checked          *checkedFile
	Count            string // of places
	Groups           []samePath
	Preview          *preview
	Sizes, Versions  *variants
}

// file answers GET /file/SCHEME/HOST/PATH with a file and all its places.
func (p *portal) file(c *gin.Context) {
	at, ok := p.locate(c)
	if !ok {
		return
	}
	ctx, v := c.Request.Context(), p.visit(c.Request)
	found, err := p.catalogue.Entry(ctx, at.host.ID, at.path)
	switch {
	case errors.Is(err, index.ErrNotFound):
		p.notThere(c, v, at)
		return
	case err != nil:
		p.refuse(c, err)
		return
	}
	if to, ok := p.leads(ctx, at, &found.Entry); ok {
		c.Redirect(http.StatusFound, string(v.page(address.Browse, at.host.ID, to)))
		return
	}
	result, err := places.Of(ctx, p.catalogue, &at.host, at.path, &found, p.budget)
	if err != nil {
		p.refuse(c, err)
		return
	}
	hosts, err := p.hostsByID(ctx)
	if err != nil {
		p.refuse(c, err)
		return
	}
	body := p.newFilePage(c.Request, v, at, &found)
	checked, err := p.check(c, at, result)
	if err != nil {
		p.refuse(c, err)
		return
	}
	if checked.gone(result.Count) {
		p.noLonger(c, v, at)
		return
	}
	body.Checked, body.About = checked.summary(v), index.Visible(result.About)
	body.Count = v.Count("file.places", int64(result.Count))
	if result.Cut {
		body.Count = v.Text("at-least", "What", body.Count)
	}
	body.Groups = p.newGroups(v, at, result, hosts, checked)
	body.Sizes, body.Versions = p.otherSizes(ctx, v, &found.Entry), p.otherVersions(ctx, v, &found.Entry)
	body.Preview = p.preview(c, v, at, result)
	p.draw(c, http.StatusOK, "file", page{Title: body.Name + " – Trawl", Body: body})
}

// newFilePage returns what the page says of the place that was asked for.
func (p *portal) newFilePage(r *http.Request, v visit, at spot, found *index.Found) filePage {
	id, e := at.host.ID, &found.Entry
	body := filePage{
		Trail: v.trail(id, at.path.Dir()), Name: index.Visible(e.Name), Size: v.Size(e.Size), Time: drawTime(e.Time(), e.Precision),
		Doubt: v.fileDoubt(at, found),
	}
	if e.Kind == index.Link {
		body.Link = index.Visible(e.Target)
	}
	if e.Kind == index.Link || e.Size == index.UnknownSize {
		body.Size = "" // the size of a link is not that of the file
	}
	for _, base := range at.host.Bases() {
		body.Origins = append(body.Origins, string(v.origin(base, at.path, e.Kind)))
	}
	from := body.Origins[0]
	if p.gets() {
		body.Get = getting(id, at.path)
		body.Metalink = template.URL(address.Metalink.Of(id, at.path)) //nolint:gosec // what is foreign in it is percent-encoded
		if base := origin(r); base != "" {
			from = base + string(body.Get)
		}
	}
	if p.checker != nil {
		body.Check = template.URL(address.File.Of(id, at.path)) //nolint:gosec // as above
	}
	body.Curl, body.Command = curlLine(from, e.Name), "trawl get "+shellQuoted(body.Origins[0])
	return body
}

// fileDoubt says what is unsure about the place that was asked for, or "".
func (v visit) fileDoubt(at spot, found *index.Found) string {
	switch {
	case !at.host.Health.DownSince.IsZero():
		return v.Text("file.down", "Ago", v.ago(at.host.Health.DownSince))
	case found.State == index.Stale:
		return v.Text("file.stale", "Ago", v.ago(found.Taken))
	}
	return ""
}

// hostsByID returns all hosts.
func (p *portal) hostsByID(ctx context.Context) (map[index.HostID]*index.Host, error) {
	hosts, err := p.catalogue.Hosts(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[index.HostID]*index.Host, len(hosts))
	for i := range hosts {
		out[hosts[i].ID] = &hosts[i]
	}
	return out, nil
}

// Checker asks the places of a file whether they still have it; *fetch.Fetcher does.
type Checker interface {
	Check(ctx context.Context, file fetch.File) ([]fetch.Checked, error)
}

// namesLike returns the address of a search for a tree.
func (v visit) namesLike(tree query.Node) template.URL {
	return v.search(search.Request{Text: tree.String(), Sort: index.ByRelevance, Limit: index.DefaultLimit})
}
