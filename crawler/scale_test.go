package crawler_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/crawler/listing"
	"trawl/crawler/listing/packed"
	"trawl/crawler/pace"
	"trawl/index"
)

// wide is a host of fan*fan+fan+1 directories with three files each, of which it
// keeps none in memory. All at once it lists as ls does.
type wide struct {
	fan  int
	tree bool
	peak atomic.Uint64 // of the heap, in bytes, as seen at times
	n    atomic.Int64
}

func (w *wide) Connect(_ context.Context, _ index.Host, pacer *pace.Pacer) (crawler.Server, error) {
	parser, err := listing.New(listing.Options{Memory: pacer})
	return &wideServer{w, parser}, err
}

type wideServer struct {
	*wide
	parser *listing.Parser
}

func (w *wideServer) Known() index.Known { return index.Known{} }
func (w *wideServer) Close() error       { return nil }
func (w *wideServer) Stat(context.Context, index.Path) (crawler.Fact, error) {
	return crawler.Fact{}, crawler.ErrAbsent
}

func (w *wideServer) Open(context.Context, index.Path, int64) (io.ReadCloser, error) {
	return nil, crawler.ErrDenied
}

func (w *wideServer) Ways() (trees []crawler.TreeWay, dirs []crawler.DirWay) {
	if w.tree {
		trees = []crawler.TreeWay{fakeTree{w.all}}
	}
	return trees, []crawler.DirWay{fakeDir{"MLSD", 4, func(_ context.Context, dir index.Path, hand func(index.Listing) error) error {
		return hand(w.listing(dir))
	}}}
}

func (w *wideServer) all(_ context.Context, root index.Path, hand func(index.Listing) error) error {
	r, text := io.Pipe()
	go func() { _ = text.CloseWithError(w.write(text, root)) }()
	defer func() { _ = r.Close() }()
	err := w.parser.Tree(r, root, "TREE", hand)
	if errors.Is(err, packed.ErrMemory) {
		return crawler.ErrMemory
	}
	return err
}

// write writes the tree as ls -lR does.
func (w *wide) write(to io.Writer, root index.Path) error {
	text := w.ls(nil, root)
	for i := range w.fan {
		dir := root.Join(fmt.Sprintf("directory-%07d", i))
		text = w.ls(text, dir)
		for j := range w.fan {
			text = w.ls(text, dir.Join(fmt.Sprintf("directory-%07d", j)))
			if len(text) > 64<<10 {
				if _, err := to.Write(text); err != nil {
					return err
				}
				text = text[:0]
			}
		}
	}
	_, err := to.Write(text)
	return err
}

// ls appends a listing as text.
func (w *wide) ls(text []byte, dir index.Path) []byte {
	text = append(append(append(text, '\n'), dir...), ":\n"...)
	l := w.listing(dir)
	for i := range l.Entries {
		e, kind := &l.Entries[i], "-rw-r--r-- 1"
		if e.Kind == index.Dir {
			kind = "drwxr-xr-x 2"
		}
		text = strconv.AppendInt(append(append(text, kind...), " ftp ftp "...), max(0, e.Size), 10)
		text = append(append(append(text, " May 17  2024 "...), e.Name...), '\n')
	}
	return text
}

func (w *wide) listing(dir index.Path) index.Listing {
	if w.n.Add(1)%50_000 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		w.peak.Store(max(w.peak.Load(), m.HeapInuse))
	}
	day := epoch.Truncate(24 * time.Hour).Unix()
	l := index.Listing{Dir: dir, Entries: make([]index.Entry, 0, 3)}
	for i := range 3 {
		l.Entries = append(l.Entries, index.Entry{
			Name: fmt.Sprintf("file-%d.iso", i), Size: int64(len(dir)), Unix: day, Precision: index.Day,
		})
	}
	for i := range w.fan {
		if dir.Depth() < 2 {
			l.Entries = append(l.Entries, index.Entry{
				Name: fmt.Sprintf("directory-%07d", i), Kind: index.Dir, Size: index.UnknownSize, Unix: day, Precision: index.Day,
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
		"walk": {1000, false}, "tree": {1000, true}, "most/walk": {2235, false}, "most/tree": {2235, true},
	} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				walkWide(b, of.fan, of.tree)
			}
		})
	}
}
