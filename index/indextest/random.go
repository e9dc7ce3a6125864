package indextest

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trawl/index"
)

// random does the same random work on an engine and on Brute and compares all their
// answers. Each run begins by removing all hosts.
func random(t *testing.T, c index.Catalogue) {
	t.Helper()
	rapid.Check(t, func(rt *rapid.T) {
		w := &work{T: rt, engine: c, brute: NewBrute(), open: map[index.HostID]pair{}, kept: map[uint64]index.Answer{}}
		w.clear()
		defer w.closeAll()
		w.Repeat(map[string]func(*rapid.T){
			"update": w.update,
			"begin":  w.begin,
			"put":    w.put,
			"finish": w.finish,
			"close":  w.close,
			"remove": w.remove,
			"text":   w.text,
			"ask":    w.ask,

			"page":    w.page,
			"entry":   w.entry,
			"correct": w.correct,
			"":        func(*rapid.T) {},
		})
		w.closeAll()
		w.compare()
	})
}

// work is one run. Drawing and failing is rapid's.
type work struct {
	*rapid.T
	engine index.Catalogue
	brute  *Brute
	open   map[index.HostID]pair
	kept   map[uint64]index.Answer // by index.Answer.Kept
}

// pair is the same crawl on both.
type pair struct{ engine, brute index.Crawl }

// must ends the run if something failed that must not fail.
func (w *work) must(err error) {
	if err != nil {
		w.Fatal(err)
	}
}

// both does one thing on both engines and compares the errors.
func (w *work) both(what string, do func(index.Catalogue) error) error {
	got, want := do(w.engine), do(w.brute)
	for _, e := range []error{index.ErrNoHost, index.ErrNotFound, index.ErrBusy, index.ErrCursor} {
		if errors.Is(got, e) != errors.Is(want, e) {
			w.Fatalf("%s: error %v, want %v", what, got, want)
		}
	}
	if (got == nil) != (want == nil) {
		w.Fatalf("%s: error %v, want %v", what, got, want)
	}
	return want
}

// clear removes all hosts of the engine.
func (w *work) clear() {
	ctx := context.Background()
	hosts, err := w.engine.Hosts(ctx)
	w.must(err)
	for _, h := range hosts {
		w.must(w.engine.Remove(ctx, h.ID))
	}
}

func (w *work) closeAll() {
	for id, p := range w.open {
		w.must(p.engine.Close())
		w.must(p.brute.Close())
		delete(w.open, id)
	}
}

func (w *work) host(t *rapid.T) index.HostID {
	return rapid.SampledFrom([]index.HostID{north, south, west}).Draw(t, "host")
}

// update changes a host, or adds it.
func (w *work) update(t *rapid.T) {
	id := w.host(t)
	down, connections := rapid.Bool().Draw(t, "down"), rapid.IntRange(0, 9).Draw(t, "connections")
	_ = w.both("update", func(c index.Catalogue) error {
		return c.Update(context.Background(), id, func(h *index.Host) error {
			h.Known.Connections = connections
			h.Health.DownSince = time.Time{}
			if down {
				h.Health.DownSince = then()
			}
			return nil
		})
	})
}

func (w *work) begin(t *rapid.T) {
	id, fresh := w.host(t), rapid.Bool().Draw(t, "fresh")
	if _, busy := w.open[id]; busy {
		t.Skip("an engine may wait for the other crawl")
	}
	var crawls []index.Crawl
	err := w.both("begin", func(c index.Catalogue) error {
		crawl, err := c.Begin(context.Background(), id, fresh)
		crawls = append(crawls, crawl)
		return err
	})
	if err == nil {
		w.open[id] = pair{crawls[0], crawls[1]}
	}
}

// crawl draws one of the open crawls.
func (w *work) crawl(t *rapid.T) (index.HostID, pair) {
	if len(w.open) == 0 {
		t.Skip("no crawl is open")
	}
	id := rapid.SampledFrom(slices.Sorted(maps.Keys(w.open))).Draw(t, "crawl")
	return id, w.open[id]
}

