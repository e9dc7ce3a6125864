package web

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/gin-gonic/gin"

	"trawl/index"
)

// pages are the parsed templates: one a page, within layout.html.
type pages struct {
	byName map[string]*template.Template
}

func newPages() (*pages, error) {
	p := &pages{byName: map[string]*template.Template{}}
	for _, name := range []string{"welcome", "search", "wrong", "hosts", "host", "failure"} {
		t, err := template.New("layout.html").Funcs(drawing()).ParseFS(files, "templates/layout.html", "templates/language.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("parse the page %s: %w", name, err)
		}
		p.byName[name] = t
	}
	return p, nil
}

// page is the data of layout.html.
type page struct {
	Title string // of the window
	Query string // in the search box
	Begin bool   // the reader begins in the search box
	Body  any    // what the page's own template gets
}

// usualPage is the room for a page in bytes: most pages of results take half of it.
const usualPage = 64 << 10

// draw answers with a page.
func (p *portal) draw(c *gin.Context, status int, name string, data page) {
	b := bytes.NewBuffer(make([]byte, 0, usualPage))
	if err := p.pages.byName[name].Execute(b, data); err != nil {
		p.log.Error("draw", "page", name, "err", err)
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	c.Data(status, "text/html; charset=utf-8", b.Bytes())
}

// drawing returns the functions that templates call.
func drawing() template.FuncMap {
	return template.FuncMap{
		"visible": index.Visible,
		"bytes":   drawSize,
		"when":    drawTime,
		"ago":     drawAgo,
		"count":   humanize.Comma,
		"browse":  browse,
	}
}

// drawSize writes a size for people.
func drawSize(n int64) string {
	if n == index.UnknownSize {
		return "–"
	}
	return humanize.IBytes(uint64(n))
}

// drawTime writes a time, no finer than its listing had it.
func drawTime(t time.Time, p index.Precision) string {
	switch {
	case t.IsZero() || p == index.Unknown:
		return "–"
	case p == index.Day:
		return t.Format("2006-01-02")
	}
	return t.Format("2006-01-02 15:04")
}

// drawAgo writes how long ago a time was.
func drawAgo(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return humanize.Time(t)
}
