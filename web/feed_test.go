package web

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/indextest/needs"
	"trawl/web/news"
)

// newNewsPortal returns a portal whose Book has news of the hosts of newCatalogue, with names that mean harm.
func newNewsPortal(t *testing.T) (http.Handler, *news.Book) {
	t.Helper()
	book := news.At(t.TempDir(), slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = book.Close() })
	add := func(id index.HostID, paths ...string) {
		came := index.Arrivals{Host: id}
		for i, p := range paths {
			came.Entries = append(came.Entries, index.Arrival{
				Path: index.Path(p), Shown: p, Changed: i == 1, Entry: index.Entry{Name: index.Path(p).Base(), Size: 700 << 20},
			})
		}
		book.Add(came)
	}
	book.Add(index.Arrivals{Host: "ftp://two.example:2121/", Whole: &index.Tally{Files: 1}})
	add("ftp://one.example/", "/pub/debian-13.iso", "/pub/debian-12.iso", "/<b>&amp;\x01\x0b\ufffe\u202egpj]]>\"'/<script>alert(1)</script>.txt", "/😀/\x1b[2J\r\n.txt")
	book.Add(index.Arrivals{Host: "ftp://one.example/", More: 1234})
	add("ftp://removed.example/", "/pub/debian-99.iso")
	portal, err := New(Options{Schemes: schemes(), Catalogue: newCatalogue(t), Budget: -1, News: book})
	if err != nil {
		t.Fatal(err)
	}
	return portal, book
}

// TestFeedParsers has real parsers read the feeds.
func TestFeedParsers(t *testing.T) {
	python, lint := needs.Program(t, "/usr/bin/python3", "python3-feedparser"), needs.Program(t, "xmllint", "libxml2-utils")
	if exec.CommandContext(t.Context(), python, "-c", "import feedparser").Run() != nil {
		needs.Missing(t, "the Debian package python3-feedparser")
	}
	portal, _ := newNewsPortal(t)
	const script = `import feedparser, sys
f = feedparser.parse(sys.stdin.buffer.read())
print(f.bozo, f.version, f.feed.title, f.feed.id)
for e in f.entries: print(e.id, '|', e.title, '|', e.link, '|', e.updated, '|', e.content[0].value.count('<script'))`
	for at, want := range map[string][]string{
		"/feed.atom":                      {"False atom10 New on all hosts tag:example.com,2026-01-01:", "2 new in one.example/pub | http://example.com/browse/ftp/one.example/pub |", "two.example:2121 is new, with 1 file", "1,234 more are new on one.example"},
		"/feed.atom?q=debian":             {"New: debian tag:", "debian-13.iso (one.example) | http://example.com/file/ftp/one.example/pub/debian-13.iso |"},
		"/host/ftp/one.example/feed.atom": {"New: one.example tag:", "2 new in one.example/pub"},
		"/feed.atom?lang=es":              {"Novedades de todos los servidores tag:", "2 novedades en one.example/pub"},
	} {
		w := get(t, portal, at)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/atom+xml; charset=utf-8" {
			t.Errorf("%s: %d %v", at, w.Code, w.Header())
		}
		check := exec.CommandContext(t.Context(), lint, "--noout", "-")
		check.Stdin = strings.NewReader(w.Body.String())
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", at, err, out)
		}
		parse := exec.CommandContext(t.Context(), python, "-c", script)
		parse.Stdin, parse.Env = strings.NewReader(w.Body.String()), []string{"PYTHONIOENCODING=utf-8"}
		out, err := parse.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", at, err, out)
		}
		for _, s := range want {
			if !strings.Contains(string(out), s) {
				t.Errorf("%s lacks %q: %s", at, s, out)
			}
		}
		if strings.Contains(string(out), "removed.example") || strings.Contains(string(out), "| 1\n") {
			t.Errorf("%s: %s", at, out)
		}
	}
}

