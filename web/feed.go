package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/search/query"
	"trawl/web/address"
	"trawl/web/feeds"
	"trawl/web/news"
)

// The bounds of feeds.
const (
	feedItems   = 5000                // of news that are gathered to entries
	feedFolders = 50                  // entries of a feed of folders
	feedFiles   = 100                 // entries of a feed of a query
	feedListed  = 30                  // items that one entry names
	feedAge     = 30 * 24 * time.Hour // of the oldest item
	feedsAtOnce = 2                   // feeds that are made
)

// feedAsked is what a feed is about: a host, a query, both or all.
type feedAsked struct {
	host *index.Host // nil is all
	text string      // of the query, or ""
	form string      // "atom" or "json"
}

// feedOf answers GET /feed.atom or /feed.json?q=&host=: what is new, for feed readers.
func (p *portal) feedOf(form string) gin.HandlerFunc {
	return func(c *gin.Context) {
		asked := feedAsked{text: strings.TrimSpace(c.Query("q")), form: form}
		if name := c.Query("host"); name != "" {
			h, err := p.catalogue.Host(c.Request.Context(), index.HostID(name))
			if err != nil {
				p.refuse(c, err)
				return
			}
			asked.host = &h
		}
		p.feed(c, asked)
	}
}

// hostFeed answers GET /host/SCHEME/HOST/feed.atom or feed.json, and reports whether a path is that.
func (p *portal) hostFeed(c *gin.Context, h *index.Host, at index.Path) bool {
	rest, form, _ := strings.Cut(string(at), "/feed.")
	if rest != strings.TrimSuffix(string(h.ID.Root()), "/") || form != "atom" && form != "json" {
		return false
	}
	p.feed(c, feedAsked{host: h, text: strings.TrimSpace(c.Query("q")), form: form})
	return true
}

// feed answers with a feed. A reader who has it already is answered without reading the news: the tag of a feed is made of
// all that it depends on.
func (p *portal) feed(c *gin.Context, asked feedAsked) {
	if p.news == nil {
		p.fail(c, http.StatusNotFound, "failure.no-page")
		return
	}
	hosts, err := p.catalogue.Hosts(c.Request.Context())
	if err != nil {
		p.refuse(c, err)
		return
	}
	newest, _, err := p.news.Read(c.Request.Context(), news.Filter{Limit: 1})
	if err != nil {
		p.refuse(c, err)
		return
	}
	v, h := p.visit(c.Request), c.Writer.Header()
	updated := feeds.Epoch()
	if len(newest) > 0 {
		updated = newest[0].When
	}
	tag := feedTag(c.Request, v, newest, hosts)
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Language", v.Tag)
	h.Add("Vary", "Accept-Language")
	if strings.Contains(c.GetHeader("If-None-Match"), strings.TrimPrefix(tag, "W/")) {
		c.Status(http.StatusNotModified)
		return
	}
	select {
	case p.feeding <- struct{}{}:
		defer func() { <-p.feeding }()
	default:
		h.Del("ETag")
		c.Header("Retry-After", "5")
		p.fail(c, http.StatusServiceUnavailable, "failure.crowded")
		return
	}
	f, err := p.newFeed(c, v, asked, hosts)
	if wrong := (*query.Error)(nil); errors.As(err, &wrong) || errors.Is(err, news.ErrWhole) {
		h.Del("ETag")
		p.fail(c, http.StatusBadRequest, err.Error())
		return
	}
	if err != nil {
		h.Del("ETag")
		p.refuse(c, err)
		return
	}
	p.sendFeed(c, f, asked.form, updated)
}

// sendFeed sends a feed. The time of the last news is that of its change.
func (p *portal) sendFeed(c *gin.Context, f *feeds.Feed, form string, updated time.Time) {
	text, err := f.Atom()
	kind := feeds.AtomType
	if form == "json" {
		text, err = f.JSON()
		kind = feeds.JSONType
	}
	if err != nil {
		c.Header("ETag", "")
		p.refuse(c, err)
		return
	}
	c.Header("Content-Type", kind+"; charset=utf-8")
	http.ServeContent(c.Writer, c.Request, "", updated, bytes.NewReader(text))
}

