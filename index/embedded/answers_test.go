package embedded

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"trawl/index"
)

// asks are questions whose answers show all that there is to see.
func asks() []index.Query {
	return []index.Query{{Facets: true, Places: 100}, {Sort: index.ByTime, Limit: 3}, {Sort: index.BySize, Reverse: true}}
}

// TestKeptAnswersEqualFreshOnes changes a catalogue in every way that there is, and
// holds what is answered after each change, twice, against what is computed anew.
func TestKeptAnswersEqualFreshOnes(t *testing.T) {
	e := openTest(t, t.TempDir(), Options{BlockSize: 4})
	north, south := index.HostID("ftp://north.example/"), index.HostID("ftp://south.example/")
	file := func(name string) index.Entry {
		return index.Entry{Name: name, Kind: index.File, Size: int64(100 * len(name)), Unix: 1e9, Precision: index.Second}
	}
	var crawl index.Crawl
	put := func(state index.State, dir index.Path, entries ...index.Entry) error {
		return crawl.Put(t.Context(), index.Listing{Dir: dir, Taken: time.Now(), State: state, Entries: entries})
	}
	change := func(id index.HostID, do func(*index.Host)) error {
		return e.Update(t.Context(), id, func(h *index.Host) error { do(h); return nil })
	}
	text := func(body string) error {
		return e.PutText(t.Context(), index.Text{Host: north, Path: "/pub/INDEX", Size: int64(len(body)), Body: body, Taken: time.Now()})
	}
	start := func(id index.HostID) (err error) {
		crawl, err = e.Begin(t.Context(), id, true)
		return err
	}
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"a host", func() error {
			return errors.Join(change(north, func(*index.Host) {}), change(south, func(*index.Host) {}))
		}},
		{"a crawl", func() error { return start(north) }},
		{"a first listing", func() error {
			return put(index.Complete, "/", index.Entry{Name: "pub", Kind: index.Dir, Size: index.UnknownSize})
		}},
		{"files", func() error { return put(index.Complete, "/pub", file("kernel-1"), file("kernel-2"), file("INDEX")) }},
		{"the end", func() error { return crawl.Finish(t.Context(), true) }},
		{"another host", func() error {
			return errors.Join(start(south), put(index.Complete, "/", file("kernel-1")), crawl.Finish(t.Context(), true))
		}},
		{"health", func() error { return change(north, func(h *index.Host) { h.Health.DownSince = time.Now() }) }},
		{"settings", func() error { return change(north, func(h *index.Host) { h.Settings.Connections = 3 }) }},
		{"a text", func() error { return text("kernel-1  the best kernel of all\n") }},
		{"another text", func() error { return text("kernel-2  the worst kernel of all\n") }},
		{"a crawl of the same", func() error {
			return errors.Join(start(north), put(index.Complete, "/", index.Entry{Name: "pub", Kind: index.Dir, Size: index.UnknownSize}))
		}},
		{"a stale directory", func() error { return put(index.Stale, "/pub") }},
		{"its unfinished end", func() error { return crawl.Finish(t.Context(), false) }},
		{"other files", func() error {
			return errors.Join(start(north), put(index.Complete, "/", index.Entry{Name: "pub", Kind: index.Dir, Size: index.UnknownSize}),
				put(index.Complete, "/pub", file("kernel-1"), file("kernel-3")))
		}},
		{"an end that forgets a text", func() error { return crawl.Finish(t.Context(), true) }},
		{"a compaction", func() error { return e.Compact(t.Context()) }},
		{"a rebuild", func() error { return e.Rebuild(t.Context()) }},
		{"a removal", func() error { return e.Remove(t.Context(), south) }},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.what, err)
		}
		for _, words := range []string{"kernel", "text:kernel", "kernel time:>1d", "kernle"} {
			for _, q := range asks() {
				q.Tree, q.Budget = parse(t, words), -1
				sameAnswers(t, e, q, words+" after "+step.what)
			}
		}
	}
}

