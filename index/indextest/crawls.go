package indextest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"trawl/index"
)

// begin proves Recorder.Begin and Crawl.Close.
func (s *suite) begin() {
	ctx := s.Context()
	if _, err := s.c.Begin(ctx, north, false); !errors.Is(err, index.ErrNoHost) {
		s.Errorf("Begin on an unknown host: %v", err)
	}
	c := s.crawl(north)
	if _, err := s.c.Begin(ctx, north, false); !errors.Is(err, index.ErrBusy) {
		s.Errorf("a second Begin: %v", err)
	}
	if h, err := s.c.Host(ctx, north); err != nil || !h.Health.Crawling {
		s.Errorf("Health while crawling: %+v, %v", h.Health, err)
	}
	s.must(c.Put(ctx, dir("/", file("a", 1, 1))))
	s.must(c.Close())
	s.must(c.Close())
	if h, err := s.c.Host(ctx, north); err != nil || !h.Health.Crawling {
		s.Errorf("Health of a crawl that was cut off: %+v, %v", h.Health, err)
	}
	c = s.crawl(north)
	if _, err := c.Seen(ctx, "/"); err != nil {
		s.Errorf("Seen in a crawl that was taken up: %v", err)
	}
	s.must(c.Close())
	c, err := s.c.Begin(ctx, north, true)
	s.must(err)
	if _, err := c.Seen(ctx, "/"); !errors.Is(err, index.ErrNotFound) {
		s.Errorf("Seen in a fresh crawl: %v", err)
	}
	s.must(c.Finish(ctx, false))
	s.must(c.Close())
	if h, err := s.c.Host(ctx, north); err != nil || h.Health.Crawling {
		s.Errorf("Health after Finish: %+v, %v", h.Health, err)
	}
	s.same("what a crawl that was cut off had found", s.wires(north, "/"), []string{"a"})
	c = s.crawl(north)
	if _, err := c.Seen(ctx, "/"); !errors.Is(err, index.ErrNotFound) {
		s.Errorf("Seen in the crawl after: %v", err)
	}
}

// put proves Crawl.Put for complete listings.
func (s *suite) put() {
	ctx := s.Context()
	c := s.crawl(north)
	s.must(c.Put(ctx,
		dir("/", folder("pub"), folder("etc"), file("b", 1, 1), file("a", 2, 2)),
		dir("/pub", folder("deep"), file("kernel", 3, 3)), dir("/pub/deep", file("kernel-deep", 4, 4)),
		dir("/etc", file("passwd", 5, 5))))
	s.same("kernel at once", s.found("kernel"), []string{"kernel", "kernel-deep"})
	s.same("by wire name", s.wires(north, "/"), []string{"a", "b", "etc", "pub"})
	l, err := s.c.List(ctx, north, "/pub", "", 0)
	s.must(err)
	if l.Dir != "/pub" || !l.Taken.Equal(then()) || l.Way != "LIST" || l.State != index.Complete || l.More {
		s.Errorf("a listing comes back as %+v", l)
	}
	if want := file("kernel", 3, 3); len(l.Entries) != 2 || !reflect.DeepEqual(l.Entries[1], want) {
		s.Errorf("entries come back as %+v, want %+v", l.Entries, want)
	}
	s.must(c.Put(ctx, dir("/", folder("etc"), file("a", 20, 2), file("pub", 7, 7))))
	s.same("after a was changed and pub became a file", s.wires(north, "/"), []string{"a", "etc", "pub"})
	s.same("what was below pub", s.found("kernel"), nil)
	if _, err := s.c.List(ctx, north, "/pub/deep", "", 0); !errors.Is(err, index.ErrNotFound) {
		s.Errorf("List below what is no directory any more: %v", err)
	}
	if _, err := c.Seen(ctx, "/pub"); !errors.Is(err, index.ErrNotFound) {
		s.Errorf("Seen of what is no directory any more: %v", err)
	}
	s.same("the rest", s.found("passwd"), []string{"passwd"})
	s.must(c.Finish(ctx, true))
	if err := c.Put(ctx, dir("/")); err == nil {
		s.Error("Put after Finish works")
	}
}

