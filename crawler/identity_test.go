package crawler_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"trawl/crawler"
	"trawl/index"
)

// graph is what links make of a tree that a server follows them in: for each
// directory the names of others, in it, and which they are. "/" is the root.
type graph map[string]map[string]string

// at returns the directory that a path leads to.
func (g graph) at(dir index.Path) string {
	at := "/"
	for name := range strings.SplitSeq(strings.Trim(string(dir), "/"), "/") {
		if name != "" {
			at = g[at][name]
		}
	}
	return at
}

// list lists a directory, which holds other files each time. Its identifiers are the
// names of the graph. With self each directory lists its own too, and with restless
// the times differ each time.
func (g graph) list(f *fake, self, restless bool) func(context.Context, string, index.Path) ([]index.Listing, error) {
	return func(_ context.Context, way string, dir index.Path) ([]index.Listing, error) {
		at, look := g.at(dir), f.lists.Load()
		l := index.Listing{Dir: dir, Way: way}
		if self {
			l.Ident = at
		}
		for name, to := range g[at] {
			when := epoch.Unix() + int64(len(to))
			if restless {
				when += look
			}
			l.Entries = append(l.Entries, index.Entry{Name: name, Kind: index.Dir, Size: index.UnknownSize, Unix: when, Precision: index.Second})
			l.Idents = append(l.Idents, to)
		}
		for i := range 3 {
			l.Entries = append(l.Entries, index.Entry{Name: fmt.Sprintf("f%d-%d", i, look), Size: look, Unix: epoch.Unix(), Precision: index.Second})
			l.Idents = append(l.Idents, fmt.Sprintf("file %s %d %d", at, i, look))
		}
		return []index.Listing{l}, nil
	}
}

// Directories that hold themselves are known by their identifiers, though what they
// hold is never the same, and cut; each place where a directory is shows it.
func TestLoopsByIdentifier(t *testing.T) {
	crowd := graph{"/": {}}
	for i := range 30 {
		d := fmt.Sprint("d", i)
		crowd["/"][d], crowd[d] = d, map[string]string{}
		for k := range 30 {
			crowd[d][fmt.Sprint("to", k)] = fmt.Sprint("d", k)
		}
	}
	for _, tt := range []struct {
		name     string
		graph    graph
		self     bool
		restless bool
		cut      []index.Path // some of what is cut; nil if nothing is
		listed   []index.Path // some of what is not
		most     int64        // listings
	}{
		{"none", graph{"/": {"a": "a", "b": "b"}, "a": {"b": "ab"}}, true, false, nil, []index.Path{"/a", "/a/b", "/b"}, 4},
		{
			"a directory in itself",
			graph{"/": {"pub": "pub", "x": "x"}, "pub": {"pub": "pub"}},
			false, false,
			[]index.Path{"/pub/pub"},
			[]index.Path{"/pub", "/x"},
			3,
		},
		{
			"the root in itself, which is known only by what its directories are known by",
			graph{"/": {"me": "/", "x": "x"}},
			false, false,
			[]index.Path{"/me/me"},
			[]index.Path{"/me", "/x", "/me/x"},
			4,
		},
		{"the root in itself, which says what it is", graph{"/": {"me": "/", "x": "x"}}, true, false, []index.Path{"/me"}, []index.Path{"/x"}, 2},
		{
			"one below that leads up",
			graph{"/": {"a": "a"}, "a": {"b": "b"}, "b": {"c": "c"}, "c": {"up": "a", "down": "d"}},
			false, false,
			[]index.Path{"/a/b/c/up"},
			[]index.Path{"/a/b/c/down"},
			5,
		},
		{
			"two that hold each other",
			graph{"/": {"a": "a", "b": "b"}, "a": {"b": "b"}, "b": {"a": "a"}},
			false, false,
			[]index.Path{"/a/b/a", "/b/a/b"},
			[]index.Path{"/a/b", "/b/a"},
			5,
		},
		{
			"one in several places",
			graph{"/": {"a": "a", "b": "b", "c": "c"}, "a": {"x": "x"}, "b": {"y": "x"}, "c": {"x": "x"}, "x": {"deep": "d"}},
			true, false,
			nil,
			[]index.Path{"/a/x/deep", "/b/y/deep", "/c/x/deep"},
			10,
		},
		{
			"one whose time changes",
			graph{"/": {"pub": "pub", "x": "x"}, "pub": {"pub": "pub"}},
			false, true,
			[]index.Path{"/pub/pub/pub/pub/pub"},
			[]index.Path{"/pub/pub/pub/pub"},
			8,
		},
		{"all in each of many", crowd, false, false, nil, nil, 64*31 + 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &fake{connections: 4}
			f.list = tt.graph.list(f, tt.self, tt.restless)
			m := newMemory(t, id)
			s, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{})
			if err != nil || !s.Complete {
				t.Errorf("%+v, %v", s, err)
			}
			if n := f.lists.Load(); n > tt.most {
				t.Errorf("%d listings, want %d", n, tt.most)
			}
			if tt.listed != nil && s.Truncated != int64(len(tt.cut)) {
				t.Errorf("%d were cut, want %q", s.Truncated, tt.cut)
			}
			for _, dir := range tt.cut {
				l, err := m.List(t.Context(), id, dir, "", 0)
				if err != nil || l.State != index.Truncated || len(l.Entries) > 0 || !strings.HasPrefix(l.Why, "a loop: the server knows it as /") {
					t.Errorf("%s: %s %q with %d entries, %v", dir, l.State, l.Why, len(l.Entries), err)
				}
			}
			for _, dir := range tt.listed {
				if l, err := m.List(t.Context(), id, dir, "", 0); err != nil || l.State != index.Complete || len(l.Entries) == 0 {
					t.Errorf("%s: %s %q with %d entries, %v", dir, l.State, l.Why, len(l.Entries), err)
				}
			}
		})
	}
}

