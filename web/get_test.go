package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"trawl/crawler"
	"trawl/crawler/fetch"
	"trawl/index"
)

// fakeFetcher has every file: its bytes are "hello", and it is as large as the catalogue says. No host has
// programs any more.
type fakeFetcher struct{}

var _ Fetcher = fakeFetcher{}

func (fakeFetcher) Open(_ context.Context, file fetch.File, _ int64) (fetch.Body, error) {
	return fakeBody{bytes.NewReader([]byte("hello")), file}, nil
}

func (fakeFetcher) Stat(_ context.Context, file fetch.File) (fetch.Info, index.Place, error) {
	if strings.HasSuffix(file.Name, ".exe") {
		return fetch.Info{}, file.Places[0], crawler.ErrAbsent
	}
	return fetch.Info{Size: file.Size, Ranges: true}, file.Places[0], nil
}

func (f fakeFetcher) Check(ctx context.Context, file fetch.File) ([]fetch.Checked, error) {
	var out []fetch.Checked
	for _, p := range file.Places {
		info, _, err := f.Stat(ctx, file)
		out = append(out, fetch.Checked{Place: p, Info: info, Cause: crawler.CauseOf(err)})
	}
	return out, nil
}

type fakeBody struct {
	io.Reader
	file fetch.File
}

func (b fakeBody) Info() fetch.Info   { return fetch.Info{Size: b.file.Size, Ranges: true} }
func (b fakeBody) Place() index.Place { return b.file.Places[0] }
func (b fakeBody) Close() error       { return nil }

// TestGateway holds the gateway to being off without a Fetcher, and its refusals to pages for people and lines for
// programs.
func TestGateway(t *testing.T) {
	on := newPortal(t)
	off, err := New(Options{Schemes: schemes(), Catalogue: newCatalogue(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		portal               http.Handler
		target, accept, kind string
		status               int
		want                 string
	}{
		{on, "/get/ftp/one.example/many/page%2000.txt", "*/*", "text/plain; charset=utf-8", 200, ""},
		{on, "/get/ftp/one.example/many/none.txt", "*/*", "text/plain; charset=utf-8", 404, "The catalogue does not hold that file.\n"},
		{on, "/get/ftp/one.example/many/none.txt", "text/html", "text/html; charset=utf-8", 404, "none.txt"},
		{on, "/metalink/ftp/one.example/pub/debian-12.iso", "*/*", "application/metalink4+xml", 200, "ftp://two.example:2121/debian-12.iso"},
		{off, "/get/ftp/one.example/many/page%2000.txt", "text/html", "text/html; charset=utf-8", 404, ""},
		{off, "/metalink/ftp/one.example/pub/debian-12.iso", "text/html", "text/html; charset=utf-8", 404, ""},
	} {
		method := http.MethodHead
		if tt.want != "" {
			method = http.MethodGet
		}
		r := httptest.NewRequestWithContext(t.Context(), method, tt.target, nil)
		r.Header.Set("Accept", tt.accept)
		w := httptest.NewRecorder()
		tt.portal.ServeHTTP(w, r)
		if w.Code != tt.status || w.Header().Get("Content-Type") != tt.kind || !strings.Contains(w.Body.String(), tt.want) || w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d, %v, %s", tt.target, w.Code, w.Header(), w.Body)
		}
	}
}

// TestAPICheck holds a check to what hosts answer, and a visitor to a few checks.
func TestAPICheck(t *testing.T) {
	portal := newPortal(t)
	if w := get(t, portal, "/api/v1/check/ftp/one.example/pub/debian-12.iso"); w.Code != 200 || !strings.Contains(w.Body.String(), `"has":true,"cause":null,"size":734003200`) {
		t.Errorf("a file that is there: %d %s", w.Code, w.Body)
	}
	if w := get(t, portal, "/api/v1/check/ftp/one.example/pub/a%E2%80%AEgpj.exe"); w.Code != 200 || !strings.Contains(w.Body.String(), `"has":false,"cause":"absent","size":null`) {
		t.Errorf("a file that is gone: %d %s", w.Code, w.Body)
	}
	if w := get(t, portal, "/api/v1/check/ftp/127.0.0.1:25/x"); w.Code != 404 || !strings.Contains(w.Body.String(), `"detail":"The catalogue does not hold that file."`) {
		t.Errorf("a host that is not in the catalogue: %d %s", w.Code, w.Body)
	}
	for range 12 {
		if w := get(t, portal, "/api/v1/check/ftp/one.example/pub/debian-12.iso"); w.Code == 429 && w.Header().Get("Retry-After") != "" {
			return
		}
	}
	t.Error("a visitor checks without end")
}

// TestPreviewText holds the preview of a text to its bytes, made visible.
func TestPreviewText(t *testing.T) {
	if w := get(t, newPortal(t), "/file/ftp/one.example/many/page%2000.txt?preview=1"); w.Code != 200 || !strings.Contains(w.Body.String(), "<pre tabindex=\"0\">hello</pre>") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