// states proves Crawl.Put for listings that are not complete.
func (s *suite) states() {
	ctx := s.Context()
	old := []index.Entry{file("a", 1, 1), file("b", 2, 2), folder("d")}
	for _, c := range []struct {
		state index.State
		want  []string // wire names
		is    index.State
	}{
		{index.Truncated, []string{"a", "b", "c", "d"}, index.Truncated},
		{index.Unparsed, []string{"a", "b", "c", "d"}, index.Unparsed},
		{index.Denied, []string{"a", "b", "d"}, index.Stale},
		{index.Stale, []string{"a", "b", "d"}, index.Stale},
		{index.Unchanged, []string{"a", "b", "d"}, index.Complete},
	} {
		id := index.HostID(fmt.Sprintf("ftp://%s.example.org/", c.state))
		s.record(id, true, dir("/", old...), dir("/d", file("x", 1, 1)))
		crawl := s.crawl(id)
		l := state(c.state, "/")
		if c.state == index.Truncated || c.state == index.Unparsed {
			l.Entries = []index.Entry{file("b", 22, 2), file("c", 3, 3)}
			l.Unparsed, l.Lost = []string{"what is this"}, 3
		}
		s.must(crawl.Put(ctx, l))
		s.same(c.state.String(), s.wires(id, "/"), c.want)
		got, err := s.c.List(ctx, id, "/", "", 0)
		s.must(err)
		if got.State != c.is {
			s.Errorf("after %s the listing is %s, want %s", c.state, got.State, c.is)
		}
		if got.Lost != l.Lost || !slices.Equal(got.Unparsed, l.Unparsed) {
			s.Errorf("after %s, unparsed: %q, %d lost", c.state, got.Unparsed, got.Lost)
		}
		s.same(c.state.String()+", below", s.wires(id, "/d"), []string{"x"})
		if _, err := crawl.Seen(ctx, "/"); err != nil {
			s.Errorf("Seen after %s: %v", c.state, err)
		}
	}
	crawl := s.crawl(north)
	if err := crawl.Put(ctx, state(index.Unchanged, "/never")); !errors.Is(err, index.ErrNotFound) {
		s.Errorf("Unchanged of what is not known: %v", err)
	}
	s.must(crawl.Put(ctx, state(index.Denied, "/secret")))
	if l, err := s.c.List(ctx, north, "/secret", "", 0); err != nil || l.State != index.Denied || l.Why != "550 it is so" {
		s.Errorf("a directory that was denied: %+v, %v", l, err)
	}
}

// parts proves listings that come in parts.
func (s *suite) parts() {
	ctx := s.Context()
	s.record(north, true, dir("/", file("old", 1, 1)))
	c := s.crawl(north)
	first, second := dir("/", file("a", 1, 1)), dir("/", file("b", 2, 2))
	first.More = true
	s.must(c.Put(ctx, first))
	s.same("the first part", s.found("name:a | name:old"), []string{"old"})
	if _, err := c.Seen(ctx, "/"); !errors.Is(err, index.ErrNotFound) {
		s.Errorf("Seen between parts: %v", err)
	}
	s.must(c.Close())
	c = s.crawl(north)
	if _, err := c.Seen(ctx, "/"); !errors.Is(err, index.ErrNotFound) {
		s.Errorf("Seen after a crawl was cut off between parts: %v", err)
	}
	s.must(c.Put(ctx, first, second))
	s.same("all parts", s.wires(north, "/"), []string{"a", "b"})
	if l, err := c.Seen(ctx, "/"); err != nil || len(l.Entries) != 2 {
		s.Errorf("Seen after all parts: %+v, %v", l, err)
	}
}

// seen proves Crawl.Seen.
func (s *suite) seen() {
	ctx := s.Context()
	s.record(north, true, dir("/", file("a", 1, 1), folder("d")), dir("/d"))
	c := s.crawl(north)
	for _, p := range []index.Path{"/", "/d", "/none"} {
		if _, err := c.Seen(ctx, p); !errors.Is(err, index.ErrNotFound) {
			s.Errorf("Seen of %s before it was put: %v", p, err)
		}
	}
	s.must(c.Put(ctx, dir("/", file("a", 1, 1), folder("d")), state(index.Unchanged, "/d")))
	if l, err := c.Seen(ctx, "/"); err != nil || len(l.Entries) != 2 {
		s.Errorf("Seen of an equal listing: %+v, %v", l, err)
	}
	if l, err := c.Seen(ctx, "/d"); err != nil || len(l.Entries) != 0 {
		s.Errorf("Seen of an unchanged one: %+v, %v", l, err)
	}
}

