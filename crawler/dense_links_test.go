package crawler_test

import (
	"context"
	"fmt"
	"testing"

	"trawl/crawler"
	"trawl/index"
)

// dense returns the entries of a directory in a host whose directories each show so many
// others.
func dense(dir index.Path, links, files int) (entries []index.Entry) {
	for i := range links {
		if name := fmt.Sprint("d", i); dir.Base() != name {
			entries = append(entries, index.Entry{Name: name, Kind: index.Dir, Size: index.UnknownSize, Unix: epoch.Unix(), Precision: index.Second})
		}
	}
	for i := range files {
		entries = append(entries, index.Entry{Name: fmt.Sprint("f", dir.Base(), i), Unix: epoch.Unix(), Precision: index.Second})
	}
	return entries
}

// Directories that link to each other, of a host that does not identify them, are
// found out by their depth: each is listed, and few of the paths to them.
func TestDenseLinks(t *testing.T) {
	for _, tt := range []struct {
		links, files int
		ways         []string
		most         int64
	}{
		{8, 0, []string{"LIST"}, 5_000},
		{8, 2, []string{"LIST"}, 5_000},
		{30, 0, []string{"LIST"}, 20_000},
		{30, 2, []string{"LIST"}, 10_000},
		{100, 2, []string{"LIST"}, 60_000},
		{8, 2, []string{"TREE", "LIST"}, 70_000},
	} {
		t.Run(fmt.Sprintf("%d with %d files by %s", tt.links, tt.files, tt.ways[0]), func(t *testing.T) {
			f := &fake{tree: archive{}, ways: tt.ways, connections: 4}
			f.list = func(_ context.Context, way string, dir index.Path) ([]index.Listing, error) {
				return []index.Listing{{Dir: dir, Way: way, Entries: dense(dir, tt.links, tt.files)}}, nil
			}
			if len(tt.ways) > 1 { // as ls -lR of a server that follows links, to some depth
				f.tree["/"] = nil
				for dirs := []index.Path{"/"}; len(dirs) > 0 && dirs[0].Depth() < 5; dirs = dirs[1:] {
					for _, e := range dense(dirs[0], tt.links, 0) {
						f.tree[dirs[0].Join(e.Name)] = nil
						dirs = append(dirs, dirs[0].Join(e.Name))
					}
				}
			}
			m := newMemory(t, id)
			s, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{})
			if err != nil || !s.Complete || s.Directories > tt.most || s.Truncated < 100 {
				t.Errorf("%+v, %v", s, err)
			}
			for i := range tt.links {
				dir := index.Path(fmt.Sprint("/d", i))
				if l, err := m.List(t.Context(), id, dir, "", 0); err != nil || l.State != index.Complete {
					t.Errorf("%s: %s %q, %v", dir, l.State, l.Why, err)
				}
			}
		})
	}
}

// Stores that are spread over directories of the same names, and copies of trees, are no
// dense links, even if all is of one size and time.
func TestNotDense(t *testing.T) {
	a := archive{"/": nil}
	spread := func(top index.Path, fan, levels int) {
		dirs := []index.Path{top}
		for range levels {
			var below []index.Path
			for _, dir := range dirs {
				for i := range fan {
					below = append(below, a.mkdir(dir, fmt.Sprintf("%02x", i)))
				}
			}
			dirs = below
		}
	}
	spread("/", 9, 4)
	for i := range 300 {
		dir := a.mkdir("/", fmt.Sprint("copy", i))
		for level := range 12 {
			a.mkdir(dir, "lib")
			dir = a.mkdir(dir, fmt.Sprint("module", level))
		}
	}
	for _, entries := range a {
		for i := range entries {
			entries[i].Unix = epoch.Unix()
		}
	}
	for _, ways := range [][]string{{"LIST"}, {"TREE", "LIST"}} {
		f := &fake{tree: a, ways: ways, connections: 2, identify: func(d index.Path) (string, error) { return string(d), nil }}
		s, err := newCrawler(newMemory(t, id), f, quick()).Crawl(t.Context(), id, crawler.Options{})
		if err != nil || !s.Complete || s.Directories != int64(len(a)) || s.Truncated != 0 {
			t.Errorf("%s: want %d, %+v, %v", ways[0], len(a), s, err)
		}
	}
}
