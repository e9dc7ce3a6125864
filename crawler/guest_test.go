package crawler_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"trawl/crawler"
	"trawl/index"
)

func TestWindow(t *testing.T) {
	day := func(clock string) time.Time {
		at, err := time.Parse("2006-01-02 15:04", "2026-03-04 "+clock)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	tests := []struct {
		window, now string
		open        bool
		change      time.Time
	}{
		{"", "12:00", true, time.Time{}},
		{"08:00-08:00", "12:00", true, time.Time{}},
		{"22:00-06:00", "23:30", true, day("06:00").AddDate(0, 0, 1)},
		{"22:00-06:00", "05:59", true, day("06:00")},
		{"22:00-06:00", "06:00", false, day("22:00")},
		{"22:00-06:00", "21:59", false, day("22:00")},
		{"09:00-17:30", "08:00", false, day("09:00")},
		{"09:00-17:30", "17:00", true, day("17:30")},
		{"09:00-17:30", "18:00", false, day("09:00").AddDate(0, 0, 1)},
		{"20:00-24:00", "23:59", true, day("00:00").AddDate(0, 0, 1)},
	}
	for _, test := range tests {
		w, err := crawler.ParseWindow(test.window)
		if err != nil {
			t.Fatal(err)
		}
		open, change := w.Open(day(test.now))
		if open != test.open || !change.Equal(test.change) {
			t.Errorf("%s at %s: %t until %s, want %t until %s", test.window, test.now, open, change, test.open, test.change)
		}
	}
	for _, bad := range []string{"22", "22:00", "25:00-06:00", "22:00-06:61", "-1:00-02:00", "night", "22:00-06:00x"} {
		if _, err := crawler.ParseWindow(bad); err == nil {
			t.Errorf("window %q was taken", bad)
		}
	}
}

func TestGuestPaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := crawler.NewGuest(10, 1000)
		start := time.Now()
		for range 52 {
			if err := g.Command(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took < 4900*time.Millisecond || took > 5200*time.Millisecond {
			t.Errorf("52 commands at 10 a second took %s", took)
		}
		start = time.Now()
		for range 10 {
			if err := g.Bytes(t.Context(), 600); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took < 4900*time.Millisecond || took > 5200*time.Millisecond {
			t.Errorf("6000 bytes at 1000 a second took %s", took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, g := range []*crawler.Guest{nil, {}, g} {
			if g.Command(ctx) == nil || g.Bytes(ctx, 1) == nil {
				t.Errorf("%v goes on though the crawl was stopped", g)
			}
		}
	})
}

func TestHostRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{tree: makeArchive(1, 200), lanes: 4}
		m := newMemory(t, id)
		set(t, m, func(h *index.Host) { h.Settings.Rate = 20 })
		limits := quick()
		limits.Stall = time.Minute
		start := time.Now()
		if s, err := newCrawler(m, f, limits).Crawl(t.Context(), id, crawler.Options{}); err != nil || !s.Complete {
			t.Fatalf("%+v, %v", s, err)
		}
		if took := time.Since(start); took < 9*time.Second || took > 11*time.Second {
			t.Errorf("200 listings at 20 a second took %s", took)
		}
	})
}

