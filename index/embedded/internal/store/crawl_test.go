package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/enginetest"
	"trawl/index/indextest"
)

// twins are an engine and the brute-force one, which do the same.
type twins struct {
	*testing.T
	e      *Store
	brute  *indextest.Brute
	crawls [2]index.Crawl
}

// both does one thing with both.
func (w *twins) both(do func(enginetest.Recorder) error) {
	w.Helper()
	got, want := do(w.e), do(w.brute)
	if (got == nil) != (want == nil) {
		w.Fatalf("error %v, want %v", got, want)
	}
}

func (w *twins) begin(fresh bool) {
	w.Helper()
	i := 0
	w.both(func(c enginetest.Recorder) (err error) {
		w.crawls[i], err = c.Begin(w.Context(), enginetest.Host, fresh)
		i++
		return err
	})
}

// crawl does one thing with the crawls of both.
func (w *twins) crawl(do func(index.Crawl) error) {
	w.Helper()
	got, want := do(w.crawls[0]), do(w.crawls[1])
	if (got == nil) != (want == nil) || errors.Is(got, index.ErrNotFound) != errors.Is(want, index.ErrNotFound) {
		w.Fatalf("error %v, want %v", got, want)
	}
}

// dirs returns the directories of which listings tell, known or not.
func (w *twins) dirs() []index.Path {
	all := []index.Path{"/"}
	for i := 0; i < len(all); i++ {
		l, err := w.brute.List(w.Context(), enginetest.Host, all[i], "", 0)
		if err != nil {
			continue
		}
		for k := range l.Entries {
			if e := &l.Entries[k]; e.Kind == index.Dir && all[i].Depth() < 4 {
				all = append(all, all[i].Join(e.Wire()))
			}
		}
	}
	return all
}

// compare fails the test where the engine does not hold what the other one does.
func (w *twins) compare() {
	w.Helper()
	for _, dir := range w.dirs() {
		got, err := w.e.List(w.Context(), enginetest.Host, dir, "", 0)
		want, wantErr := w.brute.List(w.Context(), enginetest.Host, dir, "", 0)
		if errors.Is(err, index.ErrNotFound) != errors.Is(wantErr, index.ErrNotFound) {
			w.Fatalf("%s: error %v, want %v", dir, err, wantErr)
		}
		if !slices.Equal(got.Entries, want.Entries) || got.State != want.State || got.Lost != want.Lost ||
			got.Why != want.Why || got.Display() != want.Display() || !slices.Equal(got.Unparsed, want.Unparsed) {
			w.Fatalf("%s holds\n%+v\nwant\n%+v", dir, got, want)
		}
		_, err = w.crawls[0].Seen(w.Context(), dir)
		_, wantErr = w.crawls[1].Seen(w.Context(), dir)
		if errors.Is(err, index.ErrNotFound) != errors.Is(wantErr, index.ErrNotFound) {
			w.Fatalf("%s is seen: %v, want %v", dir, err, wantErr)
		}
	}
	got, err := w.e.Host(w.Context(), enginetest.Host)
	if err != nil {
		w.Fatal(err)
	}
	want, err := w.brute.Host(w.Context(), enginetest.Host)
	if err != nil || got.Tally != want.Tally || got.Health != want.Health {
		w.Fatalf("host %+v, want %+v", got, want)
	}
	check(w.T, w.e)
}

// nudge makes a listing of what is known of a directory, with few changes.
func (w *twins) nudge(r *rand.Rand, dir index.Path) index.Listing {
	known, err := w.brute.List(w.Context(), enginetest.Host, dir, "", 0)
	if err != nil {
		return enginetest.RandomListing(r, dir, 120)
	}
	l := index.Listing{Dir: dir, Taken: time.Unix(1e9+1e6, 0), Way: "MLSD", Entries: slices.Clone(known.Entries)}
	for range r.IntN(4) {
		if n := len(l.Entries); n > 0 && r.IntN(2) == 0 {
			l.Entries = slices.Delete(l.Entries, n/2, n/2+1)
		}
		young := enginetest.RandomEntry(r, 120)
		if i := slices.IndexFunc(l.Entries, func(e index.Entry) bool { return e.Wire() == young.Wire() }); i >= 0 {
			l.Entries[i] = young
		} else {
			l.Entries = append(l.Entries, young)
		}
	}
	if r.IntN(30) == 0 {
		l.Shown = string(dir) + "?"
	}
	return l
}

