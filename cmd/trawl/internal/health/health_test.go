package health_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"trawl/cmd/trawl/internal/health"
)

// ask returns the status and the body of an answer.
func ask(h http.Handler, method, path string) (int, string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w.Code, w.Body.String()
}

func fine(context.Context) error { return nil }

// TestState goes through the life of a service.
func TestState(t *testing.T) {
	var s health.State
	h := s.Handler(http.NotFoundHandler())
	for _, c := range []struct {
		what   string
		do     func()
		status int
		body   string
	}{
		{"new", func() {}, 503, "starting\n"},
		{"starting", func() { s.Starting("the catalogue is being opened") }, 503, "the catalogue is being opened\n"},
		{"ready", func() { s.Ready(fine) }, 200, "ready\n"},
		{"broken", func() { s.Ready(func(context.Context) error { return errors.New("/secret: input/output error") }) }, 503, "the catalogue does not answer; the log and trawl check say more\n"},
		{"ready again", func() { s.Ready(fine) }, 200, "ready\n"},
		{"ending", func() { s.Ending("it ends\x1b[2J") }, 503, "it ends\\x1b[2J\n"},
		{"ready too late", func() { s.Ready(fine) }, 503, "it ends\\x1b[2J\n"},
	} {
		c.do()
		if status, body := ask(h, "GET", health.ReadyPath); status != c.status || body != c.body {
			t.Errorf("%s: got %d, %q, want %d, %q", c.what, status, body, c.status, c.body)
		}
		if status, body := ask(h, "GET", health.LivePath); status != 200 || body != "ok\n" {
			t.Errorf("%s: it does not live: %d, %q", c.what, status, body)
		}
	}
	if status, _ := ask(h, "POST", health.ReadyPath); status != 405 {
		t.Errorf("POST is answered by %d", status)
	}
	if status, _ := ask(h, "GET", "/other"); status != 404 {
		t.Errorf("another path is answered by %d", status)
	}
}

// TestHanging asks a catalogue that hangs many times at once: each is answered, and it is asked once.
func TestHanging(t *testing.T) {
	var s health.State
	var asked atomic.Int64
	hang := make(chan struct{})
	defer close(hang)
	s.Ready(func(context.Context) error {
		asked.Add(1)
		<-hang
		return nil
	})
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if why := s.Unready(); why != "the catalogue does not answer in time" {
				t.Errorf("got %q", why)
			}
		})
	}
	all.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
}