// sameAnswers holds two answers of e against one that is computed.
func sameAnswers(t *testing.T, e *Engine, q index.Query, what string) {
	t.Helper()
	want, err := e.search(t.Context(), q)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	for range 2 {
		got, err := e.Search(t.Context(), q)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		got.Took = 0
		if !reflect.DeepEqual(got, want.answer) {
			t.Fatalf("%s:\ngot  %+v\nwant %+v", what, got, want.answer)
		}
	}
}

// TestEqualCrawlsKeepAnswers shows that an answer is given again, also after a
// crawl that has listed something and found nothing new.
func TestEqualCrawlsKeepAnswers(t *testing.T) {
	e := openTest(t, t.TempDir(), Options{BlockSize: 4})
	fillHost(t, e, testHost, 50)
	q := index.Query{Tree: parse(t, "kind:file")}
	find := func() *index.Result {
		a, err := e.Search(t.Context(), q)
		if err != nil || len(a.Results) == 0 {
			t.Fatalf("%+v, %v", a, err)
		}
		return &a.Results[0]
	}
	c := begin(t, e, testHost, true)
	first := find()
	l, err := e.List(t.Context(), testHost, "/d3", "", 0)
	if err != nil {
		t.Fatal(err)
	}
	l.State = index.Complete
	if err := c.Put(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if find() != first {
		t.Error("an equal listing has made the answer void")
	}
	l.Entries = append(l.Entries, index.Entry{Name: "zz-new", Kind: index.File, Size: 1})
	if err := c.Put(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if find() == first {
		t.Error("the answer is older than the catalogue")
	}
}

// cache is answers of a catalogue that the test changes.
type cache struct {
	*answers[string, string]

	now      atomic.Uint64 // state of the catalogue
	computed atomic.Int64
}

func newCache(room int) *cache {
	c := &cache{answers: newAnswers(room, nil, func(q, a *string) int { return len(*q) + len(*a) })}
	c.state = func() (state, error) { return state{blocks: c.now.Load()}, nil }
	return c
}

// ask asks and waits for hold within the computation.
func (c *cache) ask(ctx context.Context, q string, whole bool, hold <-chan struct{}) (string, error) {
	return c.get(ctx, q, func(ctx context.Context) (made[string], error) {
		n := c.computed.Add(1)
		m := made[string]{fmt.Sprint(q, n), state{blocks: c.now.Load()}, whole}
		select {
		case <-hold:
			return m, nil
		case <-ctx.Done():
			return m, ctx.Err()
		}
	})
}

func released() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

func TestEqualQuestionsAreComputedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, hold := newCache(1000), make(chan struct{})
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if got, err := c.ask(t.Context(), "q", true, hold); got != "q1" || err != nil {
					t.Errorf("got %q, %v", got, err)
				}
			})
		}
		synctest.Wait()
		close(hold)
		all.Wait()
		if n := c.computed.Load(); n != 1 {
			t.Errorf("computed %d times", n)
		}
	})
}

// TestWhoGivesUp shows that a computation goes on while anybody waits for it, the
// one who began it or another, and ends with the last.
func TestWhoGivesUp(t *testing.T) {
	for _, tt := range []struct {
		what        string
		gone        []bool // of three, the first of whom computes
		want        int64
		askedAnyway string
	}{
		{"nobody", []bool{false, false, false}, 1, "q1"},
		{"the first", []bool{true, false, false}, 1, "q1"},
		{"the others", []bool{false, true, true}, 1, "q1"},
		{"all", []bool{true, true, true}, 2, "q2"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, hold := newCache(1000), make(chan struct{})
				var all sync.WaitGroup
				var leave []context.CancelFunc
				for i, gone := range tt.gone {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					if gone {
						leave = append(leave, cancel)
					}
					all.Go(func() {
						got, err := c.ask(ctx, "q", true, hold)
						if !gone && (got != "q1" || err != nil) {
							t.Errorf("%d got %q, %v", i, got, err)
						}
					})
					synctest.Wait()
				}
				for _, cancel := range leave {
					cancel()
				}
				synctest.Wait()
				close(hold)
				all.Wait()
				if got, err := c.ask(t.Context(), "q", true, hold); got != tt.askedAnyway || err != nil || c.computed.Load() != tt.want {
					t.Errorf("then %q, %v, computed %d times", got, err, c.computed.Load())
				}
			})
		})
	}
}

