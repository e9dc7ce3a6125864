package crawler_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"trawl/crawler"
	"trawl/index"
)

func TestHostRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{tree: makeArchive(1, 200), connections: 4}
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
func TestBusyLowersConnections(t *testing.T) {
	f := &fake{tree: makeArchive(1, 300), connections: 4}
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
	if h.Known.Connections == 0 || h.Known.Connections > 2 || f.most.Load() > 2 {
		t.Errorf("%d connections remembered, %d used the second time", h.Known.Connections, f.most.Load())
	}
	same(t, m.archive(t, id), f.tree)
}
