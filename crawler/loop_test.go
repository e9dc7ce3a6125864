package crawler_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// TestLoopsAsked asks about directories that hold the same as one above them. The server's
// identifiers decide, as far as they can be believed, otherwise the contents.
func TestLoopsAsked(t *testing.T) {
	file := func(name string) index.Entry {
		return index.Entry{Name: name, Size: 1, Unix: epoch.Unix(), Precision: index.Second}
	}
	dir := func(name string) index.Entry {
		return index.Entry{Name: name, Kind: index.Dir, Size: index.UnknownSize, Unix: epoch.Unix(), Precision: index.Second}
	}
	little := []index.Entry{dir("pub"), file("a")}
	much := []index.Entry{dir("pub"), file("a"), file("b")}
	path := func(d index.Path) (string, error) { return string(d), nil }
	linked := func(d index.Path) (string, error) { // all of /pub/pub/... are /pub
		return string(d[:min(len(d), len("/pub"))]), nil
	}
	for _, tt := range []struct {
		name     string
		holds    []index.Entry // each directory but the root, which has another file
		identify func(d index.Path) (string, error)
		cut      index.Path
		why      string
		asked    int64 // of directories, at most
	}{
		{"one file, a loop", little, linked, "/pub/pub", "the server knows it as /pub", 6},
		{"two files, a loop", much, linked, "/pub/pub", "the server knows it as /pub", 6},
		{"two files, not asked", much, nil, "/pub/pub", "it holds the same as /pub", 0},
		{"one file, not asked", little, nil, "/pub/pub/pub/pub/pub", "it holds the same as /pub", 0},
		{"another one that holds the same, until it is the fourth", much, path, "/pub/pub/pub/pub/pub", "it holds the same as /pub", 40},
		{"one for all", little, func(index.Path) (string, error) { return "1", nil }, "/pub/pub/pub/pub/pub", "it holds the same as /pub", 40},
		{"another each time", much, func(index.Path) (string, error) { return fmt.Sprint(rand.Int()), nil }, "/pub/pub", "it holds the same as /pub", 6},
		{"none", much, func(index.Path) (string, error) { return "", nil }, "/pub/pub", "it holds the same as /pub", 6},
		{"no answer", little, func(index.Path) (string, error) { return "", errors.New("what?") }, "/pub/pub/pub/pub/pub", "it holds the same as /pub", 3},
	} {
		for _, ways := range [][]string{{"LIST"}, {"TREE", "LIST"}} {
			t.Run(tt.name+" "+ways[0], func(t *testing.T) {
				f := &fake{tree: archive{"/": append(slices.Clone(tt.holds), file("root"))}, ways: ways, connections: 2, identify: tt.identify}
				for d := index.Path("/pub"); d.Depth() < 10; d = d.Join("pub") {
					f.tree[d] = tt.holds
				}
				m := newMemory(t, id)
				s, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{})
				if err != nil || !s.Complete || s.Way != ways[0] || s.Truncated != 1 || s.Directories != int64(1+tt.cut.Depth()) {
					t.Errorf("%+v, %v", s, err)
				}
				if l, err := m.List(t.Context(), id, tt.cut, "", 0); err != nil || l.State != index.Truncated || len(l.Entries) > 0 || l.Why != "a loop: "+tt.why {
					t.Errorf("%s: %s %q with %d entries, %v", tt.cut, l.State, l.Why, len(l.Entries), err)
				}
				if n := f.asked.Load(); n > tt.asked {
					t.Errorf("%d directories were asked about", n)
				}
			})
		}
	}
}

// Where nothing repeats nothing is asked, and directories that are alike side by side
// are no loops.
func TestNothingAsked(t *testing.T) {
	a := makeArchive(1, 200)
	for _, mirror := range []string{"m1", "m2", "m3"} {
		root := a.mkdir("/", mirror)
		a.file(a.mkdir(root, "sub"), "x", 1)
		for _, name := range []string{"f", "g"} {
			a.file(root, name, 1)
		}
		a[root][0].Unix = epoch.Unix()
	}
	for _, ways := range [][]string{{"LIST"}, {"TREE", "LIST"}} {
		f := &fake{tree: a, ways: ways, connections: 4, identify: func(d index.Path) (string, error) { return string(d), nil }}
		m := newMemory(t, id)
		s, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{})
		if err != nil || !s.Complete || s.Truncated != 0 || s.Directories != int64(len(a)) || f.asked.Load() != 0 {
			t.Errorf("%s: %d asked, %+v, %v", ways[0], f.asked.Load(), s, err)
		}
		same(t, m.archive(t, id), a)
	}
}