// TestChangesWhileComputing shows that nobody who asks after a change gets what was
// computed of the state before.
func TestChangesWhileComputing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, hold := newCache(1000), make(chan struct{})
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() { _, _ = c.ask(t.Context(), "q", true, hold) })
			synctest.Wait()
			c.now.Add(1)
		}
		close(hold)
		all.Wait()
		if got, _ := c.ask(t.Context(), "q", true, hold); got != "q3" {
			t.Errorf("got %q", got)
		}
		if got, _ := c.ask(t.Context(), "q", true, hold); got != "q3" {
			t.Errorf("then %q", got)
		}
	})
}

func TestPartialAnswersFade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(1000)
		for _, tt := range []struct {
			after time.Duration
			want  string
		}{{0, "q1"}, {fading - 1, "q1"}, {2, "q2"}, {fading / 2, "q2"}} {
			time.Sleep(tt.after)
			if got, err := c.ask(t.Context(), "q", false, released()); got != tt.want || err != nil {
				t.Errorf("%q, %v, want %q", got, err, tt.want)
			}
		}
	})
}

func TestAnswersAreBounded(t *testing.T) {
	c := newCache(100)
	for i := range 1000 {
		if _, err := c.ask(t.Context(), fmt.Sprint("question", i), true, released()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.ask(t.Context(), "a", true, released()); err != nil {
			t.Fatal(err)
		}
		if c.bytes > 100 || len(c.all) != c.used.Len() {
			t.Fatalf("%d bytes, %d answers, %d in order", c.bytes, len(c.all), c.used.Len())
		}
	}
	if n := c.computed.Load(); n != 1001 {
		t.Errorf("computed %d times: what was used last is not kept", n)
	}
	before := len(c.all)
	if _, err := c.ask(t.Context(), "a question that takes more than its part", true, released()); err != nil || len(c.all) != before {
		t.Errorf("%v; %d answers, then %d", err, before, len(c.all))
	}
	c.now.Add(1)
	if _, err := c.ask(t.Context(), "b", true, released()); err != nil || len(c.all) != 1 || c.bytes != len("b"+"b1003") {
		t.Errorf("%v; after a change %d answers of %d bytes are kept", err, len(c.all), c.bytes)
	}
}

func TestFailuresAreNotKept(t *testing.T) {
	c, bad := newCache(100), errors.New("bad")
	_, err := c.get(t.Context(), "q", func(context.Context) (made[string], error) { return made[string]{}, bad })
	if !errors.Is(err, bad) {
		t.Errorf("got %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = c.get(t.Context(), "q", func(context.Context) (made[string], error) { panic("no") })
	}()
	if got, err := c.ask(t.Context(), "q", true, released()); got != "q1" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestWeighAnswer holds the bytes that an answer is said to take against what the
// heap says.
func TestWeighAnswer(t *testing.T) {
	e := openTest(t, t.TempDir(), Options{})
	fillHost(t, e, testHost, 200)
	q := index.Query{Tree: parse(t, "kind:file"), Limit: 200, Facets: true, Budget: -1}
	const n = 50
	var all [n]index.Answer
	before := heapBytes()
	for i := range all {
		m, err := e.search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		all[i] = m.answer
	}
	is := int(heapBytes()-before) / n
	asked := questionOf(&q)
	if said := weighAnswer(&asked, &all[0]); said < is*3/4 || said > is*3/2 {
		t.Errorf("an answer of %d results takes %d bytes and is said to take %d", len(all[0].Results), is, said)
	}
}

// heapBytes returns the bytes that are in use.
func heapBytes() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
