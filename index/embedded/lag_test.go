package embedded

import (
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"trawl/index"
)

// TestLag changes a catalogue whose kept answers may be an hour old. After what a crawl under way brings they are; after all
// else they are as fresh as those of a catalogue without a lag.
func TestLag(t *testing.T) {
	e := openTest(t, t.TempDir(), Options{BlockSize: 4, Lag: time.Hour})
	crawled, hosted, idle := index.HostID("ftp://crawled.example/"), index.HostID("ftp://hosted.example/"), index.HostID("ftp://idle.example/")
	list := func(names ...string) index.Listing {
		l := index.Listing{Dir: "/", Taken: time.Now(), State: index.Complete}
		for _, name := range names {
			l.Entries = append(l.Entries, index.Entry{Name: name, Kind: index.File, Size: int64(len(name))})
		}
		return l
	}
	change := func(id index.HostID, do func(*index.Host)) error {
		return e.Update(t.Context(), id, func(h *index.Host) error { do(h); return nil })
	}
	text := func(id index.HostID, body string) error {
		return e.PutText(t.Context(), index.Text{Host: id, Path: "/INDEX", Size: int64(len(body)), Body: body, Taken: time.Now()})
	}
	var crawl index.Crawl
	for _, step := range []struct {
		what string
		do   func() error
		may  bool // an answer may be old afterwards
	}{
		{"hosts", func() error {
			return errors.Join(change(crawled, func(*index.Host) {}), change(hosted, func(*index.Host) {}), change(idle, func(*index.Host) {}))
		}, true},
		{"a host of its own", func() error {
			return errors.Join(e.Amend(t.Context(), hosted, list("kernel-0", "INDEX")), e.Amend(t.Context(), idle, list("kernel-0")))
		}, false},
		{"the beginning of a crawl", func() (err error) { crawl, err = e.Begin(t.Context(), crawled, true); return err }, true},
		{"a batch", func() error { return crawl.Put(t.Context(), list("kernel-1", "INDEX")) }, true},
		{"a text of the crawl", func() error { return text(crawled, "kernel-1  the best\n") }, true},
		{"an upload meanwhile", func() error { return e.Amend(t.Context(), hosted, list("kernel-0", "kernel-2", "INDEX")) }, false},
		{"a batch that forgets", func() error { return crawl.Put(t.Context(), list("kernel-3", "INDEX")) }, true},
		{"a correction meanwhile", func() error { return e.Correct(t.Context(), hosted, "/kernel-2", nil) }, false},
		{"one more batch", func() error { return crawl.Put(t.Context(), list("kernel-4", "INDEX")) }, true},
		{"a text of another host", func() error { return text(hosted, "kernel-0  the worst\n") }, false},
		{"the last batch", func() error { return crawl.Put(t.Context(), list("kernel-5", "INDEX")) }, true},
		{"a removal meanwhile", func() error { return e.Remove(t.Context(), idle) }, false},
		{"what the crawler notes", func() error { return change(crawled, func(h *index.Host) { h.Known.Software = "vsftpd" }) }, true},
		{"a batch after all", func() error { return crawl.Put(t.Context(), list("kernel-6", "INDEX")) }, true},
		{"a host that is down", func() error { return change(hosted, func(h *index.Host) { h.Health.DownSince = time.Now() }) }, false},
		{"a crawl that is cut off", func() error { return crawl.Close() }, false},
		{"its second half", func() (err error) { crawl, err = e.Begin(t.Context(), crawled, false); return err }, true},
		{"a batch before the end", func() error { return crawl.Put(t.Context(), list("kernel-7", "INDEX")) }, true},
		{"the end", func() error { return crawl.Finish(t.Context(), true) }, false},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.what, err)
		}
		for _, words := range []string{"kernel", "text:kernel"} {
			for _, q := range asks() {
				q.Tree, q.Budget = parse(t, words), -1
				lagsOnly(t, e, q, step.may, words+" after "+step.what)
			}
		}
	}
}

