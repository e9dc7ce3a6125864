package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"trawl/index"
	"trawl/web/api"
	"trawl/web/news"
	"trawl/web/token"
)

// fakeOwner refuses by the name of a host, and else knows all of them.
type fakeOwner struct{ hosts index.Hosts }

func (o fakeOwner) Add(ctx context.Context, url string, set api.Settings) (index.Host, bool, error) {
	switch {
	case strings.Contains(url, "part"):
		return index.Host{}, false, api.ErrOverlap
	case set["evry"] != nil:
		return index.Host{}, false, &api.SettingError{Name: "evry", Why: "there is no setting evry", Hint: "did you mean every?"}
	}
	host, err := o.hosts.Host(ctx, "ftp://one.example/")
	return host, !strings.Contains(url, "new"), err
}

func (o fakeOwner) Change(ctx context.Context, id index.HostID, _ api.Settings) (index.Host, error) {
	return o.hosts.Host(ctx, id)
}

func (fakeOwner) Remove(_ context.Context, id index.HostID) error {
	if id == "ftp://two.example:2121/" {
		return index.ErrBusy
	}
	return nil
}

func (fakeOwner) Crawl(_ context.Context, id index.HostID) error {
	if id == "ftp://two.example:2121/" {
		return index.ErrCrowded
	}
	return nil
}

