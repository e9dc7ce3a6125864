package embedded

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
)

const testHost index.HostID = "ftp://ftp.example.org/"

func openTest(t testing.TB, dir string, o Options) *Engine {
	t.Helper()
	e, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func remember(t testing.TB, e *Engine, id index.HostID) {
	t.Helper()
	if err := e.Update(t.Context(), id, func(*index.Host) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

func begin(t testing.TB, e *Engine, id index.HostID, fresh bool) *crawl {
	t.Helper()
	c, err := e.Begin(t.Context(), id, fresh)
	if err != nil {
		t.Fatal(err)
	}
	return c.(*crawl)
}

// model is the truth that the store is held against: what each directory holds.
type model map[index.Path]map[string]index.Entry

// put does what Crawl.Put says.
func (m model) put(l index.Listing, union bool) {
	old := m[l.Dir]
	now := map[string]index.Entry{}
	if union {
		for wire, e := range old {
			now[wire] = e
		}
	}
	for _, e := range l.Entries {
		now[e.Wire()] = e
	}
	m[l.Dir] = now
	for wire, e := range old {
		if e.Kind == index.Dir && now[wire].Kind != index.Dir {
			m.forget(l.Dir.Join(wire))
		}
	}
}

func (m model) forget(top index.Path) {
	for dir := range m {
		if dir.Within(top) {
			delete(m, dir)
		}
	}
}

func (m model) entries(dir index.Path) []index.Entry {
	var all []index.Entry
	for _, e := range m[dir] {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b index.Entry) int { return strings.Compare(a.Wire(), b.Wire()) })
	return all
}

func (m model) tally() (t index.Tally) {
	for _, entries := range m {
		t.Directories++
		for _, e := range entries {
			if e.Kind != index.Dir {
				t.Files++
				t.Bytes += max(e.Size, 0)
			}
		}
	}
	return t
}

// equal fails the test where the engine does not hold what the model does.
func (m model) equal(t *testing.T, e *Engine, id index.HostID) {
	t.Helper()
	for dir := range m {
		l, err := e.List(t.Context(), id, dir, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		if want := m.entries(dir); !slices.Equal(l.Entries, want) {
			t.Fatalf("%s holds\n%v\nwant\n%v", dir, l.Entries, want)
		}
	}
	h, err := e.Host(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	got := h.Tally
	got.Stale, got.Denied, got.Unparsed = 0, 0, 0
	if want := m.tally(); got != want {
		t.Fatalf("tally %+v, want %+v", got, want)
	}
	err = e.Check(t.Context(), func(problem string) { t.Error(problem) })
	if err != nil || t.Failed() {
		t.Fatal("check: ", err)
	}
}

// randomEntry makes an entry, of few enough names that they meet.
func randomEntry(r *rand.Rand, names int) index.Entry {
	e := index.Entry{Name: fmt.Sprintf("n%0*d", 1+r.IntN(3), r.IntN(names)), Size: r.Int64N(1 << r.IntN(40))}
	switch r.IntN(8) {
	case 0:
		e.Raw = e.Name + "\xe9"
		e.Name += "é"
	case 1:
		e.Kind, e.Target = index.Link, "../t"
	case 2:
		e.Kind, e.Size = index.Dir, index.UnknownSize
	case 3:
		e.Size = index.UnknownSize
	}
	if e.Precision = index.Precision(r.IntN(4)); e.Precision != index.Unknown {
		e.Unix = r.Int64N(1<<33) - 1<<20
	}
	return e
}

func randomListing(r *rand.Rand, dir index.Path, names int) index.Listing {
	l := index.Listing{Dir: dir, Taken: time.Unix(1e9, 0), Way: "LIST"}
	have := map[string]bool{}
	for range r.IntN(names) {
		if e := randomEntry(r, names); !have[e.Wire()] {
			have[e.Wire()] = true
			l.Entries = append(l.Entries, e)
		}
	}
	return l
}

func randomDir(r *rand.Rand, m model) index.Path {
	dir := index.Path("/")
	for range r.IntN(4) {
		var below []index.Path
		for _, e := range m.entries(dir) {
			if e.Kind == index.Dir {
				below = append(below, dir.Join(e.Wire()))
			}
		}
		if len(below) == 0 {
			break
		}
		dir = below[r.IntN(len(below))]
	}
	return dir
}

func TestPutIsWhatTheModelHolds(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 0))
			dir := t.TempDir()
			e := openTest(t, dir, Options{BlockSize: 1 + r.IntN(20)})
			remember(t, e, testHost)
			m := model{}
			c := begin(t, e, testHost, true)
			for range 120 {
				var batch []index.Listing
				for range 1 + r.IntN(5) {
					l := randomListing(r, randomDir(r, m), 1+r.IntN(120))
					if r.IntN(5) == 0 {
						l.State = index.Truncated
					}
					m.put(l, l.State == index.Truncated)
					batch = append(batch, l)
					if l.State == index.Complete && r.IntN(3) == 0 { // parts say the same
						n := len(l.Entries) / 2
						a, b := l, l
						a.Entries, a.More, b.Entries = l.Entries[:n], true, l.Entries[n:]
						batch = append(batch[:len(batch)-1], a, b)
					}
				}
				for _, l := range batch { // one by one: the order in a Put is not the order of time
					if err := c.Put(t.Context(), l); err != nil {
						t.Fatal(err)
					}
				}
				if r.IntN(10) == 0 {
					m.equal(t, e, testHost)
				}
			}
			m.equal(t, e, testHost)
			c.Close()
			e.Close()
			e = openTest(t, dir, Options{BlockSize: 16})
			m.equal(t, e, testHost)
		})
	}
}

