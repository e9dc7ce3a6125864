package crawler_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"testing"

	"trawl/crawler"
	"trawl/index"
)

// wide is a host of fan*fan+fan+1 directories with three files each, of which it
// keeps none in memory.
type wide struct {
	fan  int
	tree bool
	peak atomic.Uint64 // of the heap, in bytes, as seen at times
	n    atomic.Int64
}

func (w *wide) Connect(context.Context, index.Host, *crawler.Guest) (crawler.Server, error) {
	return w, nil
}
func (w *wide) Known() index.Known { return index.Known{} }
func (w *wide) Close() error       { return nil }
func (w *wide) Open(context.Context, index.Path, int64) (io.ReadCloser, error) {
	return nil, crawler.ErrDenied
}

func (w *wide) Ways() []crawler.Way {
	ways := []crawler.Way{{Name: "MLSD", Lanes: 4, List: func(_ context.Context, dir index.Path, hand func(index.Listing) error) error {
		return hand(w.listing(dir))
	}}}
	if w.tree {
		ways = append([]crawler.Way{{Name: "TREE", Tree: w.all}}, ways...)
	}
	return ways
}

func (w *wide) all(_ context.Context, root index.Path, hand func(index.Listing) error) error {
	if err := hand(w.listing(root)); err != nil {
		return err
	}
	for i := range w.fan {
		dir := root.Join(fmt.Sprintf("directory-%07d", i))
		if err := hand(w.listing(dir)); err != nil {
			return err
		}
		for j := range w.fan {
			if err := hand(w.listing(dir.Join(fmt.Sprintf("directory-%07d", j)))); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *wide) listing(dir index.Path) index.Listing {
	if w.n.Add(1)%50_000 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		w.peak.Store(max(w.peak.Load(), m.HeapInuse))
	}
	l := index.Listing{Dir: dir, Entries: make([]index.Entry, 0, 3)}
	for i := range 3 {
		l.Entries = append(l.Entries, index.Entry{
			Name: fmt.Sprintf("file-%d.iso", i), Size: int64(len(dir)), Unix: int64(i) + epoch.Unix(), Precision: index.Second,
		})
	}
	for i := range w.fan {
		if dir.Depth() < 2 {
			l.Entries = append(l.Entries, index.Entry{
				Name: fmt.Sprintf("directory-%07d", i), Kind: index.Dir, Size: index.UnknownSize,
				Unix: epoch.Unix(), Precision: index.Second,
			})
		}
	}
	return l
}

// nowhere is a catalogue that keeps hosts and no listings.
type nowhere struct{ *memory }

func (n nowhere) Begin(context.Context, index.HostID, bool) (index.Crawl, error) { return n, nil }
func (nowhere) Put(context.Context, ...index.Listing) error                      { return nil }
func (nowhere) Finish(context.Context, bool) error                               { return nil }
func (nowhere) Close() error                                                     { return nil }
func (nowhere) Seen(context.Context, index.Path) (index.Listing, error) {
	return index.Listing{}, index.ErrNotFound
}

func walkWide(tb testing.TB, fan int, tree bool) {
	tb.Helper()
	m := newMemory(tb, id)
	w := &wide{fan: fan, tree: tree}
	s, err := newCrawler(nowhere{m}, w, crawler.Limits{}).Crawl(tb.Context(), id, crawler.Options{})
	if want := int64(fan*fan + fan + 1); err != nil || !s.Complete || s.Directories != want {
		tb.Fatalf("%+v, %v; want %d directories", s, err, want)
	}
	if b, ok := tb.(*testing.B); ok {
		b.ReportMetric(float64(s.Directories)/s.Took.Seconds(), "dirs/s")
		b.ReportMetric(float64(w.peak.Load())/(1<<20), "MiB-heap")
	}
}

func TestWide(t *testing.T) {
	walkWide(t, 150, false)
	walkWide(t, 150, true)
}

// The frontier of a million directories, and a bulk answer of as many; and of as many
// as there may be.
func BenchmarkDirectories(b *testing.B) {
	for name, of := range map[string]struct {
		fan  int
		tree bool
	}{
		"walk": {1000, false}, "tree": {1000, true}, "most/walk": {1920, false}, "most/tree": {1560, true},
	} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				walkWide(b, of.fan, of.tree)
			}
		})
	}
}