// put puts some random listings, whole or in parts.
func (w *twins) put(r *rand.Rand) {
	dirs := w.dirs()
	for range 1 + r.IntN(5) {
		dir := dirs[r.IntN(len(dirs))]
		l := w.nudge(r, dir)
		if r.IntN(3) == 0 {
			l = enginetest.RandomState(r, enginetest.RandomListing(r, dir, 1+r.IntN(120)))
		}
		parts := []index.Listing{l}
		if n := len(l.Entries) / 2; n > 0 && r.IntN(3) == 0 {
			parts = append(parts, l)
			parts[0].Entries, parts[0].More, parts[1].Entries = l.Entries[:n], true, l.Entries[n:]
			parts = parts[:1+r.IntN(2)] // some listings break off
		}
		w.crawl(func(c index.Crawl) error { return c.Put(w.Context(), parts...) })
	}
}

func TestCrawlsAreAsBrute(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 0))
			dir := t.TempDir()
			w := &twins{T: t, e: openBare(t, dir, 1+r.IntN(40)), brute: indextest.NewBrute()}
			w.both(func(c enginetest.Recorder) error {
				return c.Update(t.Context(), enginetest.Host, func(*index.Host) error { return nil })
			})
			w.begin(true)
			for range 100 {
				switch r.IntN(20) {
				case 0:
					complete := r.IntN(2) == 0
					w.crawl(func(c index.Crawl) error { return c.Finish(t.Context(), complete) })
					w.begin(false)
				case 1:
					w.crawl(func(c index.Crawl) error { return c.Close() })
					closeBare(t, w.e)
					w.e = openBare(t, dir, 1+r.IntN(40))
					w.begin(r.IntN(4) == 0)
				case 2:
					w.compare()
				default:
					w.put(r)
				}
			}
			w.compare()
		})
	}
}

// A Put of many is a Put of one after the other.
func TestBatchIsOneByOne(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 0))
	w := &twins{T: t, e: openBare(t, t.TempDir(), 8), brute: indextest.NewBrute()}
	w.both(func(c enginetest.Recorder) error {
		return c.Update(t.Context(), enginetest.Host, func(*index.Host) error { return nil })
	})
	w.begin(true)
	for range 150 {
		dirs := w.dirs()
		var batch []index.Listing
		for range 1 + r.IntN(12) { // parents after their children too, and some twice
			l := enginetest.RandomState(r, enginetest.RandomListing(r, dirs[r.IntN(len(dirs))], 30))
			if l.State == index.Unchanged { // may fail, and then what the others do is open
				l.State = index.Complete
			}
			batch = append(batch, l)
		}
		w.crawl(func(c index.Crawl) error { return c.Put(t.Context(), batch...) })
		w.compare()
	}
}