// TestIdentifiersThatLie crawls hosts whose identifiers mean nothing: no directory is lost.
func TestIdentifiersThatLie(t *testing.T) {
	hash := func(s string) string { return fmt.Sprint(len(s), s[0]) }
	for _, tt := range []struct {
		name string
		of   func(dir index.Path, i int, e index.Entry) string
		self func(dir index.Path) string
	}{
		{"one for all", func(index.Path, int, index.Entry) string { return "0" }, nil},
		{"one for all and themselves", func(index.Path, int, index.Entry) string { return "0" }, func(index.Path) string { return "0" }},
		{"one for all directories", func(dir index.Path, _ int, e index.Entry) string {
			if e.Kind == index.Dir {
				return "0"
			}
			return string(dir.Join(e.Name))
		}, nil},
		{"one for all kinds", func(_ index.Path, _ int, e index.Entry) string { return e.Kind.String() }, nil},
		{"numbers in the listing", func(_ index.Path, i int, _ index.Entry) string { return fmt.Sprint(i) }, nil},
		{"numbers in the listing, none for itself", func(_ index.Path, i int, _ index.Entry) string { return fmt.Sprint(i + 1) }, func(index.Path) string { return "0" }},
		{"another each time", func(index.Path, int, index.Entry) string { return fmt.Sprint(rand.Int()) }, func(index.Path) string { return fmt.Sprint(rand.Int()) }},
		{"few", func(_ index.Path, _ int, e index.Entry) string { return hash(e.Name) }, nil},
		{"by depth", func(dir index.Path, _ int, _ index.Entry) string { return fmt.Sprint(dir.Depth()) }, nil},
	} {
		for _, unpacked := range []bool{false, true} { // at once, so that all directories have one time
			t.Run(fmt.Sprintf("%s/%v", tt.name, unpacked), func(t *testing.T) {
				for seed := range uint64(20) {
					f := &fake{tree: makeArchive(seed, 200), connections: 4}
					for dir, entries := range f.tree {
						for i := range entries {
							if unpacked && entries[i].Kind == index.Dir {
								f.tree[dir][i].Unix = epoch.Unix()
							}
						}
					}
					f.cut = func(_ string, dir index.Path, l *index.Listing) {
						for i, e := range l.Entries {
							l.Idents = append(l.Idents, tt.of(dir, i, e))
						}
						if tt.self != nil {
							l.Ident = tt.self(dir)
						}
					}
					m := newMemory(t, id)
					s, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{})
					if err != nil || !s.Complete || s.Truncated != 0 || s.Directories != 200 {
						t.Fatalf("seed %d: %+v, %v", seed, s, err)
					}
					same(t, m.archive(t, id), f.tree)
				}
			})
		}
	}
}

// TestIdentifiersLieLate cuts directories because of identifiers that turn out to lie later:
// then they are listed, by the next crawl if this one was resumed meanwhile.
func TestIdentifiersLieLate(t *testing.T) {
	for _, resume := range []bool{false, true} {
		t.Run(fmt.Sprint(resume), func(t *testing.T) {
			f := &fake{tree: archive{"/": nil}, connections: 1}
			first := f.tree.mkdir("/", "a")
			second := f.tree.mkdir(first, "a")
			f.tree[first][0].Unix = f.tree["/"][0].Unix
			f.tree.file(f.tree.mkdir(second, "below"), "precious", 1)
			last := f.tree.mkdir("/", "z")
			for i := range 30 {
				f.tree.mkdir(last, fmt.Sprint("z", i))
			}
			idents := map[index.Path]string{first: "A", second: "A", last: "Z"}
			f.cut = func(_ string, dir index.Path, l *index.Listing) {
				for _, e := range l.Entries {
					ident := "A"
					if known, ok := idents[dir.Join(e.Name)]; ok {
						ident = known
					}
					l.Idents = append(l.Idents, ident)
				}
			}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			f.list = func(_ context.Context, _ string, dir index.Path) ([]index.Listing, error) {
				if _, early := f.listed.Load(second); early && !resume && dir == last {
					t.Errorf("%s was not cut", second)
				}
				if resume && dir == last && ctx.Err() == nil {
					stop()
					return nil, ctx.Err()
				}
				return nil, nil
			}
			m := newMemory(t, id)
			c := newCrawler(m, f, quick())
			s, err := c.Crawl(ctx, id, crawler.Options{})
			if resume {
				if err == nil {
					t.Fatalf("the crawl went on: %+v", s)
				}
				if s, err = c.Crawl(t.Context(), id, crawler.Options{}); err != nil || s.Complete || !s.Resumed {
					t.Errorf("taken up: %+v, %v", s, err)
				}
				s, err = c.Crawl(t.Context(), id, crawler.Options{})
			}
			if err != nil || !s.Complete || s.Truncated != 0 || s.Directories != 35 {
				t.Errorf("%+v, %v", s, err)
			}
			same(t, m.archive(t, id), f.tree)
		})
	}
}