// finish proves Crawl.Finish.
func (s *suite) finish() {
	ctx := s.Context()
	all := []index.Listing{
		dir("/", folder("kept"), folder("lost")), dir("/kept", file("kernel-kept", 1, 1)), dir("/lost", file("kernel-lost", 2, 2)),
	}
	s.record(north, true, all...)
	s.record(north, false, all[0], all[1])
	s.same("after a crawl that was not complete", s.found("kernel"), []string{"kernel-kept", "kernel-lost"})
	if l, err := s.c.List(ctx, north, "/lost", "", 0); err != nil || l.State != index.Stale {
		s.Errorf("what it did not see: %+v, %v", l, err)
	}
	if a := s.find("kernel-lost", index.Query{}); a.Total != 1 || !a.Results[0].Places[0].Stale {
		s.Errorf("its place: %+v", a.Results)
	}
	if a := s.find("kernel-kept", index.Query{}); a.Total != 1 || a.Results[0].Places[0].Stale {
		s.Errorf("the place of what it did see: %+v", a.Results)
	}
	s.record(north, false, all...)
	if l, err := s.c.List(ctx, north, "/lost", "", 0); err != nil || l.State != index.Complete {
		s.Errorf("what is seen again: %+v, %v", l, err)
	}
	s.record(north, true, all[0], all[1])
	s.same("after a complete one", s.found("kernel"), []string{"kernel-kept"})
	if _, err := s.c.List(ctx, north, "/lost", "", 0); !errors.Is(err, index.ErrNotFound) {
		s.Errorf("List of what a complete crawl did not see: %v", err)
	}
}

// unread proves that a failed crawl loses nothing: everything below a directory that
// could not be read whole stays.
func (s *suite) unread() {
	ctx := s.Context()
	for _, st := range []index.State{index.Truncated, index.Unparsed, index.Denied, index.Stale} {
		id := index.HostID(fmt.Sprintf("ftp://%s.example.org/", st))
		s.record(id, true, dir("/", folder("d"), folder("gone")), dir("/d", folder("e")), dir("/d/e", file("kernel", 1, 1)), dir("/gone"))
		s.record(id, true, dir("/", folder("d"), folder("gone")), state(st, "/d"))
		l, err := s.c.List(ctx, id, "/d/e", "", 0)
		if err != nil || l.State != index.Stale || len(l.Entries) != 1 {
			s.Errorf("below %s: %+v, %v", st, l, err)
		}
		if _, err := s.c.List(ctx, id, "/gone", "", 0); !errors.Is(err, index.ErrNotFound) {
			s.Errorf("beside %s: %v", st, err)
		}
	}
}

// tally proves Host.Tally.
func (s *suite) tally() {
	unparsed := state(index.Unparsed, "/odd", file("x", 7, 1))
	unparsed.Lost = 30
	for range index.MaxUnparsed + 10 {
		unparsed.Unparsed = append(unparsed.Unparsed, "?")
	}
	first := []index.Listing{
		dir("/", folder("pub"), folder("odd"), folder("no"), file("a", 100, 1), link("l", "a")),
		dir("/pub", file("b", 1000, 1), file("unknown", index.UnknownSize, 1)), unparsed, state(index.Denied, "/no"),
	}
	s.record(north, true, first...)
	s.tallied(index.Tally{Directories: 4, Files: 5, Bytes: 1107, Denied: 1, Unparsed: 30})
	if l, err := s.c.List(s.Context(), north, "/odd", "", 0); err != nil || len(l.Unparsed) != index.MaxUnparsed || l.Lost != 30 {
		s.Errorf("unparsed lines: %d kept, %d lost, %v", len(l.Unparsed), l.Lost, err)
	}
	s.record(north, false, first[0])
	s.tallied(index.Tally{Directories: 4, Files: 5, Bytes: 1107, Stale: 2, Denied: 1, Unparsed: 30})
	s.record(north, true, dir("/", file("a", 101, 1)))
	s.tallied(index.Tally{Directories: 1, Files: 1, Bytes: 101})
}

func (s *suite) tallied(want index.Tally) {
	s.Helper()
	h, err := s.c.Host(s.Context(), north)
	s.must(err)
	if h.Tally != want {
		s.Errorf("tally %+v, want %+v", h.Tally, want)
	}
}

