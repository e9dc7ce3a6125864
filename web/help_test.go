package web

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"trawl/search/query"
)

// TestHelp holds each example that is a link to finding something in this catalogue.
func TestHelp(t *testing.T) {
	portal := newPortal(t)
	links := regexp.MustCompile(`<a class="(?:example|button)" href="([^"]+)"`)
	for _, at := range []string{"/help", "/?lang=es"} {
		found := links.FindAllStringSubmatch(get(t, portal, at).Body.String(), -1)
		if len(found) < 4 {
			t.Errorf("%s: %d examples", at, len(found))
		}
		for _, link := range found {
			to, err := url.Parse(html.UnescapeString(link[1]))
			if err != nil {
				t.Fatal(err)
			}
			w := get(t, portal, "/api/v1/search?q="+url.QueryEscape(to.Query().Get("q")))
			var answer struct {
				Total int
				Note  string
			}
			if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.Total == 0 || answer.Note != "" {
				t.Errorf("%s: %s finds %s", at, to, w.Body)
			}
		}
	}
}

// TestKinds holds the forms of the help page to being queries, as they are written.
func TestKinds(t *testing.T) {
	for _, kind := range kinds() {
		if r, err := query.Read(kind.Form, time.Now()); err != nil || r.Note != "" {
			t.Errorf("%s: %v %s", kind.Form, err, r.Note)
		}
	}
}

func TestCompletion(t *testing.T) {
	portal := newPortal(t)
	for target, want := range map[string]string{
		"/complete?q=big+deb":       `[{"text":"big debian","kind":"name"}]`,
		"/complete?q=host:emp":      `[{"text":"host:empty.example","kind":"host"}]`,
		"/complete?q=si&lang=es":    `[{"text":"size:","kind":"campo"}]`,
		"/complete?q=a+type:vi":     `[{"text":"a type:video","kind":"type"}]`,
		"/complete?q=":              `[]`,
		"/complete?q=%22%ff%3C%22a": `[]`,
	} {
		w := get(t, portal, target)
		if got := strings.TrimSpace(w.Body.String()); w.Code != http.StatusOK || got != want {
			t.Errorf("GET %s: %d %s, want %s", target, w.Code, got, want)
		}
	}
}
