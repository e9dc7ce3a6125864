package web

import (
	"errors"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/web/address"
)

// hostPage is the body of the page of a host: how it stands, and its root.
type hostPage struct {
	Name      string
	URLs      []string // for people to copy, the best first
	Chip      badge
	Facts     []fact
	Failure   *trouble
	Without   []string // what is done without there, each with the reason
	Progress  *progress
	Directory *directory // nil if nothing was listed yet
}

// fact is a line of what is known of a host. Time is zero where Value is no time.
type fact struct {
	Name, Value string
	Time        time.Time
}

// trouble says why a host could not be reached, or not read whole.
type trouble struct {
	Cause string
	Said  string // the server's own words, or ""
	Since time.Time
	Ago   string
}

// host answers GET /host/SCHEME/HOST with the facts about a host and its root.
func (p *portal) host(c *gin.Context) {
	at, ok := p.locate(c)
	if !ok {
		return
	}
	v, id := p.visit(c.Request), at.host.ID
	root := id.Root()
	if p.hostFeed(c, &at.host, at.path) {
		return
	}
	if at.path != root {
		if path, ok := strings.CutSuffix(string(at.path), "/progress"); ok && (path == string(root) || path == "" && root == "/") {
			p.follow(c, v, id)
			return
		}
		c.Redirect(http.StatusFound, string(v.page(address.Browse, id, at.path)))
		return
	}
	body := p.newHostPage(v, &at.host)
	d, err := p.newDirectory(c.Request.Context(), v, spot{at.host, root}, readLook(c.Request.URL.Query()), address.Browse.Of(id, root))
	switch {
	case err == nil:
		body.Directory = d
	case !errors.Is(err, index.ErrNotFound): // a host that was not crawled yet has a page all the same
		p.refuse(c, err)
		return
	}
	p.draw(c, http.StatusOK, "host", page{Title: body.Name + " – Trawl", Feed: p.newFeedLinks(v, feedAsked{host: &at.host}), Body: body})
}

// newHostPage returns what the page says of a host.
func (p *portal) newHostPage(v visit, h *index.Host) hostPage {
	root := h.ID.Root()
	body := hostPage{
		Name: index.Visible(h.ID.Name() + strings.TrimSuffix(string(root), "/")),
		Chip: v.badge(h), Facts: v.facts(h), Failure: v.trouble(h), Progress: p.progressOf(v, h),
	}
	for _, base := range h.Bases() {
		body.URLs = append(body.URLs, index.Visible(string(v.origin(base, root, index.Dir))))
	}
	for _, way := range h.Known.Demoted {
		body.Without = append(body.Without, without(way))
	}
	return body
}

// without returns a way that is left out, with the reason if that may be shown: it is one of ours in plain words, or
// the server's. Other reasons may hold addresses of this machine.
//
//	LIST -lR: /pub/b lacks 30 entries      => the same
//	EPSV: dial tcp 10.0.0.1:4711: refused  => EPSV
func without(demoted string) string {
	way, reason, _ := strings.Cut(demoted, ": ")
	if said := serverWords(reason); said != "" {
		return index.Visible(way) + ": " + said
	}
	ours := regexp.MustCompile(`(?:lacks|has|left out) \d+ |goes on and on|never answered`).MatchString(reason)
	if !ours || regexp.MustCompile(`\d+\.\d+\.\d+\.\d+|\b(?:tcp|dial|lookup)\b`).MatchString(reason) {
		return index.Visible(way)
	}
	return index.Visible(demoted)
}

// facts returns what is known of a host.
func (v visit) facts(h *index.Host) []fact {
	out := []fact{
		{Name: v.Text("host.files"), Value: v.Number(h.Tally.Files)},
		{Name: v.Text("host.directories"), Value: v.Number(h.Tally.Directories)},
		{Name: v.Text("host.size"), Value: v.Size(h.Tally.Bytes)},
		{Name: v.Text("host.crawled"), Value: v.ago(h.Health.LastCrawl), Time: h.Health.LastCrawl},
		{Name: v.Text("host.next"), Value: v.next(h), Time: h.Health.Next},
		{Name: v.Text("host.complete"), Value: v.completeness(h)},
		{Name: v.Text("host.way"), Value: v.way(h.Known.Way)},
	}
	if h.Known.Software != "" {
		out = append(out, fact{Name: v.Text("host.software"), Value: index.Visible(h.Known.Software)})
	}
	return out
}

// next writes when a host is crawled next.
func (v visit) next(h *index.Host) string {
	switch {
	case h.Health.Crawling:
		return v.Text("host.next-now")
	case h.Health.Next.IsZero():
		return v.Text("host.next-asked")
	case !h.Health.Next.After(time.Now()):
		return v.Text("host.next-due")
	}
	return v.ago(h.Health.Next)
}

// completeness says how much of a host the last crawl saw.
func (v visit) completeness(h *index.Host) string {
	var parts []string
	switch {
	case h.Health.LastCrawl.IsZero():
		return v.Text("host.complete-never")
	case h.Health.Complete.Before(h.Health.LastCrawl):
		parts = append(parts, v.Text("host.complete-partial"))
	default:
		parts = append(parts, v.Text("host.complete-whole"))
	}
	for _, flaw := range []struct {
		text string
		n    int64
	}{{"host.stale", h.Tally.Stale}, {"host.denied", h.Tally.Denied}, {"host.unparsed", h.Tally.Unparsed}} {
		if flaw.n > 0 {
			parts = append(parts, v.Count(flaw.text, flaw.n))
		}
	}
	return strings.Join(parts, "; ")
}

// way says how a host is listed. The name of the way follows in parentheses, for those who know it.
//
//	LIST -lR => one listing of everything (LIST -lR)
func (v visit) way(way string) string {
	text := "host.way-published"
	switch way {
	case "":
		return v.Text("host.way-none")
	case index.WayImport:
		return v.Text("host.way-import")
	case "LIST -lR":
		text = "host.way-bulk"
	case "MLSD", "LIST", "STAT", "READDIR", "menu":
		text = "host.way-single"
	}
	return v.Text(text) + " (" + index.Visible(way) + ")"
}

// trouble returns why a host could not be reached, or nil.
func (v visit) trouble(h *index.Host) *trouble {
	cause := h.Cause()
	if cause == index.NoCause {
		return nil
	}
	f := &trouble{Cause: v.cause(cause), Said: index.Visible(h.Health.Words)}
	if since := h.Health.DownSince; !since.IsZero() {
		f.Since, f.Ago = since, v.ago(since)
	}
	return f
}

// oldHost answers GET /host?url=&dir=&after= as the pages of hosts and directories were addressed before.
func (p *portal) oldHost(c *gin.Context) {
	id, _, _, err := p.schemes.Parse(c.Query("url"))
	if err != nil {
		p.notFound(c, http.StatusBadRequest, absence{Why: "missing.address"})
		return
	}
	v := p.visit(c.Request)
	to := v.page(address.Host, id, id.Root())
	if dir := c.Query("dir"); dir != "" && !strings.ContainsAny(dir, "\x00\r\n") {
		if clean := index.Path(path.Clean("/" + dir)); clean != id.Root() {
			to = v.page(address.Browse, id, clean)
		}
	}
	c.Redirect(http.StatusMovedPermanently, string(to))
}
