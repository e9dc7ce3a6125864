package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"

	"trawl/index"
	"trawl/index/indextest"
)

// hostileWords mean harm where they stand for themselves in a page, an attribute, a script, a style, a
// header or a terminal.
func hostileWords() []string {
	return []string{
		`<img src=x onerror=window.pwned=1>`, `<svg onload=window.pwned=1>`, `"autofocus onfocus="window.pwned=1" x="`, `' onmouseover='window.pwned=1`,
		`javascript:window.pwned=1`, `</title><script>window.pwned=1</script>`, `--><script>window.pwned=1</script>`, `{{.}}${window.pwned=1}`,
		"a\r\nSet-Cookie: pwned=1\r\n\r\n<b>", "\x00\x01\x1b[31m\x9b", "a\u202egpj.exe\u2066\u200f", "\xff\xfe<i>\xc3", `&lt;b&gt;&#34;`, `\u003cb\u003e`, `%3Cb%3E%0d%0a`, `..`,
	}
}

// hostile is a portal over a catalogue in which all that is foreign means harm.
func hostile(t *testing.T) http.Handler {
	t.Helper()
	c := indextest.NewBrute()
	now := time.Now().UTC().Truncate(time.Minute)
	var root []index.Entry
	var below []index.Listing
	for i, word := range hostileWords() {
		name := strings.NewReplacer("/", "\u2215", "\x00", "", "\r", "", "\n", "").Replace(word) // as a listing may hold it
		if name == ".." {
			continue
		}
		entry := shownFile(name, int64(i+1), now)
		if !utf8.ValidString(name) {
			entry.Name, entry.Raw = strings.ToValidUTF8(name, "\ufffd"), name
		}
		dir := entry
		dir.Kind, dir.Size = index.Dir, index.UnknownSize
		if dir.Raw == "" {
			dir.Raw = dir.Name
		}
		dir.Name, dir.Raw = "d"+dir.Name, "d"+dir.Raw
		root = append(root, entry, dir)
		link := shownFile(fmt.Sprint("link", i), 1, now)
		link.Kind, link.Target = index.Link, word
		below = append(below, index.Listing{Dir: index.Path("/").Join(dir.Raw), Entries: []index.Entry{entry, link}})
	}
	record(t, c, "ftp://bad.example/", now, append([]index.Listing{{Dir: "/", Entries: root}}, below...))
	all := strings.Join(hostileWords(), "\n")
	for p, body := range map[index.Path]string{"/README": all, "/INDEX": strings.Join(hostileWords(), "  <b onclick=window.pwned=1>\n")} {
		if err := c.PutText(t.Context(), index.Text{Host: "ftp://bad.example/", Path: p, Body: body, Taken: now}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Update(t.Context(), "ftp://bad.example/", func(h *index.Host) error {
		h.Known.Software, h.Known.Demoted, h.Health.LastError = all, []string{"EPSV: " + all}, all
		h.Health.DownSince = now
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	portal, err := New(Options{Schemes: schemes(), Catalogue: c, Budget: -1, Fetcher: fakeFetcher{}})
	if err != nil {
		t.Fatal(err)
	}
	return portal
}

// TestCrawlPortal follows all links from the front page over a portal with much in it, and over one that means
// harm. Each of them leads somewhere, and no answer holds a byte that might do something.
func TestCrawlPortal(t *testing.T) {
	for name, portal := range map[string]http.Handler{"showroom": showroom(t, false), "hostile": hostile(t)} {
		t.Run(name, func(t *testing.T) {
			todo := []string{"/", "/?q=debian", "/?q=stuff", "/?q=size:0"}
			for _, word := range hostileWords() {
				todo = append(todo, "/?q="+url.QueryEscape(word), "/api/v1/search?facets=1&q="+url.QueryEscape(word),
					"/api/v1/suggest?q="+url.QueryEscape(word), "/"+url.PathEscape(word), "/hosts?filter="+url.QueryEscape(word), "/?lang="+url.QueryEscape(word))
			}
			want, seen := map[string]int{}, map[string]bool{}
			path := func(target string) string { at, _, _ := strings.Cut(target, "?"); return at }
			for i := 0; i < len(todo) && len(seen) < 500; i++ {
				if seen[todo[i]] {
					continue
				}
				seen[todo[i]] = true
				w := get(t, portal, todo[i])
				if status, linked := want[todo[i]]; linked && w.Code != status && w.Code != http.StatusMovedPermanently {
					t.Errorf("GET %q, which a page links to: %d", todo[i], w.Code)
				}
				tame(t, todo[i], w)
				if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
					for _, to := range ownLinks(t, todo[i], w.Body.String()) {
						todo = append(todo, to)
						if _, known := want[to]; !known {
							want[to] = http.StatusOK
						}
						if w.Code != http.StatusOK && path(to) == path(todo[i]) {
							want[to] = w.Code // the same page in another language
						}
					}
				}
			}
			t.Logf("%d addresses", len(seen))
		})
	}
}

// tame holds an answer to valid UTF-8 without controls and overrides, and to headers of its own.
func tame(t *testing.T, target string, w *httptest.ResponseRecorder) {
	t.Helper()
	for key, values := range w.Header() {
		if key == "Set-Cookie" || strings.ContainsFunc(strings.Join(values, ""), wild) {
			t.Errorf("GET %q: header %s: %q", target, key, values)
		}
	}
	body := w.Body.String()
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") {
		body = strings.ReplaceAll(body, "\r\n", "\n") // RFC 4180 ends lines so
	}
	if !utf8.ValidString(body) {
		t.Errorf("GET %q: no UTF-8", target)
	}
	if i := strings.IndexFunc(body, func(r rune) bool { return r != '\n' && wild(r) }); i >= 0 {
		t.Errorf("GET %q: %.40q", target, body[i:])
	}
}

// wild reports whether a rune does something where it is shown.
func wild(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f
}

// ownLinks returns the links of a page to the portal itself, and holds the page to elements and attributes of the
// portal's own.
func ownLinks(t *testing.T, target, body string) []string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Errorf("GET %q: %v", target, err)
		return nil
	}
	var out []string
	ids := map[string]bool{}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if slices.Contains([]string{"iframe", "object", "embed", "base", "style", "b", "i"}, n.Data) {
			t.Errorf("GET %q: an element %s", target, n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style":
				t.Errorf("GET %q: %s=%q of %s", target, a.Key, a.Val, n.Data)
			case a.Key == "id" && ids[a.Val]:
				t.Errorf("GET %q: id %s twice", target, a.Val)
			case a.Key == "id":
				ids[a.Val] = true
			case a.Key != "href" && a.Key != "src" && a.Key != "action":
			case strings.HasPrefix(a.Val, "/get/"), strings.HasPrefix(a.Val, "/metalink/"): // the gateway's
			case strings.HasPrefix(a.Val, "/"):
				at, _, _ := strings.Cut(a.Val, "#")
				out = append(out, at)
			case strings.HasPrefix(a.Val, "#"), strings.HasPrefix(a.Val, "ftp://"), strings.HasPrefix(a.Val, "http"):
			default:
				t.Errorf("GET %q: a link to %q", target, a.Val)
			}
		}
	}
	return out
}

