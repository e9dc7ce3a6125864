package web

import (
	"encoding/csv"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"trawl/index/indextest/needs"
)

// TestForm holds a request to the form that it asks for.
func TestForm(t *testing.T) {
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, tt := range []struct {
		query, accept, agent string
		want                 form
		wrong                bool
	}{
		{"", browser, "Mozilla/5.0", "html", false},
		{"", "*/*", "Mozilla/5.0", "html", false},
		{"", "", "Go-http-client/1.1", "html", false},
		{"", "*/*", "curl/8.14.1", "text", false},
		{"", "", "Wget/1.25", "text", false},
		{"", "*/*", "HTTPie/3.2", "text", false},
		{"", "text/html", "curl/8.14.1", "html", false},
		{"", "text/plain", "Mozilla/5.0", "text", false},
		{"", "text/html;q=0.5, text/plain", "Mozilla/5.0", "text", false},
		{"", "text/plain;q=0", "Mozilla/5.0", "html", false},
		{"", "text/csv", "curl/8.14.1", "csv", false},
		{"", "application/x-ndjson, */*;q=0.1", "x", "ndjson", false},
		{"?format=text", browser, "Mozilla/5.0", "text", false},
		{"?format=html", "*/*", "curl/8", "html", false},
		{"?format=pdf", "*/*", "curl/8", "", true},
	} {
		r := httptest.NewRequest(http.MethodGet, "/"+tt.query, nil)
		r.Header.Set("Accept", tt.accept)
		r.Header.Set("User-Agent", tt.agent)
		if got, known := formOf(r); known == tt.wrong || known && got != tt.want {
			t.Errorf("%q, %q, %q: %s, %v", tt.query, tt.accept, tt.agent, got, known)
		}
	}
}

// TestPlain asks by curl and wget, as people do.
func TestPlain(t *testing.T) {
	curl, wget := needs.Program(t, "curl", "curl"), needs.Program(t, "wget", "wget")
	srv := httptest.NewServer(newPortal(t))
	defer srv.Close()
	run := func(program string, args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), program, args...).Output()
		if err != nil {
			t.Errorf("%v: %v", args, err)
		}
		return string(out)
	}
	const line = "734003200\t2024-05-01T12:30:00Z\tftp://two.example:2121/debian-12.iso\n"
	for _, got := range []string{
		run(curl, "-s", srv.URL+"/?q=debian"), run(wget, "-q", "-O", "-", srv.URL+"/?q=debian"), run(curl, "-s", "-A", "x", "-H", "Accept: text/plain", srv.URL+"/?q=debian"),
		run(curl, "-s", "-A", "x", srv.URL+"/?q=debian&format=text"), run(curl, "-s", "--compressed", srv.URL+"/?q=debian"),
	} {
		if !strings.Contains(got, line) || strings.Count(got, "\n") != 2 {
			t.Errorf("lines: %q", got)
		}
	}
	for at, want := range map[string]string{
		"/":                    ", hosts: 3.",
		"/help":                srv.URL + "/?q=debian",
		"/?q=page":             "# 20 of 45 results; more: " + srv.URL + "/?cursor=",
		"/?q=debian&places=1":  "# 1 more places of these; places=1000",
		"/?q=debain":           "# debian finds 1 result\n",
		"/?q=siez:1":           "trawl: ",
		"/?q=x&n=0":            "trawl: n must be a whole number",
		"/?q=x&format=pdf":     "trawl: format must be html, ndjson, csv, text, not pdf\n",
		"/?q=x&cursor=rubbish": "trawl: this cursor belongs to another query",
	} {
		got := run(curl, "-s", srv.URL+at)
		if !strings.Contains(got, want) || strings.Contains(got, "<") {
			t.Errorf("%s: %q", at, got)
		}
	}
	if got := run(curl, "-s", srv.URL+"/?q=debian+siez:1"); !strings.HasSuffix(got, "\ndebian siez:1\n       ^\n") {
		t.Errorf("the caret: %q", got)
	}
	if got := run(curl, "-s", "-H", "Accept: text/html", srv.URL+"/?q=debian"); !strings.HasPrefix(got, "<!doctype html>") {
		t.Errorf("a page: %.60q", got)
	}
	head := run(curl, "-sI", srv.URL+"/?q=debian")
	if !strings.Contains(head, "Vary: Accept, User-Agent") || !strings.Contains(head, "text/plain") {
		t.Errorf("HEAD: %q", head)
	}
}

// TestExport exports by curl, compressed and not.
func TestExport(t *testing.T) {
	curl := needs.Program(t, "curl", "curl")
	srv := httptest.NewServer(newPortal(t))
	defer srv.Close()
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), curl, append([]string{"-s"}, args...)...).Output()
		if err != nil {
			t.Errorf("%v: %v", args, err)
		}
		return string(out)
	}
	for _, more := range [][]string{nil, {"--compressed"}} {
		rows, err := csv.NewReader(strings.NewReader(run(append(more, srv.URL+"/?q=page&format=csv")...))).ReadAll()
		if err != nil || len(rows) != 46 || rows[1][1] != "page 00.txt" {
			t.Errorf("%v: %d rows, %v", more, len(rows), err)
		}
		if got := run(append(more, "-H", "Accept: application/x-ndjson", srv.URL+"/?q=page")...); strings.Count(got, "\n") != 45 {
			t.Errorf("%v: %q", more, got)
		}
	}
	if got := run("-D", "-", "-o", "/dev/null", srv.URL+"/?q=page&format=csv"); !strings.Contains(got, `Content-Disposition: attachment; filename="trawl.csv"`) ||
		!strings.Contains(got, "Trailer: Trawl-Results, Trawl-Exact") || !strings.Contains(got, "text/csv; charset=utf-8; header=present") {
		t.Errorf("the head: %q", got)
	}
	if got := run("-I", srv.URL+"/?q=page&format=csv"); !strings.HasPrefix(got, "HTTP/1.1 200") {
		t.Errorf("HEAD: %q", got)
	}
	for at, want := range map[string]string{"/?format=csv": "trawl: q= is missing: give a query\n", "/?q=siez:1&format=csv": "trawl: "} {
		if got := run(srv.URL + at); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", at, got)
		}
	}
}

// TestExportAPI exports by the API, which refuses what it does not know.
func TestExportAPI(t *testing.T) {
	portal := newPortal(t)
	for at, want := range map[string]int{
		"/api/v1/export?q=page": 200, "/api/v1/export?q=page&format=csv&sort=size&reverse=1&places=1": 200, "/api/v1/export?q=page&n=5": 400, "/api/v1/export": 400,
		"/api/v1/export?q=siez:1": 400, "/api/v1/export?q=x&format=pdf": 400,
	} {
		w := get(t, portal, at)
		if w.Code != want || want == 200 && strings.Count(w.Body.String(), "\n") < 45 || want != 200 && !strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json") {
			t.Errorf("%s: %d %v %.200s", at, w.Code, w.Header(), w.Body)
		}
	}
}