// list proves Browser.List.
func (s *suite) list() {
	ctx := s.Context()
	if _, err := s.c.List(ctx, north, "/", "", 0); !errors.Is(err, index.ErrNoHost) {
		s.Errorf("List of an unknown host: %v", err)
	}
	var entries []index.Entry
	for i := range 1000 {
		entries = append(entries, file(fmt.Sprintf("f%03d", 999-i), int64(i), i))
	}
	s.record(north, true, dir("/", folder("big"), folder("empty")), dir("/big", entries...), dir("/empty"))
	if _, err := s.c.List(ctx, north, "/none", "", 0); !errors.Is(err, index.ErrNotFound) {
		s.Errorf("List of an unknown directory: %v", err)
	}
	var got []string
	after := ""
	for {
		l, err := s.c.List(ctx, north, "/big", after, 77)
		s.must(err)
		for _, e := range l.Entries {
			got = append(got, e.Name)
		}
		if !l.More {
			break
		}
		if len(l.Entries) != 77 {
			s.Fatalf("a page of %d", len(l.Entries))
		}
		after = got[len(got)-1]
	}
	if len(got) != 1000 || !slices.IsSorted(got) {
		s.Errorf("pages of a directory: %d names, in order %t", len(got), slices.IsSorted(got))
	}
	s.same("an empty directory", s.wires(north, "/empty"), nil)
	if l, err := s.c.List(ctx, north, "/big", "f9995", 0); err != nil || len(l.Entries) != 0 || l.More {
		s.Errorf("List after the last name: %+v, %v", l, err)
	}
	if l, err := s.c.List(ctx, north, "/big", "", 1000); err != nil || len(l.Entries) != 1000 || l.More {
		s.Errorf("a page of just all: %d, more %t, %v", len(l.Entries), l.More, err)
	}
}

// names proves that names in any bytes, long ones and deep paths come back as
// they were.
func (s *suite) names() {
	deep := index.Path("/" + strings.Repeat("d/", 2000) + "d")
	odd := []index.Entry{
		{Name: "caf\u00e9", Raw: "caf\xe9", Size: 1},
		{Name: "\u65e5\u672c", Raw: "\x93\xfa\x96\x7b", Size: 2},
		{Name: "new\nline\ttab", Size: 3},
		{Name: strings.Repeat("x", 255), Size: 4},
		{Name: strings.Repeat("\u00e9", 127), Size: 5},
		{Name: " leading", Size: 6},
		{Name: "trailing ", Size: 7},
		{Name: "\\\"'<&%", Size: 1 << 62},
		{Name: "-rf *", Size: 0, Unix: -1, Precision: index.Second},
		link("l\u00efnk", "../caf\u00e9/\x01"),
	}
	dirRaw := index.Path("/\xe4\xf6")
	listing := dir(dirRaw, odd...)
	listing.Shown = "/\u00e4\u00f6"
	s.record(north, false, dir("/", index.Entry{Name: "\u00e4\u00f6", Raw: "\xe4\xf6", Kind: index.Dir, Size: index.UnknownSize}),
		listing, dir(deep, file("kernel-deep", 1, 1)))
	l, err := s.c.List(s.Context(), north, dirRaw, "", 0)
	s.must(err)
	slices.SortFunc(odd, func(a, b index.Entry) int { return strings.Compare(a.Wire(), b.Wire()) })
	if !reflect.DeepEqual(l.Entries, odd) || l.Display() != "/\u00e4\u00f6" {
		s.Errorf("odd names come back in %q as\n%+v, want\n%+v", l.Display(), l.Entries, odd)
	}
	a := s.find("dir:/ao cafe kind:file", index.Query{})
	if a.Total != 1 || a.Results[0].Places[0].Path != "/\xe4\xf6/caf\xe9" || a.Results[0].Places[0].Shown != "/\u00e4\u00f6/caf\u00e9" {
		s.Errorf("the place of an odd name: %+v", a.Results)
	}
	s.same("below a deep path", s.wires(north, deep), []string{"kernel-deep"})
	s.same("deep", s.found("kernel-deep"), []string{"kernel-deep"})
}

// together proves that searches, browsing and updates go on while hosts are
// crawled.
func (s *suite) together() {
	ctx := s.Context()
	var wg sync.WaitGroup
	for i, id := range []index.HostID{north, south, west} {
		c := s.crawl(id)
		wg.Go(func() { s.crawlOne(c, i) })
		wg.Go(func() { s.askMeanwhile(id, i) })
	}
	wg.Wait()
	if a := s.find("kernel", index.Query{}); a.Total != 60 {
		s.Errorf("at the end %d were found, want 60", a.Total)
	}
	if h, err := s.c.Host(ctx, north); err != nil || h.Health.Failures != 20 {
		s.Errorf("updates during a crawl: %d, want 20, %v", h.Health.Failures, err)
	}
}

