package gateway

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"trawl/crawler/fetch"
	"trawl/index"
	"trawl/web/visitor"
)

// lateFetcher answers later than a server lets a page take.
type lateFetcher struct{ *fakeFetcher }

const late = 150 * time.Millisecond

func (f lateFetcher) Open(ctx context.Context, file fetch.File, offset int64) (fetch.Body, error) {
	time.Sleep(late)
	return f.fakeFetcher.Open(ctx, file, offset)
}

func (f lateFetcher) Stat(ctx context.Context, file fetch.File) (fetch.Info, index.Place, error) {
	time.Sleep(late)
	return f.fakeFetcher.Stat(ctx, file)
}

// TestLate holds answers to reaching the visitor also where the hosts took longer to fail than the server lets an
// answer take: many places that are silent do.
func TestLate(t *testing.T) {
	files := map[index.Path]*fakeFile{"/pub/a.txt": {body: "text"}, "/pub/silent.txt": {err: fakeError(index.NoAnswer)}}
	g, f := newGateway(t, files, Limits{})
	g.opt.Fetcher = lateFetcher{f}
	server := httptest.NewUnstartedServer(g)
	server.Config.WriteTimeout = late / 3
	server.Start()
	defer server.Close()
	for _, tt := range []struct {
		method, file, wanted string
		want                 int
	}{
		{http.MethodGet, "silent.txt", "", 504},
		{http.MethodHead, "a.txt", "", 200},
		{http.MethodGet, "a.txt", "bytes=9-", 416},
		{http.MethodGet, "a.txt", "", 200},
	} {
		r, err := http.NewRequestWithContext(t.Context(), tt.method, server.URL+"/get/ftp/h/pub/"+tt.file, nil)
		if err != nil {
			t.Fatal(err)
		}
		if tt.wanted != "" {
			r.Header.Set("Range", tt.wanted)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Errorf("%+v: %v", tt, err)
			continue
		}
		if _, err := io.Copy(io.Discard, answer.Body); answer.StatusCode != tt.want || err != nil {
			t.Errorf("%+v: %s, %v", tt, answer.Status, err)
		}
		answer.Body.Close()
	}
}

// TestSlowText holds a text that a host sends drop by drop to a page in time: it shows what came.
func TestSlowText(t *testing.T) {
	files := map[index.Path]*fakeFile{
		"/pub/slow.txt":   {body: "one\ntwo\nthr", stalls: true, size: 1000},
		"/pub/silent.txt": {stalls: true, size: 1000},
	}
	g, f := newGateway(t, files, Limits{Preview: 50 * time.Millisecond})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	text, cut, err := g.Text(r, "/ftp/h/pub/slow.txt")
	if text != "one\ntwo\n" || !cut || err != nil {
		t.Errorf("%q, %t, %v", text, cut, err)
	}
	if _, _, err = g.Text(r, "/ftp/h/pub/silent.txt"); err == nil || refusalOf(err).Cause != index.NoAnswer {
		t.Errorf("a silent host: %v", err)
	}
	if closed := f.closed.Load(); closed != 2 {
		t.Errorf("%d files of 2 are closed", closed)
	}
}

// TestManyVisitors holds a crowd of addresses to being forgotten, and to few sweeps: each looks at all of them.
func TestManyVisitors(t *testing.T) {
	v := NewVisitors(Limits{})
	addr := netip.MustParseAddr("192.0.2.1")
	for range 5 * manyVisitors {
		v.known(visitor.Household(addr), 0)
		addr = addr.Next()
	}
	if v.sweep < 8*manyVisitors || len(v.by) != 5*manyVisitors {
		t.Errorf("the next sweep is at %d of %d visitors", v.sweep, len(v.by))
	}
	for _, old := range v.by {
		old.seen = old.seen.Add(-2 * remembered)
	}
	for range 4 * manyVisitors {
		v.known(visitor.Household(addr), 0)
		addr = addr.Next()
	}
	if len(v.by) > 4*manyVisitors+1 || v.sweep > 16*manyVisitors {
		t.Errorf("%d visitors are remembered, the next sweep is at %d", len(v.by), v.sweep)
	}
}

// TestHugeHeaders holds headers as long as the server takes them to an answer at once.
func TestHugeHeaders(t *testing.T) {
	g, _ := newGateway(t, map[index.Path]*fakeFile{"/pub/a.txt": {body: "text"}}, Limits{})
	for name, value := range map[string]string{
		"Range": "bytes=" + strings.Repeat("0-0,", 250_000), "If-None-Match": strings.Repeat(`"x",`, 250_000),
		"If-Match": strings.Repeat("W/", 500_000), "X-Forwarded-For": strings.Repeat("1.1.1.1,", 100_000),
	} {
		began := time.Now()
		got := ask(t, g, http.MethodGet, "/get/ftp/h/pub/a.txt", name, value)
		if got.Code != 200 && got.Code != 412 || time.Since(began) > 5*time.Second {
			t.Errorf("%s: %d in %s", name, got.Code, time.Since(began))
		}
	}
}

// TestFollow holds a visitor to its share of the streams of events, and a stream to being given back.
func TestFollow(t *testing.T) {
	g, _ := newGateway(t, nil, Limits{})
	follow := func(addr string) (func(), bool) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = addr
		return g.Follow(r)
	}
	var leave func()
	for range mostFollows {
		leave, _ = follow("192.0.2.1:1")
	}
	if _, ok := follow("192.0.2.1:2"); ok {
		t.Error("a visitor has more streams than it may")
	}
	if _, ok := follow("192.0.2.2:1"); !ok {
		t.Error("another visitor has none")
	}
	leave()
	leave()
	if _, ok := follow("192.0.2.1:3"); !ok {
		t.Error("a stream that ended is not given back")
	}
	if _, ok := follow("192.0.2.1:4"); ok {
		t.Error("one is given back twice")
	}
}

// TestMetalinkBehindProxy holds the portal's own address to the scheme by which the visitor reaches it.
func TestMetalinkBehindProxy(t *testing.T) {
	g, _ := newGateway(t, map[index.Path]*fakeFile{"/pub/a.txt": {body: "text"}}, Limits{})
	for _, secure := range []bool{true, false} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metalink/ftp/h/pub/a.txt", nil)
		r.Header.Set("X-Forwarded-Proto", "https") // nobody believes it here
		w := httptest.NewRecorder()
		g.ServeHTTP(w, visitor.Visitor{Secure: secure}.With(r))
		if got := w.Body.String(); strings.Contains(got, "https://example.com/get/ftp/h/pub/a.txt") != secure {
			t.Error(got)
		}
	}
}