// A bulk answer that goes round and round is given up early; what came before is kept
// and counted once, and later crawls do not ask for it again.
func TestEndlessTree(t *testing.T) {
	f := &fake{tree: makeArchive(2, 30), ways: []string{"TREE", "LIST"}, connections: 2}
	loop := f.tree.mkdir("/", "a")
	f.tree.file(loop, "x", 1)
	f.tree.file(loop, "y", 2)
	f.tree.mkdir(loop, "a")
	want := f.tree.clone()
	want[loop.Join("a")] = nil
	below := 0
	for d := loop.Join("a"); len(d) < 4000; d = d.Join("a") {
		f.tree[d] = f.tree[loop]
	}
	f.cut = func(way string, dir index.Path, _ *index.Listing) {
		if way == "TREE" && dir.Within(loop) {
			below++
		}
	}
	m := newMemory(t, id)
	c := newCrawler(m, f, quick())
	for _, way := range []string{"TREE", "LIST"} {
		s, err := c.Crawl(t.Context(), id, crawler.Options{})
		if err != nil || !s.Complete || s.Way != way || s.Truncated != 1 || s.Directories != int64(len(want)) {
			t.Errorf("%+v, %v", s, err)
		}
		same(t, m.archive(t, id), want)
	}
	h, err := m.Host(t.Context(), id)
	if why := "TREE: it goes on and on below /a/a, which holds the same as one above"; err != nil || !slices.Equal(h.Known.Demoted, []string{why}) || below > 250 {
		t.Errorf("%q after %d directories, %v", h.Known.Demoted, below, err)
	}
}

// TestTreeInVain drops a bulk answer that is not believed: none of it is kept, and no
// directory that is listed again counts twice.
func TestTreeInVain(t *testing.T) {
	for _, tt := range []struct {
		name string
		lie  func(a archive) // changes the answer of TREE
		way  string
	}{
		{"it is not believed", func(a archive) {
			for i := range 20 {
				a.file(a.mkdir("/", fmt.Sprint("ghost", i)), "boo", 1)
			}
		}, "LIST"},
		{"the root changes meanwhile", func(a archive) {
			for i := range 4 {
				a.file("/", fmt.Sprint("gone", i), 1)
			}
		}, "TREE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := makeArchive(3, 30)
			for i := range 20 {
				want.file("/", fmt.Sprint("root", i), 1)
			}
			f := &fake{tree: want.clone(), ways: []string{"TREE", "LIST"}, connections: 2}
			tt.lie(f.tree)
			f.list = func(_ context.Context, way string, dir index.Path) ([]index.Listing, error) {
				if way == "TREE" {
					return nil, nil
				}
				return []index.Listing{{Dir: dir, Way: way, Entries: slices.Clone(want[dir])}}, nil
			}
			files := 0
			for _, entries := range want {
				files += len(entries)
			}
			files -= len(want) - 1
			m := newMemory(t, id)
			s, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{})
			if err != nil || !s.Complete || s.Way != tt.way || s.Directories != int64(len(want)) || s.Files != int64(files) {
				t.Errorf("%+v, %v, want %d files", s, err, files)
			}
			same(t, m.archive(t, id), want)
		})
	}
}

// Directories of a bulk answer that hold the same as one above them, and are no loops,
// are taken with what is below them, and are not listed singly but where there is much,
// or where the answer breaks off.
func TestAlikeInTree(t *testing.T) {
	for _, tt := range []struct {
		name     string
		below    int // directories below one of them
		gone     bool
		identify func(index.Path) (string, error)
		lists    int64 // at most
	}{
		{"not asked", 5, false, nil, 20},
		{"asked", 5, false, func(d index.Path) (string, error) { return string(d), nil }, 20},
		{"much below", 150, false, nil, 180},
		{"broken off", 5, true, nil, 30},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &fake{tree: makeArchive(4, 100), ways: []string{"TREE", "LIST"}, connections: 4, identify: tt.identify}
			for i := range 30 {
				above := f.tree.mkdir(f.tree.mkdir("/", fmt.Sprint("x", i)), "a")
				alike := f.tree.mkdir(above, "a")
				f.tree[above][0].Unix = f.tree["/"][0].Unix
				f.tree[above.Dir()][0].Unix = f.tree["/"][0].Unix
				f.tree.file(alike, "end", int64(i))
			}
			last := f.tree.mkdir("/", "z")
			for range 2 {
				last = f.tree.mkdir(last, "z")
				f.tree[last.Dir()][0].Unix = 0
			}
			for i := range tt.below {
				f.tree.file(f.tree.mkdir(last, fmt.Sprint("d", i)), "end", int64(i))
			}
			f.list = func(_ context.Context, way string, dir index.Path) ([]index.Listing, error) {
				if way == "TREE" && tt.gone && dir == last.Join("d3") {
					return nil, crawler.ErrGone
				}
				return nil, nil
			}
			m := newMemory(t, id)
			s, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{})
			if err != nil || !s.Complete || s.Way != "TREE" || s.Truncated != 0 || s.Directories != int64(len(f.tree)) || f.lists.Load() > tt.lists || tt.identify != nil && f.asked.Load() != 30*4+4 {
				t.Errorf("%d listings, %d asked, want %d directories, %+v, %v", f.lists.Load(), f.asked.Load(), len(f.tree), s, err)
			}
			same(t, m.archive(t, id), f.tree)
		})
	}
}

