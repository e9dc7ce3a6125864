package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// sent is an answer as it goes over the wire.
func sent(t *testing.T, portal http.Handler, target string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	portal.ServeHTTP(w, r)
	return w
}

// unpacked returns the text of an answer that was compressed.
func unpacked(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var in io.Reader = w.Body
	var err error
	switch coding := w.Header().Get("Content-Encoding"); coding {
	case "gzip":
		in, err = gzip.NewReader(w.Body)
	case "zstd":
		in, err = zstd.NewReader(w.Body)
	case "":
	default:
		t.Errorf("nobody asked for %s", coding)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestCompressed holds the portal to compress its texts for those who take that, to say so, and to
// know a compressed page again.
func TestCompressed(t *testing.T) {
	portal := newPortal(t)
	style := regexp.MustCompile(`/assets/style\.[0-9a-f]{16}\.css`).FindString(get(t, portal, "/").Body.String())
	for _, target := range []string{"/hosts", style, "/api/v1/hosts", "/nothing"} {
		plain := get(t, portal, target)
		for accepted, want := range map[string]string{
			"gzip, deflate, br, zstd": "zstd", "gzip, deflate": "gzip", "zstd;q=0, gzip": "gzip", "br": "", "": "",
		} {
			w := sent(t, portal, target, "Accept-Encoding", accepted)
			if got := w.Header().Get("Content-Encoding"); got != want {
				t.Errorf("GET %s with %q is in %q, want %q", target, accepted, got, want)
			}
			if !strings.Contains(strings.Join(w.Header().Values("Vary"), ", "), "Accept-Encoding") {
				t.Errorf("GET %s with %q does not say that it varies: %v", target, accepted, w.Header())
			}
			if w.Header().Get("ETag") != plain.Header().Get("ETag") {
				t.Errorf("GET %s has the ETag %s, and with %q %s", target, plain.Header().Get("ETag"), accepted, w.Header().Get("ETag"))
			}
			if text := unpacked(t, w); text != plain.Body.String() {
				t.Errorf("GET %s with %q differs", target, accepted)
			}
		}
	}
	etag := get(t, portal, "/hosts").Header().Get("ETag")
	for _, accepted := range []string{"", "gzip", "zstd"} {
		w := sent(t, portal, "/hosts", "Accept-Encoding", accepted, "If-None-Match", etag)
		if w.Code != http.StatusNotModified || w.Body.Len() > 0 || w.Header().Get("Content-Encoding") != "" {
			t.Errorf("the same page again with %q: %d %v", accepted, w.Code, w.Header())
		}
	}
}

// TestEventsAreNotCompressed holds a stream to come as it is written.
func TestEventsAreNotCompressed(t *testing.T) {
	sentNow := make(chan string)
	compress, err := newCompressor()
	if err != nil {
		t.Fatal(err)
	}
	events := compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for event := range sentNow {
			_, err := io.WriteString(w, event)
			if err != nil {
				t.Error(err)
			}
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
		}
	}))
	server := httptest.NewServer(events)
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(sentNow) })
	go func() { sentNow <- "data: 1\n\n" }()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "zstd, gzip")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	event := make([]byte, 9)
	if _, err := io.ReadFull(resp.Body, event); err != nil || string(event) != "data: 1\n\n" || resp.Header.Get("Content-Encoding") != "" {
		t.Errorf("got %q, %v, %v", event, resp.Header, err)
	}
}

// TestFirstVisit holds a page of results, with all that it loads, to few bytes on the wire, and what the
// browser runs to little.
func TestFirstVisit(t *testing.T) {
	portal := showroom(t, false)
	asset := regexp.MustCompile(`(?:src|href)="(/assets/[^"#]+)`)
	for _, coding := range []string{"zstd", "gzip"} {
		for _, p := range shownPages() {
			if !p.results {
				continue
			}
			w := sent(t, portal, p.target, "Accept-Encoding", coding)
			sum, script := w.Body.Len(), 0
			loaded := map[string]bool{}
			for _, found := range asset.FindAllStringSubmatch(unpacked(t, w), -1) {
				if loaded[found[1]] {
					continue
				}
				loaded[found[1]] = true
				w := sent(t, portal, found[1], "Accept-Encoding", coding)
				sum += w.Body.Len()
				if path.Ext(found[1]) == ".js" {
					script += len(unpacked(t, w))
				}
			}
			t.Logf("%s: %d bytes by %s, %d bytes of JavaScript", p.name, sum, coding, script)
			if sum > 15_000 {
				t.Errorf("%s: a first visit is %d bytes by %s, want at most 15000", p.name, sum, coding)
			}
			if script > 12_000 {
				t.Errorf("%s: %d bytes of JavaScript, want at most 12000", p.name, script)
			}
		}
	}
}
