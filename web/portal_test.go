package web

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/indextest"
	"trawl/web/wire"
)

// newCatalogue returns two hosts that share a file, one of them with names that
// mean harm.
func newCatalogue(t *testing.T) *indextest.Brute {
	t.Helper()
	b := indextest.NewBrute()
	stamp := time.Date(2024, 5, 1, 12, 30, 0, 0, time.UTC)
	file := func(name string, size int64) index.Entry {
		return index.Entry{Name: name, Size: size, Unix: stamp.Unix(), Precision: index.Minute}
	}
	dir := func(name string) index.Entry {
		return index.Entry{Name: name, Kind: index.Dir, Size: index.UnknownSize, Unix: stamp.Unix(), Precision: index.Day}
	}
	var many []index.Entry
	for i := range 45 {
		many = append(many, file(fmt.Sprintf("page %02d.txt", i), 100))
	}
	for _, h := range []struct {
		id       index.HostID
		listings []index.Listing
	}{
		{"ftp://one.example/", []index.Listing{
			{Dir: "/", Entries: []index.Entry{dir("pub"), dir("many"), file("README", 12)}},
			{Dir: "/pub", Entries: []index.Entry{
				file("debian-12.iso", 700<<20), file("<script>alert(1)</script>.txt", 5), file("a\u202egpj.exe", 6),
				{Name: "café.txt", Raw: "caf\xe9.txt", Size: 7},
				file("mail (received).txt", 8),
				{Name: "unknown.bin", Size: index.UnknownSize},
				{Name: "latest", Kind: index.Link, Size: index.UnknownSize, Target: "debian-12.iso"},
			}},
			{Dir: "/many", Entries: many},
		}},
		{"ftp://two.example:2121/", []index.Listing{{Dir: "/", Entries: []index.Entry{file("debian-12.iso", 700<<20)}}}},
		{"ftp://empty.example/", nil},
	} {
		record(t, b, h.id, stamp, h.listings)
	}
	for p, body := range map[index.Path]string{"/README": "Here you find\nall about penguins\n", "/pub/INDEX": "unknown.bin  nobody knows\n"} {
		if err := b.PutText(t.Context(), index.Text{Host: "ftp://one.example/", Path: p, Body: body, Taken: stamp}); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func record(t *testing.T, c index.Catalogue, id index.HostID, taken time.Time, listings []index.Listing) {
	t.Helper()
	ctx := t.Context()
	if err := c.Update(ctx, id, func(h *index.Host) error {
		if listings != nil {
			h.Known.Way, h.Health.LastCrawl, h.Health.Complete = "MLSD", taken, taken
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	crawl, err := c.Begin(ctx, id, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range listings {
		l.Taken, l.Way = taken, "MLSD"
		if err := crawl.Put(ctx, l); err != nil {
			t.Fatal(err)
		}
	}
	if err := crawl.Finish(ctx, true); err != nil {
		t.Fatal(err)
	}
}

func newPortal(t *testing.T) http.Handler {
	t.Helper()
	portal, err := New(Options{Schemes: schemes(), Catalogue: newCatalogue(t), Budget: -1, Fetcher: fakeFetcher{}})
	if err != nil {
		t.Fatal(err)
	}
	return portal
}

func get(t *testing.T, h http.Handler, target string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}

func TestPages(t *testing.T) {
	portal := newPortal(t)
	for _, tt := range []struct {
		target string
		status int
		want   []string
		not    []string
	}{
		{"/", 200, []string{"Which host holds this file?", "autofocus", "54 files", "3 hosts", `name="q"`}, nil},
		{"/?q=debian", 200, []string{
			"<mark>debian</mark>-12.iso", `2<span class="noun"> hosts</span>`, "700 MiB", "2024-05-01 12:30", "#disk",
			`href="/file/ftp/two.example:2121/debian-12.iso"`, `href="/get/ftp/two.example:2121/debian-12.iso"`,
			`<a class="chip up" href="/browse/ftp/one.example/pub">one.example</a>`, "and 1 other directory</a>",
			`<a class="skip" href="#results">`, `<tbody id="results" tabindex="-1" autofocus>`,
		}, []string{"ftp://one", "First page", "Sort by relevance"}},
		{"/?q=debian+%7C+page", 200, []string{"100 MiB – 1 GiB", "Extension", `<a class="skip" href="#filters">`}, []string{"100MiB..1GiB<"}},
		{"/?q=debian+type:disk", 200, []string{`<a class="chip" href="/?q=debian" aria-label="Remove the filter type:disk">`}, nil},
		{"/?q=type:disk", 200, []string{`<a class="chip" href="/" aria-label="Remove the filter type:disk">`}, nil},
		{"/?q=debian&sort=size&reverse=1", 200, []string{`aria-sort="ascending" class="n"><a href="/?q=debian&amp;sort=size"`, "Sort by relevance"}, nil},
		{"/?q=debian&places=1", 200, []string{"and 1 more place</a>", `q=debian&amp;sort=name`}, nil},
		{"/?q=debian&places=9", 200, []string{`/<mark>debian</mark>-12.iso</bdi>`, `/pub/<mark>debian</mark>-12.iso</bdi>`}, []string{"other director", "more place"}},
		{"/?q=debian&part=results", 200, []string{`<tbody id="results"`, `href="/?q=debian">Show filters`}, []string{"<html", "autofocus", "<footer"}},
		{"/?q=size:big&part=results", 400, []string{"<h1>The query cannot be read</h1>"}, []string{"<html"}},
		{"/?q=debian+siez:%3E1G&lang=es", 400, []string{"No existe el campo siez:<", "¿Quiso decir", `<a href="/?q=debian+size%3A%3E1G&amp;lang=es"><bdi>debian size:&gt;1G</bdi></a>`}, nil},
		{"/?q=debian+or+unknown&lang=es", 200, []string{"leído como", "2 resultados"}, nil},
		{"/search?q=a+b&sort=name", 301, nil, nil},
		{"/?q=alert", 200, []string{"&lt;script&gt;"}, []string{"<script>alert"}},
		{"/?q=gpj", 200, []string{`\u202e`}, []string{"\u202e"}},
		{"/?q=caf%C3%A9", 200, []string{`href="/file/ftp/one.example/pub/caf%E9.txt"`}, nil},
		{"/?q=many+kind:dir", 200, []string{`aria-label="directory"`, `href="/browse/ftp/one.example/many"><bdi>`}, []string{"/get/"}},
		{"/?q=page&n=20", 200, []string{"<h1>45 results ", "More results", "cursor="}, nil},
		{"/?q=nosuchthinganywhere", 200, []string{"No host holds a name with nosuchthinganywhere."}, nil},
		{"/?q=size:big", 400, []string{"This is no size.", "^", "Such as size:&gt;700MB"}, nil},
		{"/?q=%22open", 400, []string{"This quote is not closed.", "^"}, nil},
		{"/?q=++", 200, []string{"Which host holds this file?"}, nil},
		{"/?q=debian+%7C+page", 200, []string{"q=%28debian+%7C+page%29+type%3Adisk"}, []string{"page+type%3A"}},
		{"/?q=ext:iso+OR+ext:txt", 200, []string{"q=%28ext%3Aiso+OR+ext%3Atxt%29+type%3Adisk"}, nil},
		{"/?q=%28debian+%7C+page%29+12", 200, []string{"q=%28debian+%7C+page%29+12+type%3Adisk"}, nil},
		{"/?q=-nothing", 200, []string{"q=-nothing+type%3Adisk"}, nil},
		{"/?q=debain-12", 200, []string{"Did you mean", `href="/?q=debian-12.iso"`}, nil},
		{"/?q=receivde", 200, []string{"Did you mean", `href="/?q=%22mail+%28received%29.txt%22"`}, nil},
		{"/?q=x&n=0", 400, []string{"whole number from 1 to 1000"}, nil},
		{"/?q=x&sort=best", 400, []string{"sort must be"}, nil},
		{"/?q=page&cursor=rubbish", 400, []string{"not one of this query"}, nil},
		{"/nothing", 404, []string{"no such page"}, nil},
		{"/pub/gone.iso", 404, []string{`href="/?q=gone.iso"`, "Search for <bdi>gone.iso"}, nil},
		{"/favicon.ico", 302, nil, nil},
		{"/assets/", 404, []string{"no such page"}, nil},
		{"/assets/style.css", 404, []string{"no such page"}, nil},
		{"/?lang=es", 200, []string{`<html lang="es">`, `href="/hosts?lang=es"`, `name="lang" value="es"`, `href="/?lang=en"`}, nil},
		{"/robots.txt", 200, []string{"User-agent: *\nDisallow: /?\nDisallow: /api/\n"}, nil},
	} {
		w := get(t, portal, tt.target)
		if w.Code != tt.status {
			t.Errorf("GET %s: status %d, want %d", tt.target, w.Code, tt.status)
		}
		if w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("GET %s: no Content-Security-Policy", tt.target)
		}
		body := strings.ReplaceAll(w.Body.String(), "&#43;", "+") // they are the same to a browser
		for _, s := range tt.want {
			if !strings.Contains(body, s) {
				t.Errorf("GET %s: lacks %q in\n%s", tt.target, s, w.Body)
			}
		}
		for _, s := range tt.not {
			if strings.Contains(body, s) {
				t.Errorf("GET %s: holds %q", tt.target, s)
			}
		}
	}
}

// TestPagesToTheLast follows the links from one page of results to the next, and back.
func TestPagesToTheLast(t *testing.T) {
	portal := newPortal(t)
	link := regexp.MustCompile(`<a class="button" href="([^"]+)"(?: rel="next")?>(First page|More results)</a>`)
	var pages []string
	for at := "/?q=page&sort=name"; at != "" && len(pages) < 9; {
		w := get(t, portal, at)
		pages = append(pages, at)
		at = ""
		for _, found := range link.FindAllStringSubmatch(w.Body.String(), -1) {
			switch to := html.UnescapeString(found[1]); {
			case found[2] == "More results":
				at = to
			case to != pages[0]:
				t.Errorf("the first page is %s, not %s", to, pages[0])
			}
		}
	}
	if len(pages) != 3 {
		t.Errorf("45 results are on %d pages: %q", len(pages), pages)
	}
	if last := get(t, portal, pages[len(pages)-1]).Body.String(); !strings.Contains(last, "page</mark> 44") || !strings.Contains(last, "First page") {
		t.Errorf("the last page: %s", last)
	}
}

// answering is a catalogue that always answers the same.
type answering struct {
	*indextest.Brute
	answer index.Answer
}

func (a answering) Search(context.Context, index.Query) (index.Answer, error) { return a.answer, nil }

// TestNothing holds the page without results to saying why there are none.
func TestNothing(t *testing.T) {
	for _, tt := range []struct {
		answer    index.Answer
		want, not string
	}{
		{index.Answer{Exact: true}, "No host holds a name with x.", "in time"},
		{index.Answer{}, "Nothing was found in time.", "No host"},
		{index.Answer{Total: 7, Exact: true}, "There are no more results.", "No host"},
	} {
		portal, err := New(Options{Schemes: schemes(), Catalogue: answering{newCatalogue(t), tt.answer}})
		if err != nil {
			t.Fatal(err)
		}
		if w := get(t, portal, "/?q=x"); !strings.Contains(w.Body.String(), tt.want) || strings.Contains(w.Body.String(), tt.not) {
			t.Errorf("%+v: %s", tt.answer, w.Body)
		}
	}
}

// TestReading holds the page to saying how a text was read, and its links to the query in the language.
func TestReading(t *testing.T) {
	portal := newPortal(t)
	for target, wants := range map[string][]string{
		"/?q=debian+or+unknown": {
			`<p class="note">read as <a href="/?q=debian+%7C+unknown"><bdi>debian | unknown</bdi></a>: `, `value="debian or unknown"`,
			`href="/?q=debian+%7C+unknown&sort=name"`, `href="/?q=%28debian+%7C+unknown%29+ext%3Aiso"`,
		},
		"/?q=debain+-nothing": {`Did you mean <a href="/?q=debian+-nothing"><bdi>debian -nothing</bdi></a> <span class="quiet">(1 result)</span>?`, "For example <a"},
		"/?q=debian+size:0":   {"Without <bdi>size:0</bdi>: <a href=\"/?q=debian\">", "(1 result)"},
	} {
		body := html.UnescapeString(get(t, portal, target).Body.String())
		for _, want := range wants {
			if !strings.Contains(body, want) {
				t.Errorf("GET %s lacks %s: %s", target, want, body)
			}
		}
	}
	w := get(t, portal, "/api/v1/search?q=debian+or+unknown")
	for _, want := range []string{`"total":2`, `"query":"debian | unknown"`, `"note":"read as debian | unknown: `} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the API lacks %s: %s", want, w.Body)
		}
	}
}

// TestFacetsInTime holds the page to saying that facets are not of all results.
func TestFacetsInTime(t *testing.T) {
	for _, exact := range []bool{true, false} {
		answer := index.Answer{
			Total: 1, Exact: true, FacetsExact: exact, Results: []index.Result{{Name: "a.iso", Count: 1, Places: []index.Place{{Host: "ftp://h/", Path: "/a.iso", Shown: "/a.iso"}}}},
			Facets: []index.Facet{{Name: "ext", Values: []index.FacetValue{{Value: "iso", Count: 1, Query: "ext:iso"}, {Value: "img", Count: 1, Query: "ext:img"}}}},
		}
		portal, err := New(Options{Schemes: schemes(), Catalogue: answering{newCatalogue(t), answer}})
		if err != nil {
			t.Fatal(err)
		}
		if w := get(t, portal, "/?q=x"); strings.Contains(w.Body.String(), "counted in time") == exact || strings.Contains(w.Body.String(), `<span class="quiet">1</span>`) != exact {
			t.Errorf("facets exact %t: %s", exact, w.Body)
		}
		want := fmt.Sprintf(`"facets_exact":%t`, exact)
		if w := get(t, portal, "/api/v1/search?q=x&facets=1"); !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %s: %s", want, w.Body)
		}
	}
}

// TestPlacesInTime holds the page and the API to saying that a result may be in more places.
func TestPlacesInTime(t *testing.T) {
	for _, cut := range []bool{true, false} {
		answer := index.Answer{Total: 1, Exact: !cut, Results: []index.Result{{
			Name: "a.iso", Count: 3, Cut: cut, Places: []index.Place{{Host: "ftp://h/", Path: "/a.iso", Shown: "/a.iso"}},
		}}}
		portal, err := New(Options{Schemes: schemes(), Catalogue: answering{newCatalogue(t), answer}})
		if err != nil {
			t.Fatal(err)
		}
		body := get(t, portal, "/?q=x").Body.String()
		if strings.Contains(body, "and at least 2 more places") != cut || strings.Contains(body, "and 2 more places") == cut {
			t.Errorf("cut %t: %s", cut, body)
		}
		want := fmt.Sprintf(`"count":3,"exact":%t`, !cut)
		if w := get(t, portal, "/api/v1/search?q=x"); !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %s: %s", want, w.Body)
		}
	}
}

func TestAPISearch(t *testing.T) {
	portal := newPortal(t)
	var got struct {
		Total   int
		Exact   bool
		Results []map[string]any
		Next    *string
	}
	w := get(t, portal, "/api/v1/search?q=debian-12.iso")
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
		t.Fatalf("status %d, %v: %s", w.Code, err, w.Body)
	}
	if got.Total != 1 || !got.Exact || got.Next == nil || *got.Next != "" || len(got.Results) != 1 {
		t.Fatalf("got %s", w.Body)
	}
	r := got.Results[0]
	places, _ := r["places"].([]any)
	if r["name"] != "debian-12.iso" || r["kind"] != "file" || r["size"] != 734003200.0 || r["time"] != "2024-05-01T12:30:00Z" || len(places) != 2 {
		t.Errorf("result %v", r)
	}
	for _, key := range []string{"url", "host", "path", "time", "seen"} {
		if _, ok := places[0].(map[string]any)[key]; !ok {
			t.Errorf("place %v lacks %s", places[0], key)
		}
	}
	if r["count"] != 2.0 || r["about"] != nil || r["text"] != nil || strings.Contains(w.Body.String(), `"facets":[`) {
		t.Errorf("got %s", w.Body)
	}
	for target, want := range map[string]string{
		"/api/v1/search?q=debian-12.iso&places=1":   `"path":"/debian-12.iso"`,
		"/api/v1/search?q=gpj":                      `"name":"a\u202egpj.exe"`,
		"/api/v1/search?q=debain":                   `"nearest":["debian-12.iso"]`,
		"/api/v1/search?q=debian":                   `"nearest":[],"facets":null`,
		"/api/v1/search?q=debian&facets=1":          `{"name":"ext","values":[{"value":"iso","count":1,"query":"ext:iso"}]}`,
		"/api/v1/search?q=text:penguins&facets=1":   `"text":{"url":"ftp://one.example/README","line":"all about penguins"}`,
		"/api/v1/search?q=unknown.bin&places=1&n=1": `"about":"nobody knows"`,
	} {
		if w := get(t, portal, target); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("GET %s: %d, lacks %s: %s", target, w.Code, want, w.Body)
		}
	}
	w = get(t, portal, "/api/v1/search?q=unknown.bin")
	if !strings.Contains(w.Body.String(), `"size":null,"time":null`) {
		t.Errorf("unknown size and time are not null: %s", w.Body)
	}
}