// feedTag returns the tag of a feed: the newest item, the hosts and the request make it.
func feedTag(r *http.Request, v visit, newest []news.Item, hosts []index.Host) string {
	sum := sha256.New()
	fmt.Fprintln(sum, origin(r), r.URL.RequestURI(), v.Tag)
	for i := range newest {
		fmt.Fprintln(sum, newest[i].Key(), newest[i].Position, newest[i].Count)
	}
	for i := range hosts {
		fmt.Fprintln(sum, hosts[i].ID)
	}
	return `W/"` + hex.EncodeToString(sum.Sum(nil)[:12]) + `"`
}

// newFeed gathers a feed.
func (p *portal) newFeed(c *gin.Context, v visit, asked feedAsked, hosts []index.Host) (*feeds.Feed, error) {
	items, err := p.feedNews(c.Request.Context(), asked, hosts)
	if err != nil {
		return nil, err
	}
	at := feedWriter{visit: v, origin: origin(c.Request), hosts: map[index.HostID]*index.Host{}}
	for i := range hosts {
		at.hosts[hosts[i].ID] = &hosts[i]
	}
	items = slices.DeleteFunc(items, func(i news.Item) bool { return at.hosts[i.Host] == nil })
	f := &feeds.Feed{
		ID: feeds.Tag(feeds.Authority(at.origin), feeds.Epoch(), "feed "+asked.about()), Title: at.title(asked), Lang: v.Tag,
		Home: at.origin + at.home(asked), Self: at.origin + c.Request.URL.RequestURI(), Updated: feeds.Epoch(),
	}
	most := feedFolders
	if asked.text != "" {
		most = feedFiles
	}
	for _, g := range feeds.Group(items, asked.text == "", most) {
		f.Entries = append(f.Entries, at.entry(&g))
	}
	if len(items) > 0 {
		f.Updated = items[0].When
	}
	return f, nil
}

// about names what a feed is about.
func (a feedAsked) about() string {
	if a.host == nil {
		return " " + a.text
	}
	return string(a.host.ID) + " " + a.text
}

// feedNews returns the news that a feed is about.
func (p *portal) feedNews(ctx context.Context, asked feedAsked, hosts []index.Host) ([]news.Item, error) {
	f := news.Filter{Since: time.Now().Add(-feedAge), Limit: feedItems}
	if asked.host != nil {
		f.Host = asked.host.ID
	}
	if asked.text != "" {
		tree, err := query.Parse(asked.text, time.Now())
		if err != nil {
			return nil, err
		}
		if f.Match, err = news.Matching(tree, hosts, p.schemes.Addr); err != nil {
			return nil, err
		}
	}
	items, _, err := p.news.Read(ctx, f)
	return items, err
}

// feedWriter writes entries in the language of their reader.
type feedWriter struct {
	visit
	origin string
	hosts  map[index.HostID]*index.Host
}

// title returns the title of a feed.
func (w *feedWriter) title(asked feedAsked) string {
	var about []string
	if asked.text != "" {
		about = append(about, index.Visible(asked.text))
	}
	if asked.host != nil {
		about = append(about, index.Visible(asked.host.ID.Name()))
	}
	if len(about) == 0 {
		return w.Text("feed.all")
	}
	return w.Text("feed.of", "What", strings.Join(about, ", "))
}

// home returns the address of the page that a feed is about.
func (w *feedWriter) home(asked feedAsked) string {
	switch {
	case asked.text != "":
		return "/?q=" + url.QueryEscape(asked.text)
	case asked.host != nil:
		return address.Host.Of(asked.host.ID, asked.host.ID.Root())
	default:
		return "/"
	}
}

