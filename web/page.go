package web

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/gin-gonic/gin"

	"trawl/index"
)

// pages are the parsed templates, one a page, each within layout.html.
type pages struct {
	byName map[string]*template.Template
}

func newPages(schemes index.Schemes) (*pages, error) {
	p := &pages{byName: map[string]*template.Template{}}
	for _, name := range []string{"search", "hosts", "host", "failure"} {
		t, err := template.New("layout.html").Funcs(drawing(schemes)).ParseFS(files, "templates/layout.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("parse the page %s: %w", name, err)
		}
		p.byName[name] = t
	}
	return p, nil
}

// page is what every template gets.
type page struct {
	Title string // of the window
	Query string // in the search box
	Begin bool   // whether to begin in the search box
	Body  any    // the page's own
}

// draw answers with a page.
func (p *portal) draw(c *gin.Context, status int, name string, data page) {
	var b bytes.Buffer
	if err := p.pages.byName[name].Execute(&b, data); err != nil {
		p.log.Error("draw", "page", name, "err", err)
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	c.Data(status, "text/html; charset=utf-8", b.Bytes())
}

// fail answers with an error, as a page or, under /api/, as JSON.
func (p *portal) fail(c *gin.Context, status int, message string) {
	if strings.HasPrefix(c.Request.URL.Path, "/api/") {
		refuseJSON(c, status, apiError{Message: message})
		return
	}
	p.draw(c, status, "failure", page{Title: http.StatusText(status), Body: message})
	c.Abort()
}

// drawing has the functions of the templates.
func drawing(schemes index.Schemes) template.FuncMap {
	return template.FuncMap{
		"visible": index.Visible,
		"marked":  marked,
		"bytes":   drawSize,
		"when":    drawTime,
		"ago":     drawAgo,
		"took":    drawTook,
		"count":   humanize.Comma,
		"comma":   func(n int) string { return humanize.Comma(int64(n)) },
		"link":    func(p index.Place, k index.Kind) template.URL { return link(schemes, p.Host, p.Path, k) },
		"browse":  browse,
		"places":  func(r index.Result) template.HTML { return drawPlaces(schemes, r) },
	}
}

// link returns the link to a file on its host. The template would refuse the
// scheme.
func link(schemes index.Schemes, id index.HostID, p index.Path, kind index.Kind) template.URL {
	return template.URL(schemes.URL(id, p, kind)) //nolint:gosec // the scheme is one of the sources' and the path is percent-encoded
}

// browse returns the link to the page of a directory.
func browse(id index.HostID, dir index.Path) string {
	return "/host?dir=" + url.QueryEscape(string(dir)) + "&url=" + url.QueryEscape(string(id))
}

// marked draws s with the ranges in <mark>, each piece made visible.
func marked(s string, marks []index.Range) template.HTML {
	var b strings.Builder
	at := 0
	for _, m := range marks {
		if m.Start < at || m.End > len(s) || m.Start >= m.End {
			continue
		}
		b.WriteString(template.HTMLEscapeString(index.Visible(s[at:m.Start])))
		b.WriteString("<mark>" + template.HTMLEscapeString(index.Visible(s[m.Start:m.End])) + "</mark>")
		at = m.End
	}
	b.WriteString(template.HTMLEscapeString(index.Visible(s[at:])))
	return template.HTML(b.String()) //nolint:gosec // every piece went through HTMLEscapeString
}

func drawSize(n int64) string {
	if n == index.UnknownSize {
		return "–"
	}
	return humanize.IBytes(uint64(n))
}

// drawTime draws a time no finer than the listing told it.
func drawTime(t time.Time, p index.Precision) string {
	switch {
	case t.IsZero() || p == index.Unknown:
		return "–"
	case p == index.Day:
		return t.Format("2006-01-02")
	}
	return t.Format("2006-01-02 15:04")
}

// drawTook draws how long a search took; one whose answer was kept takes next to nothing.
func drawTook(d time.Duration) string {
	if d < 100*time.Microsecond {
		return "less than 0.1 ms"
	}
	return fmt.Sprintf("%.1f ms", float64(d)/1e6)
}

func drawAgo(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return humanize.Time(t)
}