// TestHostilePages lets Chromium open what means harm: nothing runs, nothing asks for anything.
func TestHostilePages(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	r := newRig(t, 3*time.Minute)
	tab := r.tab(t)
	server := httptest.NewServer(hostile(t))
	t.Cleanup(server.Close)
	do(t, tab, call(cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: `
		window.broken = [];
		document.addEventListener("securitypolicyviolation", (e) => window.broken.push(e.violatedDirective + " " + e.blockedURI));
		window.alert = window.confirm = window.prompt = () => { window.pwned = 1; };`}))
	targets := []string{"/", "/hosts", "/host/ftp/bad.example", "/browse/ftp/bad.example/", "/?q=link", "/?q=d"}
	for _, word := range hostileWords() {
		targets = append(targets, "/?q="+url.QueryEscape(word), "/"+url.PathEscape(word))
	}
	for _, target := range targets {
		do(t, tab, chromedp.Navigate(server.URL+target))
		if wrong := ask[[]string](t, tab, `[...window.broken, ...(window.pwned ? ["it ran"] : []), ...(document.cookie ? ["a cookie"] : []),
			...[...document.querySelectorAll("img[src=x], [onerror], [onload], script:not([src])")].map((e) => e.outerHTML)]`); len(wrong) > 0 {
			t.Errorf("GET %q: %q", target, wrong)
		}
	}
}