// owned returns a portal whose API has news and an owner, with a token that has all rights and one that has none but read.
func owned(t *testing.T, requests int) (portal http.Handler, all, read string) {
	t.Helper()
	catalogue, tokens := newCatalogue(t), token.At(filepath.Join(t.TempDir(), "tokens"))
	add := func(name string, rights ...token.Right) string {
		secret, err := tokens.Add(token.Token{Name: name, Rights: rights, Added: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	all, read = add("all", token.Rights()...), add("reader", token.Read)
	portal, err := New(Options{
		Schemes: schemes(), Catalogue: catalogue, Budget: -1, Fetcher: fakeFetcher{}, News: someNews{}, Requests: requests,
		Owner: fakeOwner{catalogue}, Tokens: tokens,
	})
	if err != nil {
		t.Fatal(err)
	}
	return portal, all, read
}

// someNews has one item of each kind.
type someNews struct{}

func (someNews) Read(_ context.Context, f news.Filter) ([]news.Item, bool, error) {
	now, host := time.Now(), index.HostID("ftp://one.example/")
	entry := index.Entry{Name: "a.iso", Size: 5, Unix: now.Unix(), Precision: index.Second}
	items := []news.Item{
		{When: now, Host: host, What: news.New, Path: "/pub/a.iso", Shown: "/pub/a.iso", Entry: entry, Position: 9},
		{When: now, Host: host, What: news.Changed, Path: "/pub/a.iso", Shown: "/pub/a.iso", Entry: entry, Position: 8},
		{When: now, Host: host, What: news.More, Count: 5, Position: 7},
		{When: now, Host: host, What: news.HostNew, Count: 50, Position: 6},
		{When: now, Host: "ftp://removed.example/", What: news.New, Path: "/x", Shown: "/x", Entry: entry, Position: 5},
	}
	return items[:min(len(items), f.Limit)], true, nil
}

// apiCall is a request to the API.
type apiCall struct {
	method, target string
	path           string // in the description
	status         int
	want           string // in the body
	body, media    string
	token          string
	from, match    string
	cross, clear   bool // from a page of another site, in clear text
}

func (c apiCall) send(portal http.Handler) *httptest.ResponseRecorder {
	target := "https://trawl.example"
	if c.clear {
		target = "http://trawl.example"
	}
	r := httptest.NewRequest(c.method, target+"/api/v1"+c.target, strings.NewReader(c.body))
	if c.from != "" {
		r.RemoteAddr = c.from
	}
	for name, value := range map[string]string{"Content-Type": c.media, "If-None-Match": c.match} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.cross {
		r.Header.Set("Sec-Fetch-Site", "cross-site")
	}
	w := httptest.NewRecorder()
	portal.ServeHTTP(w, r)
	return w
}

// TestAPILive holds the description to live answers of all endpoints, and of every kind of problem that can be brought about.
func TestAPILive(t *testing.T) {
	portal, all, read := owned(t, 0)
	const object, one, crawl = "application/json", "/hosts/{scheme}/{host}", "/hosts/{scheme}/{host}/crawl"
	wrong := "trawl_wrong"
	calls := []apiCall{
		{method: "GET", target: "/search?q=debian&facets=1", path: "/search", status: 200, want: `"exact":true`},
		{method: "GET", target: "/search?q=debian", path: "/search", status: 304, match: `"x", *`},
		{method: "GET", target: "/search?q=debain", path: "/search", status: 200, want: `"nearest":["debian-12.iso"]`},
		{method: "GET", target: "/search?q=x+host:on.example", path: "/search", status: 200, want: `"no_hosts":[{"host"`},
		{method: "GET", target: "/search?q=text:penguins", path: "/search", status: 200, want: `"text":{"url"`},
		{method: "GET", target: "/search?q=size:big", path: "/search", status: 400, want: "urn:trawl:query"},
		{method: "GET", target: "/search?q=x&limit=5", path: "/search", status: 400, want: "urn:trawl:parameter"},
		{method: "GET", target: "/search?q=page&cursor=rubbish", path: "/search", status: 400, want: "urn:trawl:cursor"},
		{method: "GET", target: "/suggest?q=deb", path: "/suggest", status: 200, want: `"kind":"word"`},
		{method: "GET", target: "/hosts", path: "/hosts", status: 200, want: "empty.example"},
		{method: "GET", target: "/hosts", path: "/hosts", status: 200, token: read, want: `"settings":{`},
		{method: "GET", target: "/hosts", path: "/hosts", status: 401, token: wrong, want: "urn:trawl:token"},
		{method: "GET", target: "/hosts/ftp/one.example", path: one, status: 200, want: `"url":"ftp://one.example/"`},
		{method: "GET", target: "/hosts/ftp/one.example/", path: one, status: 200, token: all, want: `"every":"0s"`},
		{method: "GET", target: "/hosts/ftp/nowhere.example", path: one, status: 404, want: "urn:trawl:absent"},
		{method: "GET", target: "/hosts/ftp/one.example/pub", path: one, status: 404, want: "/api/v1/browse/ftp/one.example/pub"},
		{method: "GET", target: "/browse/ftp/one.example/pub?n=2&sort=size", path: "/browse/{scheme}/{host}/{path}", status: 200, want: `"next":"2"`},
		{method: "GET", target: "/browse/ftp/one.example", path: "/browse/{scheme}/{host}/{path}", status: 200, want: `"below":{"directories":2,"files":`},
		{method: "GET", target: "/browse/ftp/one.example/README", path: "/browse/{scheme}/{host}/{path}", status: 404, want: "/api/v1/file/ftp/one.example/README"},
		{method: "GET", target: "/browse/ftp/one.example/pub?n=x", path: "/browse/{scheme}/{host}/{path}", status: 400, want: `"field":"n"`},
		{method: "GET", target: "/browse/ftp/one.example/pub?cursor=-1", path: "/browse/{scheme}/{host}/{path}", status: 400, want: "urn:trawl:cursor"},
		{method: "GET", target: "/file/ftp/one.example/pub/debian-12.iso", path: "/file/{scheme}/{host}/{path}", status: 200, want: `"count":2`},
		{method: "GET", target: "/file/ftp/one.example/pub/caf%E9.txt", path: "/file/{scheme}/{host}/{path}", status: 200, want: `café`},
		{method: "GET", target: "/file/ftp/one.example/pub", path: "/file/{scheme}/{host}/{path}", status: 404, want: "/api/v1/browse/ftp/one.example/pub"},
		{method: "GET", target: "/file/ftp/one.example/x", path: "/file/{scheme}/{host}/{path}", status: 404, want: "urn:trawl:absent"},
		{method: "GET", target: "/check/ftp/one.example/pub/debian-12.iso", path: "/check/{scheme}/{host}/{path}", status: 200, want: `"has":true`},
		{method: "GET", target: "/check/ftp/one.example/pub/a%E2%80%AEgpj.exe", path: "/check/{scheme}/{host}/{path}", status: 200, want: `"cause":"absent"`},
		{method: "GET", target: "/news?n=5", path: "/news", status: 200, want: `"what":"host"`},
		{method: "GET", target: "/news?since=2026-01-01&host=ftp://one.example/&q=iso&cursor=9", path: "/news", status: 200, want: `"next":"5"`},
		{method: "GET", target: "/news?since=yesterday", path: "/news", status: 400, want: `"field":"since"`},
		{method: "GET", target: "/news?q=text:x", path: "/news", status: 400, want: `"field":"q"`},
		{method: "GET", target: "/news?host=ftp://nowhere.example/", path: "/news", status: 404, want: `"field":"host"`},
		{method: "GET", target: "/openapi.json", path: "/openapi.json", status: 200, want: `"openapi": "3.1.0"`},

		{method: "POST", target: "/hosts", path: "/hosts", status: 201, token: all, media: object, body: `{"url":"ftp://new.example/","every":"1d","ways":["MLSD"],"paused":true}`, want: `"settings":`},
		{method: "POST", target: "/hosts", path: "/hosts", status: 200, token: all, media: object, body: `{"url":"ftp://one.example/"}`},
		{method: "POST", target: "/hosts", path: "/hosts", status: 409, token: all, media: object, body: `{"url":"ftp://one.example/part/"}`, want: "urn:trawl:overlap"},
		{method: "POST", target: "/hosts", path: "/hosts", status: 400, token: all, media: object, body: `{"url":"a","url":"b"}`, want: "urn:trawl:body"},
		{method: "POST", target: "/hosts", path: "/hosts", status: 415, token: all, media: "text/plain", body: `{}`, want: "urn:trawl:media"},
		{method: "POST", target: "/hosts", path: "/hosts", status: 413, token: all, media: object, body: `{"url":"` + strings.Repeat("x", 10<<20) + `"}`, want: "urn:trawl:size"},
		{method: "POST", target: "/hosts", path: "/hosts", status: 422, token: all, media: object, body: `{"url":"ftp://h/","evry":"1d"}`, want: `"field":"evry"`},
		{method: "POST", target: "/hosts", path: "/hosts", status: 422, token: all, media: object, body: `{}`, want: `"field":"url"`},
		{method: "POST", target: "/hosts", path: "/hosts", status: 401, media: object, body: `{}`, want: "urn:trawl:token"},
		{method: "POST", target: "/hosts", path: "/hosts", status: 403, token: read, media: object, body: `{}`, want: "urn:trawl:rights"},
		{method: "POST", target: "/hosts", path: "/hosts", status: 403, token: all, media: object, body: `{}`, clear: true, want: "urn:trawl:clear-text"},
		{method: "POST", target: "/hosts", path: "/hosts", status: 403, token: all, media: object, body: `{}`, cross: true, want: "urn:trawl:origin"},
		{method: "PATCH", target: "/hosts/ftp/one.example", path: one, status: 200, token: all, media: "application/merge-patch+json", body: `{"paused":true,"every":null}`, want: `"settings":`},
		{method: "PATCH", target: "/hosts/ftp/nowhere.example", path: one, status: 404, token: all, media: object, body: `{}`, want: "urn:trawl:absent"},
		{method: "POST", target: "/hosts/ftp/one.example/crawl", path: crawl, status: 202, token: all, want: `"url":`},
		{method: "POST", target: "/hosts/ftp/two.example:2121/crawl", path: crawl, status: 503, token: all, want: "urn:trawl:crowd"},
		{method: "DELETE", target: "/hosts/ftp/one.example", path: one, status: 204, token: all},
		{method: "DELETE", target: "/hosts/ftp/two.example:2121", path: one, status: 409, token: all, want: "urn:trawl:busy"},
		{method: "DELETE", target: "/hosts/ftp/nowhere.example", path: one, status: 404, token: all, want: "urn:trawl:absent"},
	}
	doc := described(t)
	for _, c := range calls {
		w := c.send(portal)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s %s: %d %.300s; want %d, %s", c.method, c.target, w.Code, w.Body, c.status, c.want)
			continue
		}
		compare(t, doc, c, w)
	}
}

// TestAPILimits holds what a visitor may ask to its number, and wrong tokens to a few.
func TestAPILimits(t *testing.T) {
	portal, all, _ := owned(t, 3)
	doc := described(t)
	c := apiCall{method: "GET", target: "/hosts", path: "/hosts", from: "192.0.2.7:1000"}
	for i, want := range []int{200, 200, 200, 429} {
		w := c.send(portal)
		h := w.Header()
		if c.status = want; w.Code != want || h.Get("RateLimit-Policy") != `"visitor";q=3;w=60` || !strings.HasPrefix(h.Get("RateLimit"), `"visitor";r=`) {
			t.Fatalf("request %d: %d %v", i, w.Code, h)
		}
		compare(t, doc, c, w)
	}
	for _, from := range []string{"127.0.0.1:1000", "[2001:db8::1]:1000"} {
		if c.from = from; c.send(portal).Code != 200 {
			t.Errorf("%s is limited by what another visitor asked", from)
		}
	}
	c = apiCall{method: "DELETE", target: "/hosts/ftp/one.example", path: "/hosts/{scheme}/{host}", from: "127.0.0.1:1000", token: "trawl_wrong", clear: true}
	for range 10 {
		if w := c.send(portal); w.Code != 401 || !strings.Contains(w.Header().Get("WWW-Authenticate"), `error="invalid_token"`) {
			t.Fatalf("a wrong token: %d %v", w.Code, w.Header())
		}
	}
	c.token, c.status = all, 429
	compare(t, doc, c, c.send(portal))
	if w := c.send(portal); w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Errorf("after many wrong tokens: %d %v", w.Code, w.Header())
	}
}

// TestAPIOwnerApart holds the calls of the owner to being no use to pages of other sites and in clear text, and to no caches.
func TestAPIOwnerApart(t *testing.T) {
	portal, all, _ := owned(t, 0)
	w := apiCall{method: "GET", target: "/hosts", token: all}.send(portal)
	h := w.Header()
	if w.Code != 200 || h.Get("Access-Control-Allow-Origin") != "" || h.Get("Cache-Control") != "no-store" || h.Get("Vary") != "Authorization" {
		t.Errorf("what the owner reads: %d %v", w.Code, h)
	}
	if w := (apiCall{method: "GET", target: "/hosts", token: all, clear: true, from: "127.0.0.1:9"}).send(portal); w.Code != 200 {
		t.Errorf("this machine itself: %d %s", w.Code, w.Body)
	}
	r := httptest.NewRequest(http.MethodGet, "http://trawl.example/api/v1/hosts", nil)
	r.RemoteAddr = "127.0.0.1:9"
	r.Header.Set("Authorization", "Bearer "+all)
	r.Header.Set("X-Forwarded-For", "192.0.2.7")
	forwarded := httptest.NewRecorder()
	if portal.ServeHTTP(forwarded, r); forwarded.Code != 403 || !strings.Contains(forwarded.Body.String(), "clear-text") {
		t.Errorf("a proxy that nobody trusts: %d %s", forwarded.Code, forwarded.Body)
	}
	off, err := New(Options{Schemes: schemes(), Catalogue: newCatalogue(t), Owner: fakeOwner{}, Tokens: token.At(t.TempDir())})
	if err != nil {
		t.Fatal(err)
	}
	if w := (apiCall{method: "DELETE", target: "/hosts/ftp/one.example", token: "x"}).send(off); w.Code != 403 || !strings.Contains(w.Body.String(), "trawl token add") {
		t.Errorf("without tokens: %d %s", w.Code, w.Body)
	}
}

// described returns the description of the API. Its objects have no keys but those that it names.
func described(t *testing.T) *openapi3.T {
	t.Helper()
	data, err := os.ReadFile("api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	closed(doc.(map[string]any)["components"].(map[string]any)["schemas"])
	if data, err = json.Marshal(doc); err != nil {
		t.Fatal(err)
	}
	out, err := openapi3.NewLoader().LoadFromData(data)
	if err == nil {
		err = out.Validate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func closed(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, is := v["properties"].(map[string]any); is && v["type"] == "object" {
			v["additionalProperties"] = false
		}
		for _, below := range v {
			closed(below)
		}
	case []any:
		for _, below := range v {
			closed(below)
		}
	}
}

// compare holds an answer to the description of its endpoint.
func compare(t *testing.T, doc *openapi3.T, c apiCall, w *httptest.ResponseRecorder) {
	t.Helper()
	item := doc.Paths.Value(c.path)
	if item == nil || item.GetOperation(c.method) == nil {
		t.Fatalf("%s %s is not described", c.method, c.path)
	}
	ref := item.GetOperation(c.method).Responses.Status(c.status)
	if ref == nil {
		t.Errorf("%s %s: the status %d is not described", c.method, c.path, c.status)
		return
	}
	for name := range ref.Value.Headers {
		if w.Header().Get(name) == "" && name != "Age" && (c.token == "" || name != "ETag") {
			t.Errorf("%s %s: %d lacks the header %s", c.method, c.target, c.status, name)
		}
	}
	media, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
	if len(ref.Value.Content) == 0 {
		if w.Body.Len() > 0 {
			t.Errorf("%s %s: %d has a body", c.method, c.target, c.status)
		}
		return
	}
	kind := ref.Value.Content[media]
	if kind == nil {
		t.Errorf("%s %s: %d is %s", c.method, c.target, c.status, media)
		return
	}
	var got any
	if err := json.NewDecoder(bytes.NewReader(w.Body.Bytes())).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if err := kind.Schema.Value.VisitJSON(got, openapi3.EnableJSONSchema2020()); err != nil {
		t.Errorf("%s %s: %v\n%.500s", c.method, c.target, err, w.Body)
	}
}