// alikes makes n directories, in each of which lies one that looks like it.
func (a archive) alikes(n int) {
	for i := range n {
		above := a.mkdir("/", fmt.Sprint("x", i))
		alike := a.mkdir(above, "a")
		a.mkdir(alike, "a")
		a[alike] = a[above]
	}
}

// Of a host that asks for a pace no more is asked at once than that keeps busy: what
// waits longer looks as if it hung.
func TestAskedAtPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asking, most atomic.Int64
		f := &fake{tree: archive{}, ways: []string{"TREE"}, identify: func(d index.Path) (string, error) {
			most.Store(max(most.Load(), asking.Add(1)))
			time.Sleep(time.Millisecond)
			asking.Add(-1)
			return string(d), nil
		}}
		f.tree.alikes(30)
		m := newMemory(t, id)
		err := m.Update(t.Context(), id, func(h *index.Host) error { h.Settings.Rate = 1; return nil })
		if err != nil {
			t.Fatal(err)
		}
		s, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{})
		if err != nil || !s.Complete || f.asked.Load() < 30 || most.Load() > 10 {
			t.Errorf("%d of %d asked at once, %+v, %v", most.Load(), f.asked.Load(), s, err)
		}
	})
}

// A loop in which a file grows all the time is cut at its first turn if the server can
// be asked.
func TestLoopThatGrows(t *testing.T) {
	dir := index.Entry{Name: "pub", Kind: index.Dir, Size: index.UnknownSize, Unix: epoch.Unix(), Precision: index.Second}
	f := &fake{ways: []string{"LIST"}, identify: func(d index.Path) (string, error) { return string(d[:min(len(d), len("/pub"))]), nil }}
	f.list = func(_ context.Context, way string, d index.Path) ([]index.Listing, error) {
		log := index.Entry{Name: "log" + strings.Repeat("s", min(d.Depth(), 1)), Size: f.lists.Load(), Unix: epoch.Unix() + f.lists.Load(), Precision: index.Second}
		return []index.Listing{{Dir: d, Way: way, Entries: []index.Entry{dir, log}}}, nil
	}
	m := newMemory(t, id)
	s, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{})
	if err != nil || !s.Complete || s.Directories != 3 || s.Truncated != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	if l, err := m.List(t.Context(), id, "/pub/pub", "", 0); err != nil || l.Why != "a loop: the server knows it as /pub" {
		t.Errorf("%s %q, %v", l.State, l.Why, err)
	}
}

// Of a host that asks for a long Crawl-delay loops are asked about all the same, by each
// way: who waits for the pace does not take that for silence.
func TestAskedAtCrawlDelay(t *testing.T) {
	for _, ways := range [][]string{{"LIST"}, {"TREE", "LIST"}} {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{tree: archive{"/": nil}, ways: ways, connections: 2, texts: map[index.Path]string{"/robots.txt": "User-agent: *\nCrawl-delay: 60\n"}}
			f.identify = func(d index.Path) (string, error) { return string(d[:min(len(d), len("/pub"))]), nil }
			f.tree.file("/", "robots.txt", 10)
			pub := f.tree.mkdir("/", "pub")
			f.tree[pub] = f.tree["/"][1:]
			f.tree["/pub/pub"] = f.tree[pub]
			m := newMemory(t, id)
			s, err := crawler.New(crawler.Config{Catalogue: m, Sources: []crawler.Source{f}}).Crawl(t.Context(), id, crawler.Options{})
			if err != nil || !s.Complete || s.Directories != 3 || s.Truncated != 1 || s.Way != ways[0] || s.Took < 5*time.Minute {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}

// A host that answers slowly what it knows directories by, and has many that are alike,
// costs some minutes and no more: what they hold decides then.
func TestAskedOfSlowHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{tree: archive{"/": nil}, ways: []string{"LIST"}, connections: 4}
		f.identify = func(d index.Path) (string, error) {
			time.Sleep(9 * time.Second)
			return string(d), nil
		}
		f.tree.alikes(1000)
		m := newMemory(t, id)
		s, err := crawler.New(crawler.Config{Catalogue: m, Sources: []crawler.Source{f}}).Crawl(t.Context(), id, crawler.Options{})
		if err != nil || !s.Complete || s.Directories != int64(len(f.tree)) || s.Took > 10*time.Minute || f.asked.Load() < 20 {
			t.Errorf("%s, %d asked, %+v, %v", s.Took, f.asked.Load(), s, err)
		}
	})
}
