package web

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/embedded"
)

// timeless is a catalogue whose searches take no time, so that their pages are equal. Those of one that forgets are
// never kept.
type timeless struct {
	Catalogue
	forgets bool
}

func (c timeless) Search(ctx context.Context, q index.Query) (index.Answer, error) {
	a, err := c.Catalogue.Search(ctx, q)
	if a.Took = 0; c.forgets {
		a.Kept = 0
	}
	return a, err
}

// aged is a catalogue whose answers are so old.
type aged struct {
	Catalogue
	age time.Duration
}

func (c aged) Search(ctx context.Context, q index.Query) (index.Answer, error) {
	a, err := c.Catalogue.Search(ctx, q)
	a.Age = c.age
	return a, err
}

// TestAnswersSayTheirAge holds pages and the API to saying in seconds how old an answer may be, kept or not.
func TestAnswersSayTheirAge(t *testing.T) {
	engine, err := embedded.Open(t.TempDir(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close() //nolint:errcheck // the test has ended
	record(t, engine, "ftp://one.example/", time.Now(), []index.Listing{{Dir: "/", Entries: []index.Entry{{Name: "kernel", Kind: index.File, Size: 1}}}})
	for _, tt := range []struct {
		age  time.Duration
		want string
	}{{0, ""}, {time.Millisecond, "1"}, {1500 * time.Millisecond, "2"}, {30 * time.Second, "30"}} {
		portal, err := New(Options{Schemes: schemes(), Catalogue: aged{engine, tt.age}, Budget: -1, Fetcher: fakeFetcher{}})
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range []string{"/?q=kernel", "/?q=kernel", "/?q=kernel&part=results", "/api/v1/search?q=kernel"} {
			if got := sent(t, portal, target).Header().Get("Age"); got != tt.want {
				t.Errorf("GET %s of an answer that is %v old: Age %q, want %q", target, tt.age, got, tt.want)
			}
		}
	}
}

// twins returns a portal that keeps pages, and one over the same catalogue that draws each anew.
func twins(t *testing.T, c Catalogue) (keeps, draws http.Handler) {
	t.Helper()
	both := make([]http.Handler, 2)
	for i, forgets := range []bool{false, true} {
		var err error
		if both[i], err = New(Options{Schemes: schemes(), Catalogue: timeless{c, forgets}, Budget: -1, Fetcher: fakeFetcher{}}); err != nil {
			t.Fatal(err)
		}
	}
	return both[0], both[1]
}

// wasKept reports whether an answer is a page that is kept: only these are compressed before they are sent.
func wasKept(w *httptest.ResponseRecorder) bool {
	return w.Header().Get("Content-Encoding") != "" && w.Header().Get("Content-Length") != ""
}

// samePage asks both portals the same, and holds the kept page to the bytes and the headers of the other.
func samePage(t *testing.T, what string, keeps, draws http.Handler, target string, headers ...string) (kept bool) {
	t.Helper()
	got, want := sent(t, keeps, target, headers...), sent(t, draws, target, headers...)
	for _, w := range []*httptest.ResponseRecorder{got, want} {
		if w.Code != http.StatusOK {
			t.Fatalf("%s: GET %s is %d", what, target, w.Code)
		}
	}
	kept = wasKept(got)
	for _, h := range []http.Header{got.Header(), want.Header()} {
		h.Del("Content-Length")
		slices.Sort(h["Vary"])
	}
	if !maps.EqualFunc(got.Header(), want.Header(), slices.Equal) {
		t.Errorf("%s: GET %s %q has the headers %v, and drawn anew %v", what, target, headers, got.Header(), want.Header())
	}
	if a, b := unpacked(t, got), unpacked(t, want); a != b {
		t.Errorf("%s: GET %s %q, kept %t:\n%s\ndrawn anew:\n%s", what, target, headers, kept, a, b)
	}
	return kept
}

// TestKeptPages holds a page that is kept to being that which is drawn anew, after each change that it may show.
func TestKeptPages(t *testing.T) {
	const one, two = index.HostID("ftp://one.example/"), index.HostID("ftp://two.example:2121/")
	ctx, stamp := t.Context(), time.Date(2024, 5, 1, 12, 30, 0, 0, time.UTC)
	engine, err := embedded.Open(t.TempDir(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close() //nolint:errcheck // the test has ended
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	list := func(id index.HostID, files ...index.Entry) {
		t.Helper()
		record(t, engine, id, stamp, []index.Listing{{Dir: "/", Entries: files}})
	}
	health := func(id index.HostID, change func(*index.Health)) {
		t.Helper()
		must(engine.Update(ctx, id, func(h *index.Host) error { change(&h.Health); return nil }))
	}
	file := func(name string, size int64) index.Entry { return shownFile(name, size, stamp) }
	list(one, file("debian-12.iso", 700), file("debian-readme.txt", 5))
	keeps, draws := twins(t, engine)
	targets := []string{"/?q=debian", "/?q=debian&lang=es", "/?q=debian&sort=size&n=1", "/?q=debian&part=results", "/?q=+debian+", "/?q=debian&other=1", "/?q=debian+OR+unknown", "/?q=time:%3C9999d"}
	for _, change := range []struct {
		what string
		do   func()
	}{
		{"nothing", func() {}},
		{"another host", func() { list(two, file("debian-12.iso", 700), file("debian.png", 9)) }},
		{"a crawl that finds more", func() { list(two, file("debian-12.iso", 700), file("debian.png", 9), file("debian.tar", 10)) }},
		{"a crawl that finds less", func() { list(two, file("debian-12.iso", 700), file("debian.tar", 10)) }},
		{"a crawl that finds nothing new", func() { list(two, file("debian-12.iso", 700), file("debian.tar", 10)) }},
		{"a correction", func() { now := file("debian.tar", 11); must(engine.Correct(ctx, two, "/debian.tar", &now)) }},
		{"a file that is gone", func() { must(engine.Correct(ctx, two, "/debian.tar", nil)) }},
		{"a host that is down", func() {
			health(one, func(h *index.Health) { h.DownSince, h.Failures = stamp, 4 })
		}},
		{"a host that is up again", func() { health(one, func(h *index.Health) { h.DownSince, h.Failures = time.Time{}, 0 }) }},
		{"a description", func() {
			must(engine.PutText(ctx, index.Text{Host: one, Path: "/INDEX", Body: "debian-readme.txt  how to begin\n", Taken: stamp}))
		}},
		{"a directory that is stale", func() {
			crawl, err := engine.Begin(ctx, two, false)
			must(err)
			must(crawl.Put(ctx, index.Listing{Dir: "/", State: index.Denied, Taken: stamp.AddDate(0, 0, 1), Way: "MLSD", Why: "550"}))
			must(crawl.Finish(ctx, false))
		}},
		{"a host that is removed", func() { must(engine.Remove(ctx, two)) }},
	} {
		change.do()
		for _, target := range targets {
			for _, headers := range [][]string{{"Accept-Encoding", "gzip"}, {"Accept-Encoding", "gzip", "Accept-Language", "es"}, {"Accept-Encoding", "zstd"}, {"X-Forwarded-Proto", "https"}, {}} {
				kept := false
				for range 3 { // to compute the answer, to keep its page, and to use that
					kept = samePage(t, "after "+change.what, keeps, draws, target, headers...)
				}
				if len(headers) > 0 && headers[0] == "Accept-Encoding" && !kept {
					t.Errorf("after %s: GET %s %q is not kept", change.what, target, headers)
				}
			}
		}
	}
}

// TestKeptPagesAsked holds a kept page to what else a reader may ask for: whether it is the same, a part, its headers.
func TestKeptPagesAsked(t *testing.T) {
	keeps, err := New(Options{Schemes: schemes(), Catalogue: numbered{newCatalogue(t), 1}, Budget: -1})
	if err != nil {
		t.Fatal(err)
	}
	const target = "/?q=debian"
	plain := sent(t, keeps, target)
	etag := plain.Header().Get("ETag")
	for _, accepted := range []string{"gzip", "zstd", ""} {
		w := sent(t, keeps, target, "Accept-Encoding", accepted)
		if w.Code != http.StatusOK || w.Header().Get("ETag") != etag || unpacked(t, w) != plain.Body.String() {
			t.Errorf("with %q: %d %v", accepted, w.Code, w.Header())
		}
		again := sent(t, keeps, target, "Accept-Encoding", accepted, "If-None-Match", etag)
		if again.Code != http.StatusNotModified || again.Body.Len() > 0 || again.Header().Get("Content-Encoding") != "" {
			t.Errorf("the same page again with %q: %d %v", accepted, again.Code, again.Header())
		}
		part := sent(t, keeps, target, "Accept-Encoding", accepted, "Range", "bytes=0-14")
		if part.Code != http.StatusPartialContent || part.Body.String() != plain.Body.String()[:15] || part.Header().Get("Content-Encoding") != "" {
			t.Errorf("a part with %q: %d %v %q", accepted, part.Code, part.Header(), part.Body)
		}
	}
	r := httptest.NewRequest(http.MethodHead, target, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	keeps.ServeHTTP(w, r)
	if w.Code != http.StatusOK || w.Header().Get("ETag") != etag {
		t.Errorf("HEAD is %d %v", w.Code, w.Header())
	}
}

// numbered is a catalogue whose answers all have one number.
type numbered struct {
	Catalogue
	number uint64
}

func (c numbered) Search(ctx context.Context, q index.Query) (index.Answer, error) {
	a, err := c.Catalogue.Search(ctx, q)
	a.Kept = c.number
	return a, err
}

// TestKeptPagesAreBounded holds the bytes of kept pages to their room, and the page that was used last to staying, while
// many requests keep pages.
func TestKeptPagesAreBounded(t *testing.T) {
	const room = 100_000
	k := newKeptPages(room)
	often := keptKey{answer: 1}
	k.put(often, drawn{body: []byte("often")})
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for n := range 500 {
				key := keptKey{answer: uint64(2 + n%300), asked: strings.Repeat("q", n), accepts: fmt.Sprint(i % 2)}
				k.put(key, drawn{body: make([]byte, n*3)})
				if page, ok := k.get(key); ok && len(page.body) != n*3 {
					t.Errorf("page %d has %d bytes", n, len(page.body))
				}
				if page, ok := k.get(often); !ok || string(page.body) != "often" {
					t.Error("the page that is used all the time is gone")
				}
			}
		})
	}
	all.Wait()
	sum := 0
	for _, at := range k.all {
		sum += at.Value.(*keptPage).size()
	}
	if k.bytes != sum || k.bytes > room || len(k.all) != k.used.Len() || len(k.all) < 10 {
		t.Errorf("%d bytes are counted, there are %d of %d pages, %d in order", k.bytes, sum, len(k.all), k.used.Len())
	}
	before := k.bytes
	if k.put(keptKey{answer: 9999}, drawn{body: make([]byte, room/keptShare)}); k.bytes != before {
		t.Error("a page is kept that takes more than its part")
	}
}