// TestFeedJSON holds the JSON feed to the keys of JSON Feed 1.1, and both feeds to the same IDs.
func TestFeedJSON(t *testing.T) {
	portal, _ := newNewsPortal(t)
	var feed struct {
		Version, Title string
		Home           string `json:"home_page_url"`
		Self           string `json:"feed_url"`
		Items          []struct {
			ID, URL, Title string
			Content        string    `json:"content_html"`
			Published      time.Time `json:"date_published"`
		}
	}
	w := get(t, portal, "/feed.json?host=ftp://one.example/")
	if err := json.Unmarshal(w.Body.Bytes(), &feed); err != nil {
		t.Fatal(err)
	}
	if feed.Version != "https://jsonfeed.org/version/1.1" || feed.Self != "http://example.com/feed.json?host=ftp://one.example/" || len(feed.Items) != 4 {
		t.Errorf("%+v", feed)
	}
	var atom struct {
		Entries []struct {
			ID string `xml:"id"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(get(t, portal, "/feed.atom?host=ftp://one.example/").Body.Bytes(), &atom); err != nil {
		t.Fatal(err)
	}
	for i, item := range feed.Items {
		if item.ID == "" || item.ID != atom.Entries[i].ID || item.Published.IsZero() || strings.Contains(item.Content, "<script") || index.Visible(item.Content) != item.Content {
			t.Errorf("%+v", item)
		}
	}
	if got := get(t, portal, "/feed.json?q=debian"); strings.Count(got.Body.String(), `"id"`) != 2 {
		t.Errorf("of a query: %s", got.Body)
	}
}

// TestFeedAgain holds feeds to their tags, and to new ones when there is more.
func TestFeedAgain(t *testing.T) {
	portal, book := newNewsPortal(t)
	first := get(t, portal, "/feed.atom")
	etag := first.Header().Get("ETag")
	ask := func(name, value string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/feed.atom", nil)
		r.Header.Set(name, value)
		w := httptest.NewRecorder()
		portal.ServeHTTP(w, r)
		return w
	}
	for name, value := range map[string]string{"If-None-Match": etag, "If-Modified-Since": first.Header().Get("Last-Modified")} {
		if w := ask(name, value); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
			t.Errorf("%s %s: %d", name, value, w.Code)
		}
	}
	book.Add(index.Arrivals{Host: "ftp://one.example/", Entries: []index.Arrival{{Path: "/x", Shown: "/x", Entry: index.Entry{Name: "x"}}}})
	if w := ask("If-None-Match", etag); w.Code != http.StatusOK || w.Header().Get("ETag") == etag {
		t.Errorf("after more news: %d %s", w.Code, w.Header().Get("ETag"))
	}
	for at, status := range map[string]int{
		"/feed.atom?q=siez:1": 400, "/feed.json?q=text:x": 400, "/feed.atom?host=ftp://nobody/": 404, "/host/ftp/one.example/feed.rss": 302, "/host/ftp/one.example/pub/feed.atom": 302,
	} {
		if w := get(t, portal, at); w.Code != status {
			t.Errorf("%s: %d, want %d", at, w.Code, status)
		}
	}
	if w := get(t, newPortal(t), "/feed.atom"); w.Code != http.StatusNotFound {
		t.Errorf("without news: %d", w.Code)
	}
}

// TestFeedLinks holds pages to linking to their feeds, for readers and for programs.
func TestFeedLinks(t *testing.T) {
	portal, _ := newNewsPortal(t)
	for at, feed := range map[string]string{"/": "/feed.atom", "/host/ftp/one.example": "/host/ftp/one.example/feed.atom", "/?q=debian+iso": "/feed.atom?q=debian&#43;iso"} {
		body := get(t, portal, at).Body.String()
		if strings.Count(body, fmt.Sprintf("href=%q", feed)) != 2 || !strings.Contains(body, `<link rel="search" type="application/opensearchdescription+xml"`) ||
			!strings.Contains(body, `rel="alternate" type="application/feed+json"`) {
			t.Errorf("%s does not link to %s: %s", at, feed, body)
		}
	}
	if body := get(t, newPortal(t), "/host/ftp/one.example").Body.String(); strings.Contains(body, "feed.atom") {
		t.Error("there are feeds without news")
	}
}

// TestOpenSearch holds the description to the name that the portal was asked by, and suggestions to their form.
func TestOpenSearch(t *testing.T) {
	lint := needs.Program(t, "xmllint", "libxml2-utils")
	portal := newPortal(t)
	w := get(t, portal, "/opensearch.xml")
	check := exec.CommandContext(t.Context(), lint, "--noout", "-")
	check.Stdin = strings.NewReader(w.Body.String())
	if out, err := check.CombinedOutput(); err != nil || !strings.Contains(w.Body.String(), `template="http://example.com/?q={searchTerms}"`) {
		t.Errorf("%v %s: %s", err, out, w.Body)
	}
	r := httptest.NewRequest(http.MethodGet, "/opensearch.xml", nil)
	r.Host = `evil.example"/><x`
	bad := httptest.NewRecorder()
	if portal.ServeHTTP(bad, r); bad.Code != http.StatusBadRequest {
		t.Errorf("a bad name: %d %s", bad.Code, bad.Body)
	}
	var found []any
	if err := json.Unmarshal(get(t, portal, "/opensearch/suggest?q=deb").Body.Bytes(), &found); err != nil || len(found) != 2 || found[0] != "deb" || !strings.Contains(fmt.Sprint(found[1]), "debian") {
		t.Errorf("suggestions: %v, %v", found, err)
	}
}