func TestFinish(t *testing.T) {
	t.Parallel()
	list := func(dir index.Path, names ...string) index.Listing {
		l := index.Listing{Dir: dir, Taken: time.Unix(1e9, 0), Way: "MLSD"}
		for _, name := range names {
			e := index.Entry{Name: strings.TrimSuffix(name, "/"), Size: 10}
			if strings.HasSuffix(name, "/") {
				e.Kind, e.Size = index.Dir, index.UnknownSize
			}
			l.Entries = append(l.Entries, e)
		}
		return l
	}
	put := func(t *testing.T, c *crawl, listings ...index.Listing) {
		t.Helper()
		if err := c.Put(t.Context(), listings...); err != nil {
			t.Fatal(err)
		}
	}
	e := openBare(t, t.TempDir(), 0)
	enginetest.Remember(t, e, enginetest.Host)
	ctx := t.Context()

	c := beginCrawl(t, e, enginetest.Host, false)
	if _, err := e.Begin(ctx, enginetest.Host, false); !errors.Is(err, index.ErrBusy) {
		t.Fatalf("a second crawl: %v", err)
	}
	if err := e.Remove(ctx, enginetest.Host); !errors.Is(err, index.ErrBusy) {
		t.Fatalf("remove while crawling: %v", err)
	}
	put(t, c, list("/", "a/", "b/", "f"), list("/a", "x", "y"), list("/b", "z"))
	put(t, c, index.Listing{Dir: "/c", State: index.Denied, Why: "550 no"})
	if _, err := c.Seen(ctx, "/c"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Seen(ctx, "/d"); !errors.Is(err, index.ErrNotFound) {
		t.Fatalf("seen: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = beginCrawl(t, e, enginetest.Host, false)
	if l, err := c.Seen(ctx, "/a"); err != nil || len(l.Entries) != 2 {
		t.Fatalf("a resumed crawl has forgotten: %v %v", l, err)
	}
	if err := c.Finish(ctx, true); err != nil {
		t.Fatal(err)
	}
	tally := func() index.Tally {
		h, err := e.Host(ctx, enginetest.Host)
		if err != nil {
			t.Fatal(err)
		}
		if h.Health.Crawling {
			t.Error("still crawling")
		}
		return h.Tally
	}
	if got, want := tally(), (index.Tally{Directories: 4, Files: 4, Bytes: 40, Denied: 1}); got != want {
		t.Fatalf("tally %+v, want %+v", got, want)
	}

	// Not complete: what is not seen stays and is stale.
	c = beginCrawl(t, e, enginetest.Host, false)
	put(t, c, list("/", "a/", "b/", "f"), index.Listing{Dir: "/a", State: index.Stale, Why: "timeout"})
	if err := c.Finish(ctx, false); err != nil {
		t.Fatal(err)
	}
	if got, want := tally(), (index.Tally{Directories: 4, Files: 4, Bytes: 40, Stale: 2, Denied: 1}); got != want {
		t.Fatalf("tally %+v, want %+v", got, want)
	}
	for _, dir := range []index.Path{"/a", "/b"} {
		if l, err := e.List(ctx, enginetest.Host, dir, "", 0); err != nil || l.State != index.Stale || len(l.Entries) == 0 {
			t.Fatalf("%s: %+v %v", dir, l, err)
		}
	}

	// Complete: what is not seen goes.
	c = beginCrawl(t, e, enginetest.Host, false)
	put(t, c, list("/", "a/", "b/", "f"), index.Listing{Dir: "/a", State: index.Unchanged})
	if err := c.Finish(ctx, true); err != nil {
		t.Fatal(err)
	}
	if got, want := tally(), (index.Tally{Directories: 2, Files: 3, Bytes: 30}); got != want {
		t.Fatalf("tally %+v, want %+v", got, want)
	}
	if l, err := e.List(ctx, enginetest.Host, "/a", "", 1); err != nil || !l.More || l.State != index.Complete || !reflect.DeepEqual(l.Entries[0].Name, "x") {
		t.Fatalf("/a: %+v %v", l, err)
	}
	if l, err := e.List(ctx, enginetest.Host, "/a", "x", 1); err != nil || l.More || len(l.Entries) != 1 {
		t.Fatalf("/a after x: %+v %v", l, err)
	}
	if _, err := e.List(ctx, enginetest.Host, "/b", "", 0); !errors.Is(err, index.ErrNotFound) {
		t.Fatalf("/b: %v", err)
	}
	if err := e.Remove(ctx, enginetest.Host); err != nil {
		t.Fatal(err)
	}
	if _, err := e.List(ctx, enginetest.Host, "/a", "", 0); !errors.Is(err, index.ErrNoHost) {
		t.Fatalf("after Remove: %v", err)
	}
	check(t, e)
}