func set(t *testing.T, m *memory, change func(*index.Host)) {
	t.Helper()
	err := m.Update(t.Context(), id, func(h *index.Host) error {
		change(h)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A host that takes two connections and says 421 to more is crawled over two,
// now and the next time.
func TestBusyLowersLanes(t *testing.T) {
	f := &fake{tree: makeArchive(1, 300), lanes: 4}
	f.list = func(context.Context, string, index.Path) ([]index.Listing, error) {
		if f.open.Load() > 2 {
			return nil, crawler.ErrBusy
		}
		time.Sleep(100 * time.Microsecond)
		return nil, nil
	}
	m := newMemory(t, id)
	c := newCrawler(m, f, quick())
	for range 2 {
		f.most.Store(0)
		if s, err := c.Crawl(t.Context(), id, crawler.Options{Full: true}); err != nil || !s.Complete {
			t.Fatalf("%+v, %v", s, err)
		}
	}
	h, _ := m.Host(t.Context(), id)
	if h.Known.Lanes == 0 || h.Known.Lanes > 2 || f.most.Load() > 2 {
		t.Errorf("%d lanes remembered, %d used the second time", h.Known.Lanes, f.most.Load())
	}
	same(t, m.archive(t, id), f.tree)
}

func TestContact(t *testing.T) {
	const public = index.HostID("ftp://192.0.2.1/") // TEST-NET-1
	m := newMemory(t, public, id)
	f := &fake{tree: makeArchive(1, 3)}
	_, err := newCrawler(m, f, quick()).Crawl(t.Context(), public, crawler.Options{})
	if !errors.Is(err, crawler.ErrContact) || !strings.Contains(err.Error(), "--contact") || f.connects.Load() > 0 {
		t.Errorf("a public host without a contact address: %v", err)
	}
	if _, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{}); err != nil {
		t.Errorf("one's own host needs none: %v", err)
	}
	c := crawler.New(crawler.Config{Catalogue: m, Sources: []crawler.Source{f}, Contact: "me@example.org"})
	if _, err := c.Crawl(t.Context(), public, crawler.Options{}); err != nil || f.password != "me@example.org" {
		t.Errorf("password %q, %v", f.password, err)
	}
}

func TestRobots(t *testing.T) {
	for _, ways := range [][]string{{"MLSD"}, {"TREE", "MLSD"}} {
		f := &fake{tree: archive{"/": nil}, ways: ways, texts: map[index.Path]string{"/robots.txt": `
User-agent: *
Disallow: /

User-agent: other
User-agent: Trawl
Disallow: /closed
Disallow: /d%20/*.iso$
Allow: /closed/but
`}}
		f.tree.file("/", "robots.txt", 100)
		for _, dir := range []string{"closed", "d ", "open"} {
			f.tree.file(f.tree.mkdir("/", dir), "a.iso", 1)
		}
		f.tree.file("/d ", "b.txt", 1)
		m := newMemory(t, id)
		s, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{})
		if err != nil || !s.Complete {
			t.Fatalf("%+v, %v", s, err)
		}
		want := archive{"/": append(f.tree["/"][:1:1], f.tree["/"][2:]...), "/open": f.tree["/open"], "/d ": f.tree["/d "][1:]}
		same(t, m.archive(t, id), want)
		if _, ok := f.listed.Load(index.Path("/closed")); ok {
			t.Error("a closed directory was listed")
		}

		f.texts["/robots.txt"] = "User-agent: *\nDisallow: /\n"
		if _, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{}); !errors.Is(err, crawler.ErrUnwelcome) {
			t.Errorf("unwelcome: %v", err)
		}
	}
}

func TestNotrawl(t *testing.T) {
	for _, ways := range [][]string{{"MLSD"}, {"TREE", "MLSD"}} {
		f := &fake{tree: makeArchive(1, 30), ways: ways}
		m := newMemory(t, id)
		c := newCrawler(m, f, quick())
		if _, err := c.Crawl(t.Context(), id, crawler.Options{}); err != nil {
			t.Fatal(err)
		}
		private := f.tree.mkdir("/", "private")
		for i := range 5 {
			f.tree.file(private, string(rune('a'+i)), 1)
		}
		f.tree.file(f.tree.mkdir(private, "sub"), "x", 1)
		want := f.tree.clone()
		f.tree.file(private, ".notrawl", 0)
		want[private] = []index.Entry{{Name: ".notrawl", Size: index.UnknownSize}}
		delete(want, private.Join("sub"))
		s, err := c.Crawl(t.Context(), id, crawler.Options{Full: true})
		if err != nil || !s.Complete {
			t.Fatalf("%+v, %v", s, err)
		}
		same(t, m.archive(t, id), want)
	}
}
