package embedded

import (
	"errors"
	"reflect"
	"runtime"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/enginetest"
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
		got.Took, got.Kept = 0, 0
		if !reflect.DeepEqual(got, want.Answer) {
			t.Fatalf("%s:\ngot  %+v\nwant %+v", what, got, want.Answer)
		}
	}
}

// TestEqualCrawlsKeepAnswers shows that an answer is given again, also after a
// crawl that has listed something and found nothing new.
func TestEqualCrawlsKeepAnswers(t *testing.T) {
	e := openTest(t, t.TempDir(), Options{BlockSize: 4})
	enginetest.Fill(t, e, enginetest.Host, 50)
	q := index.Query{Tree: parse(t, "kind:file")}
	find := func() *index.Result {
		a, err := e.Search(t.Context(), q)
		if err != nil || len(a.Results) == 0 {
			t.Fatalf("%+v, %v", a, err)
		}
		return &a.Results[0]
	}
	c := enginetest.Begin(t, e, enginetest.Host, true)
	first := find()
	l, err := e.List(t.Context(), enginetest.Host, "/d3", "", 0)
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

// TestWeighAnswer holds the bytes that an answer is said to take against what the
// heap says.
func TestWeighAnswer(t *testing.T) {
	e := openTest(t, t.TempDir(), Options{})
	enginetest.Fill(t, e, enginetest.Host, 200)
	if err := errors.Join(e.postings.CatchUp(t.Context()), e.dictionary.CatchUp(t.Context())); err != nil {
		t.Fatal(err)
	}
	q := index.Query{Tree: parse(t, "kind:file"), Limit: 200, Facets: true, Budget: -1}
	const n = 50
	var all [n]index.Answer
	before := heapBytes()
	for i := range all {
		m, err := e.search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		all[i] = m.Answer
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
