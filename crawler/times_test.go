package crawler_test

import (
	"testing"

	"trawl/crawler"
	"trawl/index"
)

// leaves counts the directories that hold none.
func (a archive) leaves() (n int64) {
	for _, entries := range a {
		leaf := true
		for _, e := range entries {
			leaf = leaf && e.Kind != index.Dir
		}
		if leaf {
			n++
		}
	}
	return n
}

func TestIncremental(t *testing.T) {
	f := &fake{tree: makeArchive(1, 2000), connections: 4}
	m := newMemory(t, id)
	c := newCrawler(m, f, quick())
	crawl := func(full bool) crawler.Summary {
		t.Helper()
		f.lists.Store(0)
		s, err := c.Crawl(t.Context(), id, crawler.Options{Full: full})
		if err != nil || !s.Complete || s.Directories != int64(len(f.tree)) {
			t.Fatalf("%+v, %v", s, err)
		}
		return s
	}
	first := crawl(false)
	leaves := f.tree.leaves()
	s := crawl(false)
	if n := f.lists.Load(); s.Unchanged < leaves*9/10 || n > 2000-leaves*9/10 || s.Files != first.Files || s.Bytes != first.Bytes {
		t.Errorf("%d listings, %d of %d leaves unchanged; %+v after %+v", n, s.Unchanged, leaves, s, first)
	}
	same(t, m.archive(t, id), f.tree)

	// The crawl sees changes.
	for d := range f.tree {
		if len(f.tree[d]) == 0 && d != "/" {
			f.tree.file(d, "new.iso", 77)
			f.tree.touch(d)
		}
	}
	if s := crawl(false); s.Unchanged == 0 {
		t.Errorf("%+v", s)
	}
	same(t, m.archive(t, id), f.tree)

	// --full lists everything, and so does every tenth crawl.
	if s := crawl(true); s.Unchanged != 0 {
		t.Errorf("--full: %+v", s)
	}
	full := 0
	for range 20 {
		if crawl(false).Unchanged == 0 {
			full++
		}
	}
	if full != 2 {
		t.Errorf("%d of 20 crawls listed everything, want 2", full)
	}
	if h, _ := m.Host(t.Context(), id); h.Known.TimesLie {
		t.Error("honest times are not trusted")
	}
}

// TestCorrected checks that no time vouches for a directory in which the catalogue has corrected an
// entry, and that no such directory makes times lie.
func TestCorrected(t *testing.T) {
	f := &fake{tree: makeArchive(1, 200), connections: 4}
	m := newMemory(t, id)
	c := newCrawler(m, f, quick())
	if _, err := c.Crawl(t.Context(), id, crawler.Options{}); err != nil {
		t.Fatal(err)
	}
	for d, entries := range f.tree {
		for _, e := range entries {
			if e.Kind == index.Dir {
				continue
			}
			if err := m.Correct(t.Context(), id, d.Join(e.Wire()), nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	if s, err := c.Crawl(t.Context(), id, crawler.Options{}); err != nil || !s.Complete {
		t.Errorf("%+v, %v", s, err)
	}
	same(t, m.archive(t, id), f.tree)
	if h, _ := m.Host(t.Context(), id); h.Known.TimesLie {
		t.Error("what was corrected makes times lie")
	}
}

// A host whose directory times do not change is found out, and what was taken on
// their trust is listed after all.
func TestTimesLie(t *testing.T) {
	f := &fake{tree: makeArchive(1, 2000), connections: 4}
	m := newMemory(t, id)
	c := newCrawler(m, f, quick())
	if _, err := c.Crawl(t.Context(), id, crawler.Options{}); err != nil {
		t.Fatal(err)
	}
	for d := range f.tree {
		f.tree.file(d, "new.iso", 77)
	}
	s, err := c.Crawl(t.Context(), id, crawler.Options{})
	if err != nil || !s.Complete || s.Unchanged != 0 || s.Directories != 2000 {
		t.Errorf("%+v, %v", s, err)
	}
	same(t, m.archive(t, id), f.tree)
	if h, _ := m.Host(t.Context(), id); !h.Known.TimesLie {
		t.Error("the lie is not remembered")
	}
	if s, err := c.Crawl(t.Context(), id, crawler.Options{}); err != nil || s.Unchanged != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestCoarseTimes trusts times to the minute only when they are old, and those to the day
// never.
func TestCoarseTimes(t *testing.T) {
	for precision, want := range map[index.Precision]bool{index.Day: false, index.Minute: true, index.Second: true, index.Unknown: false} {
		f := &fake{tree: makeArchive(1, 200)}
		for _, entries := range f.tree {
			for i := range entries {
				entries[i].Precision = precision
			}
		}
		m := newMemory(t, id)
		c := newCrawler(m, f, quick())
		var s crawler.Summary
		for range 2 {
			var err error
			if s, err = c.Crawl(t.Context(), id, crawler.Options{}); err != nil {
				t.Fatal(err)
			}
		}
		if (s.Unchanged > 0) != want {
			t.Errorf("times by the %s: %d directories taken on trust", precision, s.Unchanged)
		}
	}
}