func TestBatchIsOneByOne(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 0))
	e := openTest(t, t.TempDir(), Options{BlockSize: 8})
	remember(t, e, testHost)
	m := model{}
	c := begin(t, e, testHost, true)
	for range 40 {
		have := map[index.Path]bool{}
		var batch []index.Listing
		for range 1 + r.IntN(12) {
			dir := randomDir(r, m)
			if have[dir] {
				continue
			}
			have[dir] = true
			batch = append(batch, randomListing(r, dir, 30))
		}
		// Parents first, as a crawl goes.
		slices.SortFunc(batch, func(a, b index.Listing) int { return a.Dir.Depth() - b.Dir.Depth() })
		for _, l := range batch {
			m.put(l, false)
		}
		if err := c.Put(t.Context(), batch...); err != nil {
			t.Fatal(err)
		}
		m.equal(t, e, testHost)
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
	e := openTest(t, t.TempDir(), Options{})
	remember(t, e, testHost)
	ctx := t.Context()

	c := begin(t, e, testHost, false)
	if _, err := e.Begin(ctx, testHost, false); !errors.Is(err, index.ErrBusy) {
		t.Fatalf("a second crawl: %v", err)
	}
	if err := e.Remove(ctx, testHost); !errors.Is(err, index.ErrBusy) {
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
	c = begin(t, e, testHost, false)
	if l, err := c.Seen(ctx, "/a"); err != nil || len(l.Entries) != 2 {
		t.Fatalf("a resumed crawl has forgotten: %v %v", l, err)
	}
	if err := c.Finish(ctx, true); err != nil {
		t.Fatal(err)
	}
	tally := func() index.Tally {
		h, err := e.Host(ctx, testHost)
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
	c = begin(t, e, testHost, false)
	put(t, c, list("/", "a/", "b/", "f"), index.Listing{Dir: "/a", State: index.Stale, Why: "timeout"})
	if err := c.Finish(ctx, false); err != nil {
		t.Fatal(err)
	}
	if got, want := tally(), (index.Tally{Directories: 4, Files: 4, Bytes: 40, Stale: 2, Denied: 1}); got != want {
		t.Fatalf("tally %+v, want %+v", got, want)
	}
	for _, dir := range []index.Path{"/a", "/b"} {
		if l, err := e.List(ctx, testHost, dir, "", 0); err != nil || l.State != index.Stale || len(l.Entries) == 0 {
			t.Fatalf("%s: %+v %v", dir, l, err)
		}
	}

	// Complete: what is not seen goes.
	c = begin(t, e, testHost, false)
	put(t, c, list("/", "a/", "b/", "f"), index.Listing{Dir: "/a", State: index.Unchanged})
	if err := c.Finish(ctx, true); err != nil {
		t.Fatal(err)
	}
	if got, want := tally(), (index.Tally{Directories: 2, Files: 3, Bytes: 30}); got != want {
		t.Fatalf("tally %+v, want %+v", got, want)
	}
	if l, err := e.List(ctx, testHost, "/a", "", 1); err != nil || !l.More || l.State != index.Complete || !reflect.DeepEqual(l.Entries[0].Name, "x") {
		t.Fatalf("/a: %+v %v", l, err)
	}
	if l, err := e.List(ctx, testHost, "/a", "x", 1); err != nil || l.More || len(l.Entries) != 1 {
		t.Fatalf("/a after x: %+v %v", l, err)
	}
	if _, err := e.List(ctx, testHost, "/b", "", 0); !errors.Is(err, index.ErrNotFound) {
		t.Fatalf("/b: %v", err)
	}
	if err := e.Remove(ctx, testHost); err != nil {
		t.Fatal(err)
	}
	if _, err := e.List(ctx, testHost, "/a", "", 0); !errors.Is(err, index.ErrNoHost) {
		t.Fatalf("after Remove: %v", err)
	}
	if err := e.Check(ctx, func(problem string) { t.Error(problem) }); err != nil {
		t.Fatal(err)
	}
}
