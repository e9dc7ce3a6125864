package indextest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"trawl/index"
)

// browse proves Browser.Page; index/match has the table of its orders.
func (s *suite) browse() {
	ctx := s.Context()
	for _, p := range []index.Path{"/", "/none"} {
		if _, err := s.c.Page(ctx, north, p, index.View{}); !errors.Is(err, index.ErrNoHost) {
			s.Errorf("a page of an unknown host: %v", err)
		}
	}
	stale := state(index.Truncated, "/pub", folder("sub"), file("a10", 5, 1), file("A9", index.UnknownSize, 2), link("latest", "a10"))
	stale.Shown = "/pub"
	s.record(north, false, dir("/", folder("pub"), folder("pub-2"), file("README", 1, 1)), stale,
		dir("/pub/sub", file("deep", 1000, 1), file("huge", 1<<62, 1)), dir("/pub-2", file("other", 7, 1)), dir("/pub\x01x", file("odd", 9, 1)))
	if _, err := s.c.Page(ctx, north, "/none", index.View{}); !errors.Is(err, index.ErrNotFound) {
		s.Errorf("a page of an unknown directory: %v", err)
	}
	p, err := s.c.Page(ctx, north, "/pub", index.View{Limit: 3})
	s.must(err)
	s.same("a page", entryNames(p.Entries), []string{"sub", "A9", "a10"})
	want := index.Page{
		Count: 4, Letters: []index.Letter{{Initial: "S", Dirs: true}, {Initial: "A", Offset: 1}, {Initial: "L", Offset: 3}},
		Own: index.Sum{Directories: 1, Files: 3, Bytes: 5}, Below: index.Sum{Directories: 1, Files: 5, Bytes: 1005 + index.Counted(1<<62)}, Exact: true,
	}
	want.Listing, want.Entries, want.More = stale, p.Entries, true
	if !p.Taken.Equal(want.Taken) {
		s.Errorf("a page was taken at %s, want %s", p.Taken, want.Taken)
	}
	p.Taken, p.Shown = want.Taken, want.Shown
	if !reflect.DeepEqual(p, want) {
		s.Errorf("a page is %+v, want %+v", p, want)
	}
	p, err = s.c.Page(ctx, north, "/pub", index.View{Offset: 3, Limit: 3})
	s.must(err)
	if s.same("the last page", entryNames(p.Entries), []string{"latest"}); p.More {
		s.Error("there is more after the last page")
	}
	p, err = s.c.Page(ctx, north, "/", index.View{Offset: 9})
	s.must(err)
	if want := (index.Sum{Directories: 3, Files: 8, Bytes: 1022 + index.Counted(1<<62)}); len(p.Entries) != 0 || p.Count != 3 || p.Below != want {
		s.Errorf("behind the end: %+v, want below %+v", p, want)
	}
}

func entryNames(entries []index.Entry) (names []string) {
	for i := range entries {
		names = append(names, entries[i].Name)
	}
	return names
}

// entry proves Browser.Entry.
func (s *suite) entry() {
	ctx := s.Context()
	if _, err := s.c.Entry(ctx, north, "/a"); !errors.Is(err, index.ErrNoHost) {
		s.Errorf("an entry of an unknown host: %v", err)
	}
	odd := index.Entry{Name: "é", Raw: "\xe9", Size: 3, Unix: 9, Precision: index.Minute}
	shown := dir("/\xe9", odd)
	shown.Shown = "/é"
	s.record(north, true, dir("/", folder("sub"), index.Entry{Name: "é", Raw: "\xe9", Kind: index.Dir, Size: index.UnknownSize}), shown)
	for _, p := range []index.Path{"/", "/é", "/\xe9/é", "/sub/a", "/su", "/subs"} {
		if _, err := s.c.Entry(ctx, north, p); !errors.Is(err, index.ErrNotFound) {
			s.Errorf("the entry of %q: %v", p, err)
		}
	}
	f, err := s.c.Entry(ctx, north, "/\xe9/\xe9")
	s.must(err)
	if f.Entry != odd || f.Shown != "/é/é" || !f.Taken.Equal(then()) || f.State != index.Complete {
		s.Errorf("an entry is found as %+v", f)
	}
	s.record(north, false, dir("/", folder("sub")))
	if f, err = s.c.Entry(ctx, north, "/sub"); err != nil || f.Entry != folder("sub") || f.Shown != "/sub" {
		s.Errorf("a directory without a listing: %+v, %v", f, err)
	}
}

