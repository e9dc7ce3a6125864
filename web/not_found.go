package web

import (
	"context"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/search"
	"trawl/web/address"
)

// absence is the body of the page for what the catalogue does not hold.
type absence struct {
	Why    string // the name of a text
	What   string // that is not there, made visible
	Gone   bool   // it was there
	Name   string // the last name of it, made visible; "" if there is none
	Search template.URL
	Hosts  template.URL // the page of all hosts, where the host is unknown
	Near   *step        // the nearest directory that is there
	Listed time.Time
	Ago    string // when that was listed

	name string
}

// notFound answers that something is not there, with a search for its last name.
func (p *portal) notFound(c *gin.Context, status int, m absence) {
	v := p.visit(c.Request)
	if m.name != "" {
		m.Name = index.Visible(m.name)
		m.Search = v.search(search.Request{Text: search.ForName(m.name), Sort: index.ByRelevance, Limit: index.DefaultLimit})
	}
	title := v.Text("missing.title")
	if status == http.StatusGone {
		title, m.Gone = v.Text("missing.title-gone"), true
	}
	p.draw(c, status, "missing", page{Title: title + " – Trawl", Body: m})
	c.Abort()
}

// nearby adds the nearest directory above a place that the catalogue has.
func (p *portal) nearby(ctx context.Context, v visit, at spot, m absence) absence {
	for dir := at.path; dir != at.host.ID.Root() && dir.Within(at.host.ID.Root()) && ctx.Err() == nil; {
		dir = dir.Dir()
		l, err := p.catalogue.List(ctx, at.host.ID, dir, "", 1)
		if err == nil {
			m.Near = &step{index.Visible(at.host.ID.Name() + l.Display()), v.page(address.Browse, at.host.ID, dir)}
			m.Listed, m.Ago = l.Taken, v.ago(l.Taken)
			return m
		}
	}
	m.Near = &step{index.Visible(at.host.ID.Name()), v.page(address.Host, at.host.ID, at.host.ID.Root())}
	return m
}

// lastName returns the last name of a path as people may have written it; "" for the root.
func lastName(p index.Path) string {
	if p == "/" {
		return ""
	}
	return strings.ToValidUTF8(p.Base(), "?")
}
