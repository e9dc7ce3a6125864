package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"trawl/web/wire"
)

// TestUnknownParameters holds the API to refusing what it does not know, with the mend, and pages to
// bearing it: other sites add parameters to links.
func TestUnknownParameters(t *testing.T) {
	portal := newPortal(t)
	for target, want := range map[string][2]string{
		"/api/v1/search?q=debian&limit=5":     {"there is no parameter limit=", "did you mean n=?"},
		"/api/v1/search?q=debian&per_page=5":  {"there is no parameter per_page=", "did you mean n=?"},
		"/api/v1/search?q=debian&pageSize=5":  {"there is no parameter pageSize=", "did you mean n=?"},
		"/api/v1/search?q=debian&size=5":      {"there is no parameter size=", "did you mean n=?"},
		"/api/v1/search?q=debian&page=2":      {"there is no parameter page=", "did you mean cursor=? It takes the next of the page before"},
		"/api/v1/search?q=debian&offset=20":   {"there is no parameter offset=", "did you mean cursor=?"},
		"/api/v1/search?q=debian&order=name":  {"there is no parameter order=", "did you mean sort=?"},
		"/api/v1/search?q=debian&desc=1":      {"there is no parameter desc=", "did you mean reverse=?"},
		"/api/v1/search?q=debian&ext=iso":     {"there is no parameter ext=", "q=debian ext:..."},
		"/api/v1/search?query=debian":         {"there is no parameter query=", "did you mean q=?"},
		"/api/v1/search?q=debian&cusror=x":    {"there is no parameter cusror=", "did you mean cursor=?"},
		"/api/v1/search?q=debian&revers=1":    {"there is no parameter revers=", "did you mean reverse=?"},
		"/api/v1/search?q=debian&colour=red":  {"there is no parameter colour=", "there is q=, n=, sort=, reverse=, cursor=, places=, facets="},
		"/api/v1/search?q=debian&q=ubuntu":    {"q= is given twice", "give it once"},
		"/api/v1/search?q=100%&n=1":           {"the parameters cannot be read: % is no percent-encoding", "percent-encode"},
		"/api/v1/search?q=debian;n=1":         {"the parameters cannot be read: a semicolon stands between them", ""},
		"/api/v1/suggest?query=deb":           {"there is no parameter query=", "did you mean q=?"},
		"/api/v1/hosts?n=1":                   {"there is no parameter n=", "this takes no parameters"},
		"/api/v1/search?q=debian&a%1b%5b=red": {"there is no parameter a\x1b[=", "there is q="},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Path, r.URL.RawQuery, _ = strings.Cut(target, "?")
		w := httptest.NewRecorder()
		portal.ServeHTTP(w, r)
		var got wire.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if w.Code != http.StatusBadRequest || got.Type != "urn:trawl:parameter" || w.Header().Get("Content-Type") != "application/problem+json" || !strings.HasPrefix(got.Detail, want[0]) || !strings.Contains(got.Hint, want[1]) {
			t.Errorf("GET %s: %d %+v, want %q", target, w.Code, got, want)
		}
	}
	for _, target := range []string{"/?q=debian&utm_source=news", "/?fbclid=1", "/hosts?x=1"} {
		if w := get(t, portal, target); w.Code != http.StatusOK {
			t.Errorf("GET %s: %d", target, w.Code)
		}
	}
}

// TestShared holds the API, and nothing else, to being readable by the pages of other sites.
func TestShared(t *testing.T) {
	portal := newPortal(t)
	for target, want := range map[string]string{
		"/api/v1/search?q=debian": "*", "/api/v1/search?q=": "*", "/api/v1/hosts": "*", "/api/v1/nothing": "*", "/": "", "/hosts": "", "/assets/style.css": "",
	} {
		w := get(t, portal, target)
		if got := w.Header().Get("Access-Control-Allow-Origin"); got != want || w.Header().Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("GET %s allows %q, want %q", target, got, want)
		}
	}
	r := httptest.NewRequest(http.MethodOptions, "/api/v1/search?q=debian", nil)
	r.Header.Set("Origin", "https://other.example")
	r.Header.Set("Access-Control-Request-Method", http.MethodGet)
	w := httptest.NewRecorder()
	portal.ServeHTTP(w, r)
	h := w.Header()
	if w.Code != http.StatusNoContent || h.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(h.Get("Access-Control-Allow-Methods"), "GET") || w.Body.Len() > 0 {
		t.Errorf("OPTIONS: %d %v %s", w.Code, h, w.Body)
	}
	r = httptest.NewRequest(http.MethodOptions, "/", nil)
	w = httptest.NewRecorder()
	portal.ServeHTTP(w, r)
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("OPTIONS /: %d %v", w.Code, w.Header())
	}
}