// correct proves Recorder.Correct.
func (s *suite) correct() {
	ctx := s.Context()
	now := index.Entry{Name: "another", Raw: "name", Size: 77, Unix: then().Unix(), Precision: index.Second}
	if err := s.c.Correct(ctx, north, "/a", &now); !errors.Is(err, index.ErrNoHost) {
		s.Errorf("Correct on an unknown host: %v", err)
	}
	all := []index.Listing{dir("/", folder("pub"), file("kernel-a", 1, 1)), dir("/pub", file("kernel-b", 2, 2), file("kernel-c", 3, 3), link("kernel-d", "x"))}
	s.record(north, true, all...)
	s.must(s.c.PutText(ctx, index.Text{Host: north, Path: "/pub/kernel-b", Body: "penguins"}))
	for _, p := range []index.Path{"/", "/pub", "/pub/none", "/none/kernel-b"} {
		if err := s.c.Correct(ctx, north, p, &now); !errors.Is(err, index.ErrNotFound) {
			s.Errorf("Correct of %s: %v", p, err)
		}
	}
	folder := folder("kernel-b")
	if err := s.c.Correct(ctx, north, "/pub/kernel-b", &folder); !errors.Is(err, index.ErrNotFound) {
		s.Errorf("Correct to a directory: %v", err)
	}
	before, err := s.c.Host(ctx, north)
	s.must(err)
	same := file("kernel-c", 3, 3)
	s.must(s.c.Correct(ctx, north, "/pub/kernel-c", &same))
	if l, err := s.c.List(ctx, north, "/pub", "", 0); err != nil || l.Corrected {
		s.Errorf("after a correction that changes nothing: %+v, %v", l, err)
	}
	s.must(s.c.Correct(ctx, north, "/pub/kernel-b", &now))
	s.must(s.c.Correct(ctx, north, "/pub/kernel-c", nil))
	s.same("what is found after it", s.found("kernel"), []string{"kernel-a", "kernel-b", "kernel-d"})
	s.same("its size", s.found("kernel size:77"), []string{"kernel-b"})
	l, err := s.c.List(ctx, north, "/pub", "", 0)
	s.must(err)
	now.Name, now.Raw = "kernel-b", ""
	if want := []index.Entry{now, link("kernel-d", "x")}; !slices.Equal(l.Entries, want) {
		s.Errorf("entries %+v, want %+v", l.Entries, want)
	}
	if !l.Corrected || l.State != index.Complete || !l.Taken.Equal(then()) || l.Way != "LIST" {
		s.Errorf("the listing is %+v", l)
	}
	after, err := s.c.Host(ctx, north)
	s.must(err)
	before.Tally.Files, before.Tally.Bytes = 3, 78
	if !reflect.DeepEqual(before, after) {
		s.Errorf("the host is %+v, want %+v", after, before)
	}
	s.correctDuring(all)
}

// correctDuring proves what crawls make of corrections.
func (s *suite) correctDuring(all []index.Listing) {
	ctx := s.Context()
	c := s.crawl(north)
	if err := s.c.Correct(ctx, north, "/pub/kernel-b", nil); !errors.Is(err, index.ErrBusy) {
		s.Errorf("Correct while a crawl is open: %v", err)
	}
	s.must(c.Put(ctx, all[0], state(index.Unchanged, "/pub")))
	if l, err := s.c.List(ctx, north, "/pub", "", 0); err != nil || !l.Corrected {
		s.Errorf("what is confirmed stays corrected: %+v, %v", l, err)
	}
	s.must(c.Close())
	s.must(s.c.Correct(ctx, north, "/kernel-a", nil))
	c = s.crawl(north)
	if _, err := c.Seen(ctx, "/"); err != nil {
		s.Errorf("Seen of a directory that was corrected since: %v", err)
	}
	s.must(c.Put(ctx, all...))
	s.must(c.Finish(ctx, true))
	s.same("after the next crawl", s.found("kernel"), []string{"kernel-a", "kernel-b", "kernel-c", "kernel-d"})
	s.same("its text", s.found("text:penguins"), []string{"kernel-b"})
	for _, p := range []index.Path{"/", "/pub"} {
		if l, err := s.c.List(ctx, north, p, "", 0); err != nil || l.Corrected {
			s.Errorf("after the next crawl %s is %+v, %v", p, l, err)
		}
	}
}