// put records some listings of directories that are known, as a crawler does.
func (w *work) put(t *rapid.T) {
	id, p := w.crawl(t)
	for range rapid.IntRange(1, 4).Draw(t, "listings") {
		d := rapid.SampledFrom(w.known(id)).Draw(t, "dir")
		l := w.drawNudge(t, id, d)
		parts := []index.Listing{l}
		if n := len(l.Entries); n > 1 && rapid.Bool().Draw(t, "parts") {
			parts = append(parts, l)
			parts[0].Entries, parts[0].More = l.Entries[:n/2], true
			parts[1].Entries = l.Entries[n/2:]
		}
		ctx := context.Background()
		got, want := p.engine.Put(ctx, parts...), p.brute.Put(ctx, parts...)
		if (got == nil) != (want == nil) || errors.Is(got, index.ErrNotFound) != errors.Is(want, index.ErrNotFound) {
			t.Fatalf("put %s: error %v, want %v", d, got, want)
		}
	}
}

// drawNudge draws a listing of a directory: half of the time one that differs
// little from the known one.
func (w *work) drawNudge(t *rapid.T, id index.HostID, d index.Path) index.Listing {
	l := drawListing(t, d)
	known, err := w.brute.List(context.Background(), id, d, "", 0)
	if err != nil || rapid.Bool().Draw(t, "anew") {
		return l
	}
	l.Entries = l.Entries[:min(len(l.Entries), 1)]
	keep := l.Entries
	for i := range known.Entries {
		if e := known.Entries[i]; len(keep) == 0 || e.Wire() != keep[0].Wire() {
			l.Entries = append(l.Entries, e)
		}
	}
	if l.State == index.Denied || l.State == index.Stale || l.State == index.Unchanged {
		l.Entries = nil
	}
	return l
}

// known returns the directories of a host that its listings name.
func (w *work) known(id index.HostID) []index.Path {
	out := []index.Path{"/"}
	w.brute.mu.RLock()
	defer w.brute.mu.RUnlock()
	for p, d := range w.brute.hosts[id].dirs {
		for i := range d.listing.Entries {
			if e := &d.listing.Entries[i]; e.Kind == index.Dir && p.Depth() < 4 {
				out = append(out, p.Join(e.Wire()))
			}
		}
	}
	slices.Sort(out)
	return out
}

func (w *work) finish(t *rapid.T) {
	id, p := w.crawl(t)
	complete := rapid.Bool().Draw(t, "complete")
	w.must(p.engine.Finish(context.Background(), complete))
	w.must(p.brute.Finish(context.Background(), complete))
	delete(w.open, id)
}

func (w *work) close(t *rapid.T) {
	id, p := w.crawl(t)
	w.must(p.engine.Close())
	w.must(p.brute.Close())
	delete(w.open, id)
}

func (w *work) remove(t *rapid.T) {
	id := w.host(t)
	_ = w.both("remove", func(c index.Catalogue) error { return c.Remove(context.Background(), id) })
}

// compare compares the two catalogues.
func (w *work) compare() {
	ctx := context.Background()
	got, err := w.engine.Hosts(ctx)
	w.must(err)
	want, err := w.brute.Hosts(ctx)
	w.must(err)
	if len(got) != len(want) {
		w.Fatalf("%d hosts, want %d", len(got), len(want))
	}
	for i, h := range want {
		if got[i].ID != h.ID || got[i].Tally != h.Tally || got[i].Health.Crawling != h.Health.Crawling {
			w.Fatalf("host %+v, want %+v", got[i], h)
		}
		dirs := slices.SortedFunc(maps.Keys(w.brute.hosts[h.ID].dirs), cmp.Compare)
		for _, p := range dirs {
			w.listing(h.ID, p)
		}
		w.ofSubtrees(h.ID, dirs)
		for _, p := range slices.SortedFunc(maps.Keys(w.brute.texts[h.ID]), cmp.Compare) {
			w.sameText(h.ID, p)
		}
	}
	w.answers(w.T, "-nothing", index.Query{Facets: true, Sort: index.ByName})
}

// listing compares one directory.
func (w *work) listing(id index.HostID, p index.Path) {
	ctx := context.Background()
	got, err := w.engine.List(ctx, id, p, "", 0)
	if err != nil {
		w.Fatalf("list %s: %v", p, err)
	}
	want, err := w.brute.List(ctx, id, p, "", 0)
	w.must(err)
	if !slices.EqualFunc(got.Entries, want.Entries, func(a, b index.Entry) bool { return a == b }) {
		w.Fatalf("%s holds %+v, want %+v", p, got.Entries, want.Entries)
	}
	if got.State != want.State || got.Lost != want.Lost || got.Corrected != want.Corrected || got.Display() != want.Display() {
		w.Fatalf("%s: %s, %d lost, shown %q, want %s, %d, %q", p, got.State, got.Lost, got.Display(),
			want.State, want.Lost, want.Display())
	}
}
