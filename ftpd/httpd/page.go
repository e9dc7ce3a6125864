package httpd

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"trawl/ftpd/tree"
	"trawl/index"
)

//go:embed pages
var files embed.FS

// pages are the pages of the door. Each holds its style and its symbols, so that no path of the server is taken from the files.
type pages struct {
	all    *template.Template
	policy string // Content-Security-Policy
}

// pageBuffer is how much of a page is gathered before it is sent.
const pageBuffer = 32 << 10

// newPages reads the pages.
func newPages() (*pages, error) {
	style, err := files.ReadFile("pages/style.css")
	if err != nil {
		return nil, fmt.Errorf("read the style of pages: %w", err)
	}
	sprite, err := files.ReadFile("pages/sprite.svg")
	if err != nil {
		return nil, fmt.Errorf("read the symbols of pages: %w", err)
	}
	sum := sha256.Sum256(style)
	all, err := template.New("").Funcs(template.FuncMap{
		"style":  func() template.HTML { return template.HTML("<style>" + string(style) + "</style>") }, //nolint:gosec // it is ours
		"sprite": func() template.HTML { return template.HTML(sprite) },                                 //nolint:gosec // as above
	}).ParseFS(files, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("read pages: %w", err)
	}
	return &pages{all, "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"}, nil
}

// failure returns the page of a request that is refused.
func (g *pages) failure(status int, says string) ([]byte, error) {
	var b bytes.Buffer
	err := g.all.ExecuteTemplate(&b, "failure.html", struct{ Title, Says string }{http.StatusText(status), says})
	if err != nil {
		return nil, fmt.Errorf("write a page: %w", err)
	}
	return b.Bytes(), nil
}

// head is what the head of a folder's page is made of.
type head struct {
	Title   string // made visible
	Trail   []step // the folders above, the root first
	Columns []column
	User    string // made visible; "" is a guest
	Login   bool   // the guest may give a password
	Up      bool   // there is a folder above
}

// step is a folder above.
type step struct{ Name, To string }

// column is the heading of a column, with the order that a click asks for.
type column struct {
	Name, Class, To string
	Sorted          string // "ascending", "descending" or ""
}

// headOf returns the head of the page of a folder.
func (s *session) headOf(p string, q asked) head {
	h := head{Title: index.Visible(p), Up: p != "/", Login: s.secure && s.login.Anonymous}
	if !s.login.Anonymous {
		h.User = index.Visible(s.login.User)
	}
	parts := strings.Split(strings.TrimPrefix(p, "/"), "/")
	if p == "/" {
		parts = nil
	}
	h.Trail = append(h.Trail, step{"/", strings.Repeat("../", len(parts))})
	for i, part := range parts {
		h.Trail = append(h.Trail, step{index.Visible(part), strings.Repeat("../", len(parts)-i-1)})
	}
	for i := range h.Trail {
		if h.Trail[i].To == "" {
			h.Trail[i].To = "./"
		}
	}
	for _, c := range []column{{Name: "Name", Class: "name"}, {Name: "Size", Class: "n"}, {Name: "Time", Class: "time"}} {
		to := asked{sort: strings.ToLower(c.Name)}
		if to.sort == q.sort {
			c.Sorted = "ascending"
			if q.reverse {
				c.Sorted = "descending"
			}
			to.reverse = !q.reverse
		}
		c.To = "?sort=" + to.sort
		if to.reverse {
			c.To += "&order=desc"
		}
		h.Columns = append(h.Columns, c)
	}
	return h
}

// sendPage sends the page of a folder. The frame is a template; the rows are written by hand, since a template takes ten times as long.
func (s *session) sendPage(a *answer, r *http.Request, p string, q asked) error {
	out := bufio.NewWriterSize(a, pageBuffer)
	text, count := "", 0
	var b []byte
	err := s.read(r.Context(), p, q, func(some []entry) error {
		if a.status == 0 {
			h := a.Header()
			h.Set("Content-Type", "text/html; charset=utf-8")
			h.Set("Content-Security-Policy", s.pages.policy)
			a.event = listed(p)
			a.WriteHeader(http.StatusOK)
			if err := s.pages.all.ExecuteTemplate(out, "head.html", s.headOf(p, q)); err != nil {
				return fmt.Errorf("write a page: %w", err)
			}
		}
		for i := range some {
			if some[i].Mode.IsRegular() && rank(some[i].Name) > rank(text) {
				text = some[i].Name
			}
			b = appendRow(b[:0], &some[i])
			if _, err := out.Write(b); err != nil {
				return fmt.Errorf("send a page: %w", err)
			}
		}
		count += len(some)
		return nil
	})
	if err != nil {
		return err
	}
	tail := struct {
		Empty  bool
		Readme *readme
	}{count == 0, s.readme(p, text)}
	if err := s.pages.all.ExecuteTemplate(out, "tail.html", tail); err != nil {
		return fmt.Errorf("write a page: %w", err)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("send a page: %w", err)
	}
	return nil
}

// appendRow appends the row of an entry.
func appendRow(b []byte, e *entry) []byte {
	symbol, slash := "link", ""
	switch {
	case e.folder():
		symbol, slash = "dir", "/"
	case !e.dangling:
		symbol = icon(e.Name)
	}
	b = append(b, `<tr><td class="name"><svg class="icon `...)
	b = append(b, symbol...)
	b = append(b, `" aria-hidden="true"><use href="#`...)
	b = append(b, symbol...)
	b = append(b, `"/></svg><a href="`...)
	b = appendEscaped(b, e.Name)
	b = append(b, slash...)
	b = append(b, `"><bdi>`...)
	b = append(b, template.HTMLEscapeString(index.Visible(e.Name))...)
	b = append(b, slash...)
	b = append(b, `</bdi></a></td><td class="n">`...)
	if e.sized() {
		b = append(b, `<data value="`...)
		b = fmt.Append(b, e.Size)
		b = append(b, `">`...)
		b = append(b, humanize.IBytes(uint64(e.Size))...)
		b = append(b, `</data>`...)
	}
	b = append(b, `</td><td class="time">`...)
	if e.Time != tree.UnknownTime {
		b = time.Unix(e.Time, 0).UTC().AppendFormat(b, "2006-01-02 15:04")
	}
	return append(b, "</td></tr>\n"...)
}