// crawlOne puts 20 directories with one file each.
func (s *suite) crawlOne(c index.Crawl, i int) {
	for n := range 20 {
		p := index.Path(fmt.Sprintf("/d%d", n))
		if err := c.Put(s.Context(), dir(p, file(fmt.Sprintf("kernel-%d-%d", i, n), int64(n), n))); err != nil {
			s.Error(err)
		}
	}
	if err := c.Finish(s.Context(), true); err != nil {
		s.Error(err)
	}
}

// askMeanwhile searches for them and changes their host.
func (s *suite) askMeanwhile(id index.HostID, i int) {
	last := 0
	for range 20 {
		a, err := s.ask(s.Context(), fmt.Sprintf("kernel-%d", i), index.Query{Facets: true})
		if err != nil || a.Total < last {
			s.Errorf("a search found %d after %d: %v", a.Total, last, err)
		}
		last = a.Total
		if err := s.c.Update(s.Context(), id, func(h *index.Host) error { h.Health.Failures++; return nil }); err != nil {
			s.Error(err)
		}
	}
}

// amend proves Recorder.Amend.
func (s *suite) amend() {
	ctx := s.Context()
	if err := s.c.Amend(ctx, north, dir("/")); !errors.Is(err, index.ErrNoHost) {
		s.Errorf("Amend of an unknown host: %v", err)
	}
	s.record(north, true,
		dir("/", folder("pub"), folder("old"), file("kernel-a", 1, 1)),
		dir("/pub", file("kernel-b", 2, 2)), dir("/old", file("kernel-old", 3, 3)))
	before, err := s.c.Host(ctx, north)
	s.must(err)
	s.must(s.c.Amend(ctx, north,
		dir("/", folder("pub"), folder("new"), file("kernel-a", 9, 9)), dir("/new", folder("deep")), dir("/new/deep", file("kernel-new", 4, 4))))
	s.same("what is found after it", s.found("kernel"), []string{"kernel-a", "kernel-b", "kernel-new"})
	s.same("what has changed", s.found("kernel size:9"), []string{"kernel-a"})
	if l, err := s.c.List(ctx, north, "/pub", "", 0); err != nil || l.State != index.Complete {
		s.Errorf("a directory that was not amended: %+v, %v", l, err)
	}
	after, err := s.c.Host(ctx, north)
	s.must(err)
	before.Tally.Directories, before.Tally.Files, before.Tally.Bytes = 4, 3, 15
	if !reflect.DeepEqual(before, after) {
		s.Errorf("the host is %+v, want %+v", after, before)
	}
	s.must(s.c.Amend(ctx, north, state(index.Denied, "/new/deep")))
	if l, err := s.c.List(ctx, north, "/new/deep", "", 0); err != nil || l.State != index.Stale {
		s.Errorf("a directory that cannot be read any more: %+v, %v", l, err)
	}
	s.amendDuring()
}

// amendDuring proves what amending makes of crawls.
func (s *suite) amendDuring() {
	ctx := s.Context()
	c := s.crawl(north)
	s.must(c.Put(ctx, dir("/", folder("pub"), folder("new"))))
	if err := s.c.Amend(ctx, north, dir("/pub")); !errors.Is(err, index.ErrBusy) {
		s.Errorf("Amend while a crawl is open: %v", err)
	}
	s.must(c.Close())
	s.must(s.c.Amend(ctx, north, dir("/", folder("pub"), folder("late")), dir("/late", file("kernel-late", 5, 5))))
	c = s.crawl(north)
	if _, err := c.Seen(ctx, "/late"); err != nil {
		s.Errorf("Seen of what was amended after a crawl was cut off: %v", err)
	}
	s.must(c.Put(ctx, dir("/pub", file("kernel-b", 2, 2))))
	s.must(c.Finish(ctx, true))
	s.same("after that crawl", s.found("kernel"), []string{"kernel-b", "kernel-late"})
	if h, err := s.c.Host(ctx, north); err != nil || h.Health.Crawling {
		s.Errorf("the host after that crawl: %+v, %v", h.Health, err)
	}
}