func TestAPIPagesToTheLast(t *testing.T) {
	portal := newPortal(t)
	seen := map[string]bool{}
	cursor := ""
	for range 10 {
		w := get(t, portal, "/api/v1/search?q=page&n=20&sort=name&cursor="+url.QueryEscape(cursor))
		var got wire.Answer
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatalf("%v: %s", err, w.Body)
		}
		for _, r := range got.Results {
			if seen[r.Name] {
				t.Errorf("%s twice", r.Name)
			}
			seen[r.Name] = true
		}
		if cursor = got.Next; cursor == "" {
			break
		}
	}
	if len(seen) != 45 || cursor != "" {
		t.Errorf("%d results by pages, want 45; next %q", len(seen), cursor)
	}
}

func TestAPIRefuses(t *testing.T) {
	portal := newPortal(t)
	for _, tt := range []struct{ target, want string }{
		{"/api/v1/search?q=", `"position":0`},
		{"/api/v1/search?q=size:big", `"position":`},
		{"/api/v1/search?q=x&n=1001", "whole number"},
		{"/api/v1/search?q=page&cursor=rubbish", "cursor"},
		{"/api/v1/search?q=x&places=0", "places must be a whole number from 1 to 1000"},
		{"/api/v1/search?q=x&facets=yes", "facets must be 0 or 1"},
		{"/api/v1/nothing", "the API has no such path"},
	} {
		w := get(t, portal, tt.target)
		if w.Code/100 != 4 || !strings.Contains(w.Body.String(), tt.want) || !strings.Contains(w.Body.String(), `"type":"urn:trawl:`) {
			t.Errorf("GET %s: %d %s", tt.target, w.Code, w.Body)
		}
	}
	w := httptest.NewRecorder()
	portal.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/api/v1/hosts", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

// TestHead holds the portal to what monitors and link checkers ask.
func TestHead(t *testing.T) {
	server := httptest.NewServer(newPortal(t))
	defer server.Close()
	for path, want := range map[string]int{
		"/": 200, "/?q=debian": 200, "/hosts": 200, "/host/ftp/one.example": 200, "/robots.txt": 200,
		"/api/v1/search?q=debian": 200, "/api/v1/hosts": 200, "/api/v1/suggest?q=d": 200, "/api/v1/search?q=": 400, "/nothing": 404,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodHead, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode != want {
			t.Errorf("HEAD %s: %s, %v; want %d", path, resp.Status, err, want)
		}
	}
}

func TestAPIHosts(t *testing.T) {
	w := get(t, newPortal(t), "/api/v1/hosts")
	var got []map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || len(got) != 3 {
		t.Fatalf("%v: %s", err, w.Body)
	}
	for _, key := range []string{"url", "state", "way", "directories", "files", "bytes", "last_crawl", "complete", "stale", "unparsed", "errors", "last_error", "down_since", "next_crawl", "demoted"} {
		if _, ok := got[0][key]; !ok {
			t.Errorf("host %v lacks %s", got[0], key)
		}
	}
}

// TestAPISuggest holds suggestions to whole queries: words of names go on with the last word, wherever it stands.
func TestAPISuggest(t *testing.T) {
	portal := newPortal(t)
	for text, want := range map[string]string{
		"big deb":      "word big debian",
		"-deb":         "word -debian",
		"a (b|DEB":     "word a (b|debian",
		"name:deb":     "word name:debian",
		"-Path:x/deb":  "word -Path:x/debian",
		`"mail rec`:    `word "mail received`,
		`"mail" rec`:   `word "mail" received`,
		`"mail \" rec`: `word "mail \" received`,
		`"(rec`:        `word "(received`,
		`mail\" rec`:   `word mail\" received`,
		"big siz":      "field big size:",
		"big vid":      "type big type:video",
		"type:vid":     "type type:video",
		"d":            "",
		"":             "",
		"deb ":         "",
		"nosuchthing":  "",
		"\x00\xff deb": "word \x00\ufffd debian",
	} {
		w := get(t, portal, "/api/v1/suggest?q="+url.QueryEscape(text))
		var got []wire.Suggestion
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "[") {
			t.Fatalf("%q: %d %s, %v", text, w.Code, w.Body, err)
		}
		first := ""
		if len(got) > 0 {
			first = got[0].Kind + " " + got[0].Text
		}
		if first != want {
			t.Errorf("%q goes on as %q, want %q", text, first, want)
		}
	}
}

