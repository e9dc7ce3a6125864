package crawler_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"trawl/crawler"
	"trawl/index"
)

// TestLoopsByContent cuts directories that hold the same as one above them, in bulk answers
// and one by one, but not those that only look alike.
func TestLoopsByContent(t *testing.T) {
	file := func(name string, size int64) index.Entry {
		return index.Entry{Name: name, Size: size, Unix: epoch.Unix(), Precision: index.Second}
	}
	dir := func(name string) index.Entry {
		return index.Entry{Name: name, Kind: index.Dir, Size: index.UnknownSize, Unix: epoch.Unix(), Precision: index.Second}
	}
	for _, tt := range []struct {
		name  string
		holds func(dir index.Path) []index.Entry
		cut   map[index.Path]string // each with what it holds the same as
		dirs  int64                 // that are known in the end
	}{
		{"files show it", func(index.Path) []index.Entry {
			return []index.Entry{dir("pub"), file("a", 1), file("b", 2)}
		}, map[index.Path]string{"/pub": "/"}, 2},
		{"two that hold it", func(index.Path) []index.Entry {
			return []index.Entry{dir("x"), dir("y"), file("a", 1), file("b", 2)}
		}, map[index.Path]string{"/x": "/", "/y": "/"}, 3},
		{"nothing shows it but that it goes on", func(index.Path) []index.Entry {
			return []index.Entry{dir("a")}
		}, map[index.Path]string{"/a/a/a/a": "/"}, 5},
		{"one file is little", func(index.Path) []index.Entry {
			return []index.Entry{dir("a"), file("readme", 1)}
		}, map[index.Path]string{"/a/a/a/a": "/"}, 5},
		{"sizes differ", func(d index.Path) []index.Entry {
			if d.Depth() == 6 {
				return nil
			}
			return []index.Entry{dir("a"), file("x", int64(d.Depth())), file("y", 2)}
		}, nil, 7},
		{"leaves are alike", func(d index.Path) []index.Entry {
			if d.Depth() == 0 {
				return []index.Entry{dir("a"), dir("b"), file("x", 1), file("y", 2)}
			}
			return []index.Entry{file("x", 1), file("y", 2)}
		}, nil, 3},
	} {
		for _, ways := range [][]string{{"LIST"}, {"TREE", "LIST"}} {
			t.Run(tt.name+" "+ways[0], func(t *testing.T) {
				f := &fake{tree: archive{}, ways: ways, connections: 2}
				for _, d := range []index.Path{"/", "/pub", "/x", "/y", "/a", "/b", "/a/a", "/a/a/a", "/a/a/a/a", "/a/a/a/a/a", "/a/a/a/a/a/a"} {
					f.tree[d] = tt.holds(d)
				}
				f.list = func(_ context.Context, way string, d index.Path) ([]index.Listing, error) {
					return []index.Listing{{Dir: d, Way: way, Entries: tt.holds(d)}}, nil
				}
				m := newMemory(t, id)
				s, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{})
				if err != nil || !s.Complete || s.Way != ways[0] || s.Directories != tt.dirs || s.Truncated != int64(len(tt.cut)) {
					t.Errorf("%+v, %v", s, err)
				}
				for d, above := range tt.cut {
					l, err := m.List(t.Context(), id, d, "", 0)
					if err != nil || l.State != index.Truncated || len(l.Entries) > 0 || l.Why != "a loop: it holds the same as "+above {
						t.Errorf("%s: %s %q with %d entries, %v", d, l.State, l.Why, len(l.Entries), err)
					}
				}
			})
		}
	}
}

// TestLimits keeps and reports the limits of depth, of a directory and of the host.
func TestLimits(t *testing.T) {
	deep := archive{"/": nil}
	for d, i := index.Path("/"), 0; i < 10; i++ {
		deep.file(d, fmt.Sprint("f", i), int64(i))
		d = deep.mkdir(d, fmt.Sprint("d", i))
	}
	wide := archive{"/": nil}
	for i := range 100 {
		wide.mkdir("/", fmt.Sprint("d", i))
		wide.file("/d0", fmt.Sprint("f", i), 1)
	}
	for _, tt := range []struct {
		name     string
		tree     archive
		limit    func(*crawler.Limits)
		complete bool
		cut      index.Path // that is, "" if nothing is
		why      string     // of that, or of the crawl
	}{
		{"depth", deep, func(l *crawler.Limits) { l.Host.Depth = 4 }, true, "/d0/d1/d2/d3/d4", "deeper than the limit of 4 directories"},
		{"entries of a directory", wide, func(l *crawler.Limits) { l.Host.DirEntries = 50 }, false, "/d0", "more than the limit of 50 entries"},
		{"directories", wide, func(l *crawler.Limits) { l.Host.Directories = 60 }, false, "", "more than the limit of 60 directories"},
		{"entries", wide, func(l *crawler.Limits) { l.Host.Entries = 150 }, false, "", "or 150 entries"},
	} {
		for _, ways := range [][]string{{"LIST"}, {"TREE", "LIST"}} {
			t.Run(tt.name+" "+ways[0], func(t *testing.T) {
				limits := quick()
				tt.limit(&limits)
				m := newMemory(t, id)
				s, err := newCrawler(m, &fake{tree: tt.tree, ways: ways, connections: 2}, limits).Crawl(t.Context(), id, crawler.Options{})
				if err != nil || s.Complete != tt.complete {
					t.Errorf("%+v, %v", s, err)
				}
				if tt.cut == "" {
					if !strings.Contains(s.LastError, tt.why) {
						t.Errorf("%q, want %q", s.LastError, tt.why)
					}
					return
				}
				l, err := m.List(t.Context(), id, tt.cut, "", 0)
				if err != nil || l.State != index.Truncated || l.Why != tt.why {
					t.Errorf("%s: %s %q, %v, want %q", tt.cut, l.State, l.Why, err, tt.why)
				}
			})
		}
	}
}
