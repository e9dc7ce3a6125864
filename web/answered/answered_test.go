package answered_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trawl/web/answered"
)

func TestHandler(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ok", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "abc") })
	mux.HandleFunc("GET /none", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /file", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) })
	mux.HandleFunc("GET /early", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusTeapot)
	})
	mux.HandleFunc("GET /broken", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "half")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		panic(http.ErrAbortHandler)
	})
	answers := make(chan answered.Answer, 1)
	server := httptest.NewServer(answered.Handler(mux, func(a *answered.Answer) { answers <- *a }))
	defer server.Close()
	for _, c := range []struct {
		path, pattern string
		status        int
		bytes         int64
		broken        bool
	}{
		{"/ok", "GET /ok", 200, 3, false},
		{"/none", "GET /none", 200, 0, false},
		{"/file", "GET /file", 200, 10, false},
		{"/early", "GET /early", 418, 0, false},
		{"/broken", "GET /broken", 200, 4, true},
		{"/nowhere", "", 404, int64(len("404 page not found\n")), false},
	} {
		t.Run(strings.Trim(c.path, "/"), func(t *testing.T) {
			if resp, err := http.Get(server.URL + c.path); err == nil {
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
			a := <-answers
			if a.Request.Pattern != c.pattern || a.Status != c.status || a.Bytes != c.bytes || a.Broken != c.broken || a.Took <= 0 {
				t.Errorf("got %q, %d, %d bytes, broken %t in %s", a.Request.Pattern, a.Status, a.Bytes, a.Broken, a.Took)
			}
		})
	}
}