// page compares a page of a directory, in any order.
func (w *work) page(t *rapid.T) {
	id := w.host(t)
	v := index.View{
		Sort:    rapid.SampledFrom([]index.Sort{"", index.ByName, index.BySize, index.ByTime}).Draw(t, "sort"),
		Reverse: rapid.Bool().Draw(t, "reverse"),
		Offset:  rapid.IntRange(-1, 9).Draw(t, "offset"),
		Limit:   rapid.IntRange(0, 5).Draw(t, "limit"),
	}
	if rapid.Bool().Draw(t, "filtered") {
		v.Filter = drawPiece(t)
	}
	p := w.path(t, id)
	var pages []index.Page
	err := w.both("page", func(c index.Catalogue) error {
		page, err := c.Page(context.Background(), id, p, v)
		page.Taken = page.Taken.UTC()
		pages = append(pages, page)
		return err
	})
	if err == nil {
		w.samePage(p, v, pages[0], pages[1])
	}
}

// samePage compares pages. Engines may differ in how they remember when and how a listing was taken.
func (w *work) samePage(p index.Path, v index.View, got, want index.Page) {
	if !slices.Equal(got.Entries, want.Entries) || !slices.Equal(got.Letters, want.Letters) || got.More != want.More ||
		got.Count != want.Count || got.Own != want.Own || got.Below != want.Below || !got.Exact || got.State != want.State ||
		got.Corrected != want.Corrected || got.Display() != want.Display() {
		w.Fatalf("%s, %+v: page\n%+v, want\n%+v", p, v, got, want)
	}
}

// path draws a directory of a host, or its root.
func (w *work) path(t *rapid.T, id index.HostID) index.Path {
	if w.brute.hosts[id] == nil {
		return "/"
	}
	return rapid.SampledFrom(w.known(id)).Draw(t, "path")
}

// entry compares an entry.
func (w *work) entry(t *rapid.T) {
	id := w.host(t)
	p := w.drawPath(t, id)
	var found []index.Found
	_ = w.both("entry", func(c index.Catalogue) error {
		f, err := c.Entry(context.Background(), id, p)
		f.Taken = then()
		found = append(found, f)
		return err
	})
	if found[0] != found[1] {
		t.Fatalf("entry %s: %+v, want %+v", p, found[0], found[1])
	}
}

// drawPath draws the path of an entry, or now and then of none.
func (w *work) drawPath(t *rapid.T, id index.HostID) index.Path {
	dir := w.path(t, id)
	names := []string{"none"}
	if l, err := w.brute.List(context.Background(), id, dir, "", 0); err == nil {
		for i := range l.Entries {
			names = append(names, l.Entries[i].Wire())
		}
	}
	return dir.Join(rapid.SampledFrom(names).Draw(t, "name"))
}

// correct corrects an entry.
func (w *work) correct(t *rapid.T) {
	id := w.host(t)
	p := w.drawPath(t, id)
	var now *index.Entry
	if rapid.Bool().Draw(t, "there") {
		e := drawEntry(t)
		now = &e
	}
	err := w.both("correct", func(c index.Catalogue) error { return c.Correct(context.Background(), id, p, now) })
	if err == nil {
		w.listing(id, p.Dir())
	}
}

// ofSubtrees compares the sums of all directories of a host.
func (w *work) ofSubtrees(id index.HostID, dirs []index.Path) {
	for _, p := range dirs {
		v := index.View{Filter: strings.TrimLeft(p.Base(), "/"), Limit: 1}
		got, err := w.engine.Page(context.Background(), id, p, v)
		w.must(err)
		want, err := w.brute.Page(context.Background(), id, p, v)
		w.must(err)
		w.samePage(p, v, got, want)
	}
}