// TestAssets holds the files of pages to addresses that change with their bytes, and pages to being
// asked for again.
func TestAssets(t *testing.T) {
	portal := newPortal(t)
	first := get(t, portal, "/")
	style := regexp.MustCompile(`/assets/style\.[0-9a-f]{16}\.css`).FindString(first.Body.String())
	w := get(t, portal, style)
	if w.Code != http.StatusOK || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") {
		t.Errorf("GET %q: %d %v", style, w.Code, w.Header())
	}
	again := httptest.NewRequest(http.MethodGet, "/", nil)
	again.Header.Set("If-None-Match", first.Header().Get("ETag"))
	w = httptest.NewRecorder()
	portal.ServeHTTP(w, again)
	if w.Code != http.StatusNotModified || first.Header().Get("Cache-Control") != "no-cache" {
		t.Errorf("the same page again: %d %v", w.Code, first.Header())
	}
}

// TestForeignPrefix holds redirections, which caches keep, to not following a header that anybody can send.
func TestForeignPrefix(t *testing.T) {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/hosts/", nil)
	r.Header.Set("X-Forwarded-Prefix", "/evil")
	w := httptest.NewRecorder()
	newPortal(t).ServeHTTP(w, r)
	if to := w.Header().Get("Location"); strings.Contains(to, "evil") {
		t.Errorf("it leads to %s", to)
	}
}
