package crawler_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/index"
	"trawl/index/indextest"
)

// memory is the suite's catalogue in memory, which can be killed: the crawls that
// are open then are cut off, and what their owners still put is lost.
type memory struct {
	*indextest.Brute
	mu     sync.Mutex // guards the following
	crawls []index.Crawl
	full   bool // nothing more can be put
}

var _ crawler.Catalogue = (*memory)(nil)

func newMemory(t testing.TB, ids ...index.HostID) *memory {
	t.Helper()
	m := &memory{Brute: indextest.NewBrute()}
	for _, id := range ids {
		if err := m.Update(t.Context(), id, func(*index.Host) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func (m *memory) Begin(ctx context.Context, id index.HostID, fresh bool) (index.Crawl, error) {
	c, err := m.Brute.Begin(ctx, id, fresh)
	if err == nil {
		m.mu.Lock()
		m.crawls = append(m.crawls, c)
		m.mu.Unlock()
	}
	return filling{c, m}, err
}

// filling is a crawl into a disk that may be full.
type filling struct {
	index.Crawl
	m *memory
}

var errFull = errors.New("no space left on device")

func (f filling) Put(ctx context.Context, l ...index.Listing) error {
	f.m.mu.Lock()
	full := f.m.full
	f.m.mu.Unlock()
	if full {
		return errFull
	}
	return f.Crawl.Put(ctx, l...)
}

func (m *memory) kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.crawls {
		_ = c.Close()
	}
	m.crawls = nil
}

// archive returns what the catalogue holds of a host.
func (m *memory) archive(t *testing.T, id index.HostID) archive {
	t.Helper()
	a := archive{}
	todo := []index.Path{"/"}
	for len(todo) > 0 {
		dir := todo[0]
		todo = todo[1:]
		l, err := m.List(t.Context(), id, dir, "", 0)
		if errors.Is(err, index.ErrNotFound) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		a[dir] = l.Entries
		for _, e := range l.Entries {
			if e.Kind == index.Dir {
				todo = append(todo, dir.Join(e.Wire()))
			}
		}
	}
	h, err := m.Host(t.Context(), id)
	if err != nil || !h.Health.Crawling && h.Tally.Directories > int64(len(a)) {
		t.Errorf("%d directories, of which %d can be reached; %v", h.Tally.Directories, len(a), err)
	}
	return a
}

// same fails unless a and b hold the same.
func same(t *testing.T, got, want archive) {
	t.Helper()
	for _, d := range slices.Sorted(maps.Keys(want)) {
		g, ok := got[d]
		if !ok {
			t.Errorf("%s is not in the catalogue", d)
			continue
		}
		w := slices.Clone(want[d])
		byName := func(a, b index.Entry) int { return strings.Compare(a.Wire(), b.Wire()) }
		slices.SortFunc(w, byName)
		if !slices.Equal(g, w) {
			t.Errorf("%s: the catalogue holds %d entries %v, want %d %v", d, len(g), names(g), len(w), names(w))
		}
	}
	for d := range got {
		if _, ok := want[d]; !ok {
			t.Errorf("%s is in the catalogue and should not be", d)
		}
	}
}

func names(entries []index.Entry) []string {
	var all []string
	for _, e := range entries {
		all = append(all, e.Name)
	}
	return all[:min(len(all), 10)]
}

// quick are limits for tests.
func quick() crawler.Limits {
	return crawler.Limits{
		Backoff: time.Millisecond, Stall: 100 * time.Millisecond,
		BatchEntries: 50, BatchAge: 5 * time.Millisecond,
	}
}

// newCrawler makes a crawler of one fake.
func newCrawler(m crawler.Catalogue, s crawler.Source, l crawler.Limits) *crawler.Crawler {
	return crawler.New(crawler.Config{
		Catalogue: m, Sources: []crawler.Source{s}, Limits: l,
	})
}
