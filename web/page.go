package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/web/locale"
	"trawl/web/visitor"
)

// names are those of the pages; each has a template of its own within layout.html.
func names() []string {
	return []string{"welcome", "search", "wrong", "hosts", "host", "browse", "file", "missing", "failure", "help"}
}

// visit is what a page knows of its reader.
type visit struct {
	*locale.Locale
	links
}

// pages are the parsed templates. The functions of a template write in one language, so that there
// is a set for each, and another one whose links keep it.
type pages struct {
	languages *locale.Languages
	room      sync.Pool                                  // of *bytes.Buffer, to draw in
	sets      map[visitKey]map[string]*template.Template // by name
}

type visitKey struct {
	tag  string
	kept bool
}

func (v visit) key() visitKey { return visitKey{v.Tag, v.lang != ""} }

func newPages(schemes index.Schemes, assets *assets) (*pages, error) {
	languages, err := locale.New()
	if err != nil {
		return nil, err
	}
	p := &pages{
		languages: languages, sets: map[visitKey]map[string]*template.Template{},
		room: sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, usualPage)) }},
	}
	for _, loc := range languages.All() {
		for _, kept := range []bool{false, true} {
			v := visit{loc, links{schemes: schemes}}
			if kept {
				v.lang = loc.Tag
			}
			if p.sets[v.key()], err = parse(v.drawing(assets)); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

// parse parses all pages.
func parse(functions template.FuncMap) (map[string]*template.Template, error) {
	set := map[string]*template.Template{}
	for _, name := range names() {
		t, err := template.New("layout.html").Funcs(functions).ParseFS(files, "templates/layout.html", "templates/parts/*.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("parse the page %s: %w", name, err)
		}
		set[name] = t
	}
	return set, nil
}

// page is the data of layout.html.
type page struct {
	Title   string     // of the window
	About   string     // what robots show of it
	Query   string     // in the search box
	Begin   bool       // the reader begins in the search box
	Index   bool       // robots may keep it
	Results bool       // the reader begins at the first result
	Filters bool       // there are filters behind them
	Part    bool       // the body alone, without the frame
	Feed    *feedLinks // nil if there is none
	Body    any        // what the page's own template gets

	Languages []language // draw sets them
	Canonical string     // likewise, of a page that robots may keep; "" if the portal's own name is not known
}

// language is a link to the same page in a language.
type language struct {
	Tag, Name string
	Address   template.URL
	Whole     string // Address with the name of the portal
	Current   bool
}

// usualPage is the room for a page in bytes: most pages of results take half of it.
const usualPage = 64 << 10

// visit returns what is known of the reader of a request.
func (p *portal) visit(r *http.Request) visit {
	loc, kept := p.pages.languages.Choose(r.URL.Query().Get("lang"), r.Header.Get("Accept-Language"))
	v := visit{loc, links{schemes: p.schemes}}
	if kept {
		v.lang = loc.Tag
	}
	return v
}

// drawn is a page as it goes over the wire.
type drawn struct {
	body     []byte
	encoding string // of body, as Content-Encoding has it
	etag     string
}

// draw answers with a page.
func (p *portal) draw(c *gin.Context, status int, name string, data page) {
	b := p.pages.room.Get().(*bytes.Buffer)
	defer func() {
		b.Reset()
		p.pages.room.Put(b)
	}()
	if p.write(c, b, name, data) {
		p.send(c, status, newDrawn(b.Bytes()))
	}
}

// write writes a page to b, or answers that it cannot.
func (p *portal) write(c *gin.Context, b *bytes.Buffer, name string, data page) bool {
	v := p.visit(c.Request)
	data.Languages = p.pages.others(c.Request, v)
	if data.Index {
		data.Canonical = canonical(c.Request, v)
	}
	if err := execute(p.pages.sets[v.key()][name], b, data); err != nil {
		p.log.Error("draw", "page", name, "err", err)
		c.AbortWithStatus(http.StatusInternalServerError)
		return false
	}
	return true
}

// newDrawn returns a page that is not compressed.
func newDrawn(body []byte) drawn {
	sum := sha256.Sum256(body)
	return drawn{body: body, etag: `W/"` + hex.EncodeToString(sum[:12]) + `"`}
}

// pageType is the type of all pages.
const pageType = "text/html; charset=utf-8"

// send sends a page. Browsers ask each time whether it is the same (RFC 9111 section 5.2.2.4).
func (p *portal) send(c *gin.Context, status int, d drawn) {
	h := c.Writer.Header()
	h.Set("Content-Language", p.visit(c.Request).Tag)
	h.Add("Vary", "Accept-Language")
	h.Set("Cache-Control", "no-cache")
	if status == http.StatusOK {
		h.Set("ETag", d.etag)
	}
	if d.encoding != "" {
		h.Set("Content-Encoding", d.encoding)
	}
	if status == http.StatusOK && isConditional(c.Request) {
		h.Set("Content-Type", pageType)
		http.ServeContent(c.Writer, c.Request, "", time.Time{}, bytes.NewReader(d.body))
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(d.body)))
	c.Data(status, pageType, d.body)
}

// isConditional reports whether a request asks for a part of a page, or for the page if it has changed.
func isConditional(r *http.Request) bool {
	for _, name := range []string{"If-None-Match", "If-Match", "Range"} {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return false
}

// execute writes a page, or its body alone.
func execute(t *template.Template, b *bytes.Buffer, data page) error {
	if data.Part {
		return t.ExecuteTemplate(b, "body", data.Body)
	}
	return t.Execute(b, data)
}

// others returns the links to the page in each language.
func (p *pages) others(r *http.Request, v visit) []language {
	var out []language
	origin := origin(r)
	for _, loc := range p.languages.All() {
		query := r.URL.Query()
		query.Set("lang", loc.Tag)
		to := r.URL.EscapedPath() + "?" + query.Encode()
		one := language{Tag: loc.Tag, Name: loc.Text("language.name"), Address: template.URL(to), Current: loc.Tag == v.Tag} //nolint:gosec // it is percent-encoded
		if origin != "" {
			one.Whole = origin + to
		}
		out = append(out, one)
	}
	return out
}

// canonical returns the address by which robots know a page (RFC 6596): in a language if that was asked
// for, and without what else its query holds.
func canonical(r *http.Request, v visit) string {
	origin := origin(r)
	if origin == "" {
		return ""
	}
	return origin + string(v.keep(r.URL.EscapedPath()))
}

// origin returns the name of the portal as the reader's browser knows it, "" if the request has none
// that can be one.
func origin(r *http.Request) string {
	if r.Host == "" || strings.Trim(strings.ToLower(r.Host), "abcdefghijklmnopqrstuvwxyz0123456789.-:[]") != "" {
		return ""
	}
	return visitor.Of(r).Scheme() + "://" + r.Host
}

// drawing returns the functions that templates call.
func (v visit) drawing(assets *assets) template.FuncMap {
	return template.FuncMap{
		"t":        v.Text,
		"n":        v.Count,
		"lang":     func() string { return v.Tag },
		"keptlang": func() string { return v.lang },
		"link":     v.keep,
		"asset":    assets.address,
		"visible":  index.Visible,
		"boxed":    boxed,
		"stamp":    stamp,
		"intof":    func(n int) int64 { return int64(n) },
	}
}

// boxed returns a query as the search box shows it. Nobody types what [index.Visible] spells out, which
// could change the reading direction of the box.
func boxed(query string) string {
	return strings.Map(func(r rune) rune {
		if index.Visible(string(r)) != string(r) {
			return utf8.RuneError
		}
		return r
	}, query)
}