// lagsOnly holds an answer to being the present one, or to saying its age if it may have one.
func lagsOnly(t *testing.T, e *Engine, q index.Query, may bool, what string) {
	t.Helper()
	want, err := e.search(t.Context(), q)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	got, err := e.Search(t.Context(), q)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	age := got.Age
	got.Took, got.Kept, got.Age = 0, 0, 0
	if same := reflect.DeepEqual(got, want.Answer); !same && (!may || age == 0) || age > 0 && !may {
		t.Errorf("%s: %v old:\ngot  %+v\nwant %+v", what, age, got, want.Answer)
	}
}

// TestLagKeepsAnswers shows that a batch of a crawl voids no answer that may lag, and its end does.
func TestLagKeepsAnswers(t *testing.T) {
	e := openTest(t, t.TempDir(), Options{BlockSize: 4, Lag: time.Hour})
	id := index.HostID("ftp://crawled.example/")
	if err := e.Update(t.Context(), id, func(*index.Host) error { return nil }); err != nil {
		t.Fatal(err)
	}
	crawl, err := e.Begin(t.Context(), id, true)
	if err != nil {
		t.Fatal(err)
	}
	find := func(want int, old bool) {
		t.Helper()
		a, err := e.Search(t.Context(), index.Query{Tree: parse(t, "kernel"), Budget: -1})
		if err != nil || a.Total != want || (a.Age > 0) != old {
			t.Errorf("%d results, %v old, %v; want %d, old: %v", a.Total, a.Age, err, want, old)
		}
	}
	put := func(names ...string) {
		t.Helper()
		l := index.Listing{Dir: "/", Taken: time.Now(), State: index.Complete}
		for _, name := range names {
			l.Entries = append(l.Entries, index.Entry{Name: name, Kind: index.File, Size: 1})
		}
		if err := crawl.Put(t.Context(), l); err != nil {
			t.Fatal(err)
		}
	}
	put("kernel-1")
	find(1, false)
	put("kernel-1", "kernel-2")
	find(1, true)
	if err := crawl.Finish(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	find(2, false)
}

// TestUploadsAreFoundAtOnce amends a host again and again while another is crawled and everybody asks: each upload is found
// when Amend returns.
func TestUploadsAreFoundAtOnce(t *testing.T) {
	e := openTest(t, t.TempDir(), Options{BlockSize: 4, Lag: time.Hour})
	crawled, hosted := index.HostID("ftp://crawled.example/"), index.HostID("ftp://hosted.example/")
	for _, id := range []index.HostID{crawled, hosted} {
		if err := e.Update(t.Context(), id, func(*index.Host) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	crawl, err := e.Begin(t.Context(), crawled, true)
	if err != nil {
		t.Fatal(err)
	}
	q := index.Query{Tree: parse(t, "kernel host:hosted.example"), Budget: -1}
	files := func(n int) index.Listing {
		l := index.Listing{Dir: "/", Taken: time.Now(), State: index.Complete}
		for i := range n {
			l.Entries = append(l.Entries, index.Entry{Name: "kernel-" + string(rune('a'+i)), Kind: index.File, Size: 1})
		}
		return l
	}
	const uploads = 20
	stop := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		for n := 0; ; n = (n + 1) % uploads {
			select {
			case <-stop:
				return
			default:
			}
			if err := crawl.Put(t.Context(), files(n)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 2 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := e.Search(t.Context(), q); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for n := 1; n <= uploads && !t.Failed(); n++ {
		if err := e.Amend(t.Context(), hosted, files(n)); err != nil {
			t.Fatal(err)
		}
		if a, err := e.Search(t.Context(), q); err != nil || a.Total != n {
			t.Errorf("after %d uploads %d are found, %v", n, a.Total, err)
		}
	}
	close(stop)
	all.Wait()
	if err := crawl.Finish(t.Context(), true); err != nil {
		t.Fatal(err)
	}
}