// entry returns the entry of some items.
func (w *feedWriter) entry(g *feeds.Gathered) feeds.Entry {
	first := g.First()
	host := index.Visible(first.Host.Name())
	e := feeds.Entry{ID: feeds.Tag(feeds.Authority(w.origin), g.Updated(), g.Name), Began: g.Began(), Updated: g.Updated()}
	switch {
	case first.What == news.HostNew:
		e.Title = w.Text("feed.host", "Host", host, "Files", w.Count("browse.files", first.Count))
		e.Link = w.origin + address.Host.Of(first.Host, first.Host.Root())
	case first.What == news.More:
		e.Title = w.Text("feed.more", "Host", host, "N", w.Number(first.Count))
		e.Link = w.origin + address.Host.Of(first.Host, first.Host.Root())
	case len(g.Items) == 1:
		e.Title = index.Visible(first.Entry.Name) + " (" + host + ")"
		e.Link = w.origin + pageOf(first)
	default:
		e.Title = w.Text("feed.folder", "N", w.Number(int64(len(g.Items))), "Folder", host+index.Visible(feeds.Dir(first)))
		e.Link = w.origin + address.Browse.Of(first.Host, first.Path.Dir())
	}
	e.Content = w.content(g, e.Title)
	return e
}

// content returns HTML that lists items.
func (w *feedWriter) content(g *feeds.Gathered, title string) string {
	if g.First().Path == "" {
		return "<p>" + html.EscapeString(title) + "</p>"
	}
	var b strings.Builder
	b.WriteString("<ul>")
	for n := range g.Items {
		i := &g.Items[n]
		if n == feedListed {
			b.WriteString("<li>" + html.EscapeString(w.Text("feed.others", "N", w.Number(int64(len(g.Items)-n)))) + "</li>")
			break
		}
		fmt.Fprintf(&b, `<li><a href="%s">%s</a>`, html.EscapeString(w.origin+pageOf(i)), html.EscapeString(index.Visible(i.Entry.Name)))
		if i.Entry.Size != index.UnknownSize {
			b.WriteString(" " + html.EscapeString(w.Size(i.Entry.Size)))
		}
		if i.What == news.Changed {
			b.WriteString(" " + html.EscapeString(w.Text("feed.changed")))
		}
		place := i.Place(w.hosts[i.Host])
		fmt.Fprintf(&b, "<br><code>%s</code></li>", html.EscapeString(index.Visible(w.schemes.URLs(&place, i.Entry.Kind)[0])))
	}
	b.WriteString("</ul>")
	return b.String()
}

// pageOf returns the address of the page of an item.
func pageOf(i *news.Item) string {
	if i.Entry.Kind == index.Dir {
		return address.Browse.Of(i.Host, i.Path)
	}
	return address.File.Of(i.Host, i.Path)
}

// feedLinks are the addresses of the feeds of a page, and of exports.
type feedLinks struct {
	Title      string
	Atom, JSON string
	CSV        string // all results of the page; "" if it has none
}

// newFeedLinks returns those of the news that are asked for; nil if there are no news.
func (p *portal) newFeedLinks(v visit, asked feedAsked) *feedLinks {
	w := feedWriter{visit: v}
	links := &feedLinks{Title: w.title(asked)}
	if asked.text != "" {
		links.CSV = "/?" + url.Values{"q": {asked.text}, "format": {"csv"}}.Encode()
	}
	if p.news == nil {
		if links.CSV == "" {
			return nil
		}
		return links
	}
	at, query := "/feed.", ""
	if asked.host != nil {
		at = strings.TrimSuffix(address.Host.Of(asked.host.ID, asked.host.ID.Root()), "/") + "/feed."
	}
	if asked.text != "" {
		query = "?q=" + url.QueryEscape(asked.text)
	}
	links.Atom, links.JSON = at+"atom"+query, at+"json"+query
	return links
}
