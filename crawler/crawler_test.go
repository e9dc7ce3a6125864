package crawler_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"trawl/crawler"
	"trawl/crawler/pace"
	"trawl/index"
)

// TestMain demands that no goroutine is left but those that Bleve starts when it is
// loaded.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

const id = index.HostID("ftp://127.0.0.1:2121/")

func TestCrawl(t *testing.T) {
	for _, ways := range [][]string{
		{"MLSD"},
		{"LIST"},
		{"TREE", "MLSD"},
		{"TREE", "STAT", "LIST"},
		{"TREE"},
		{"STAT", "MLSD", "LIST"},
	} {
		t.Run(strings.Join(ways, ","), func(t *testing.T) {
			f := &fake{tree: makeArchive(1, 500), ways: ways, connections: 8}
			m := newMemory(t, id)
			var last crawler.Progress
			s, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{
				Progress: func(p crawler.Progress) { last = p },
			})
			if err != nil {
				t.Fatal(err)
			}
			same(t, m.archive(t, id), f.tree)
			if !s.Complete || s.Directories != 500 || s.Way != ways[0] || s.Errors != 0 {
				t.Errorf("summary: %+v", s)
			}
			if last.Stage != crawler.Done || last.Directories != 500 {
				t.Errorf("last progress: %+v", last)
			}
			h, _ := m.Host(t.Context(), id)
			if h.State() != "up" || h.Known.Way != ways[0] || len(h.Known.Demoted) > 0 {
				t.Errorf("host: %+v", h)
			}
		})
	}
}

// A crawl that is killed or stopped again and again ends with the catalogue of
// one that was not.
func TestResume(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 3))
		ways := [][]string{{"MLSD"}, {"TREE", "MLSD"}, {"STAT", "LIST"}}[seed%3]
		f := &fake{tree: makeArchive(seed, 300), ways: ways, connections: 1 + int(seed%5)}
		m := newMemory(t, id)
		for round := 0; ; round++ {
			ctx, cancel := context.WithCancel(t.Context())
			var left atomic.Int64
			left.Store(int64(20 + r.IntN(150) + 10*round))
			kill := r.IntN(2) == 0
			f.list = func(context.Context, string, index.Path) ([]index.Listing, error) {
				if left.Add(-1) == 0 {
					if kill {
						m.kill()
					}
					cancel()
				}
				return nil, nil
			}
			s, err := newCrawler(m, f, quick()).Crawl(ctx, id, crawler.Options{})
			cancel()
			if err == nil && s.Complete {
				break
			}
			if round > 100 {
				t.Fatalf("seed %d: no end: %v", seed, err)
			}
		}
		same(t, m.archive(t, id), f.tree)
	}
}

// A directory whose listing had broken off when the crawl was stopped is listed
// again by the next one.
func TestResumeBrokenOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{tree: makeArchive(7, 40)}
		var dir index.Path
		for d, entries := range f.tree {
			if d != "/" && len(entries) > 3 {
				dir = d
			}
		}
		m := newMemory(t, id)
		ctx, cancel := context.WithCancel(t.Context())
		f.list = func(_ context.Context, way string, d index.Path) ([]index.Listing, error) {
			if d != dir {
				return nil, nil
			}
			time.AfterFunc(100*time.Millisecond, cancel)
			return []index.Listing{{Dir: d, Way: way, Entries: f.tree[d][:2], More: true}}, crawler.ErrGone
		}
		c := newCrawler(m, f, crawler.Limits{})
		if _, err := c.Crawl(ctx, id, crawler.Options{}); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		f.list = nil
		if s, err := c.Crawl(t.Context(), id, crawler.Options{}); err != nil || !s.Complete || !s.Resumed {
			t.Errorf("%+v, %v", s, err)
		}
		same(t, m.archive(t, id), f.tree)
	})
}

func TestResumeSavesListings(t *testing.T) {
	f := &fake{tree: makeArchive(5, 400)}
	m := newMemory(t, id)
	ctx, cancel := context.WithCancel(t.Context())
	f.list = func(context.Context, string, index.Path) ([]index.Listing, error) {
		if f.lists.Load() == 300 {
			cancel()
		}
		return nil, nil
	}
	c := newCrawler(m, f, quick())
	if _, err := c.Crawl(ctx, id, crawler.Options{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("a stopped crawl: %v", err)
	}
	if h, _ := m.Host(t.Context(), id); h.State() != "crawling" {
		t.Errorf("state after a stop: %s", h.State())
	}
	s, err := c.Crawl(t.Context(), id, crawler.Options{})
	if err != nil || !s.Resumed || !s.Complete || s.Directories != 400 {
		t.Fatalf("%+v, %v", s, err)
	}
	if n := f.lists.Load(); n > 410 {
		t.Errorf("%d listings for 400 directories and one interruption", n)
	}
	same(t, m.archive(t, id), f.tree)
}

// A full disk is not the host's fault, and the crawl goes on when there is room.
func TestDiskFull(t *testing.T) {
	for _, ways := range [][]string{{"MLSD"}, {"TREE", "MLSD"}} {
		f := &fake{tree: makeArchive(6, 400), ways: ways, connections: 4}
		m := newMemory(t, id)
		f.list = func(context.Context, string, index.Path) ([]index.Listing, error) {
			if f.lists.Load() > 100 || ways[0] == "TREE" {
				m.mu.Lock()
				m.full = true
				m.mu.Unlock()
			}
			return nil, nil
		}
		c := newCrawler(m, f, quick())
		if _, err := c.Crawl(t.Context(), id, crawler.Options{}); !errors.Is(err, errFull) {
			t.Errorf("a full disk: %v", err)
		}
		if h, _ := m.Host(t.Context(), id); h.State() != "crawling" || h.Health.Failures != 0 {
			t.Errorf("health: %+v", h.Health)
		}
		f.list, m.full = nil, false
		if s, err := c.Crawl(t.Context(), id, crawler.Options{}); err != nil || !s.Complete || !s.Resumed {
			t.Errorf("%+v, %v", s, err)
		}
		same(t, m.archive(t, id), f.tree)
	}
}

// A host that was not remembered stays so.
func TestUnknownHost(t *testing.T) {
	m := newMemory(t)
	if _, err := newCrawler(m, &fake{}, quick()).Crawl(t.Context(), id, crawler.Options{}); !errors.Is(err, index.ErrNoHost) {
		t.Errorf("%v", err)
	}
	if all, _ := m.Hosts(t.Context()); len(all) > 0 {
		t.Errorf("%+v", all)
	}
}

// TestBulkLies crawls by a bulk way that errs: the crawl finds out and uses the next way.
func TestBulkLies(t *testing.T) {
	tests := []struct {
		name string
		cut  func(dir index.Path, l *index.Listing)
		want string // the reason of the demotion
	}{
		{"large directories are cut", func(_ index.Path, l *index.Listing) {
			l.Entries = l.Entries[:min(len(l.Entries), 3)]
		}, "lacks"},
		{"an old list", func(_ index.Path, l *index.Listing) {
			for i := range 5 {
				l.Entries = append(l.Entries, index.Entry{Name: fmt.Sprint("gone", i), Size: 1})
			}
		}, "not there"},
		{"other sizes", func(_ index.Path, l *index.Listing) {
			for i := range l.Entries {
				l.Entries[i].Size++
			}
		}, "sizes"},
		{"only so deep", func(dir index.Path, l *index.Listing) {
			if dir.Depth() > 2 {
				l.Dir = "/nowhere"
			}
		}, "left out"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := &fake{tree: makeArchive(2, 300), ways: []string{"TREE", "MLSD"}, connections: 4}
			f.cut = func(way string, dir index.Path, l *index.Listing) {
				if way == "TREE" {
					test.cut(dir, l)
				}
			}
			m := newMemory(t, id)
			s, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{})
			if err != nil || !s.Complete {
				t.Fatalf("%+v, %v", s, err)
			}
			same(t, m.archive(t, id), f.tree)
			h, _ := m.Host(t.Context(), id)
			if len(h.Known.Demoted) != 1 || !strings.Contains(h.Known.Demoted[0], test.want) {
				t.Errorf("demoted: %q", h.Known.Demoted)
			}
		})
	}
}

// A way that failed is tried again now and then.
func TestDemotedIsTriedAgain(t *testing.T) {
	mended := false
	f := &fake{tree: makeArchive(2, 100), ways: []string{"TREE", "MLSD"}, connections: 4}
	f.cut = func(way string, _ index.Path, l *index.Listing) {
		if way == "TREE" && !mended {
			l.Entries = l.Entries[:min(len(l.Entries), 1)]
		}
	}
	m := newMemory(t, id)
	limits := quick()
	limits.FullEvery = 3
	c := newCrawler(m, f, limits)
	for i, want := range []string{"MLSD", "MLSD", "TREE"} {
		s, err := c.Crawl(t.Context(), id, crawler.Options{})
		if err != nil || !s.Complete || s.Way != want {
			t.Errorf("crawl %d by %s, want %s: %+v, %v", i, s.Way, want, s, err)
		}
		mended = true
	}
}

// A server that hides things from STAT is found out before STAT lists it all.
func TestTrial(t *testing.T) {
	f := &fake{tree: makeArchive(3, 100), ways: []string{"STAT", "MLSD"}}
	f.tree.file("/", "notes.txt", 5)
	f.cut = func(way string, _ index.Path, l *index.Listing) {
		if way == "STAT" {
			l.Entries = slices.DeleteFunc(l.Entries, func(e index.Entry) bool { return e.Name == "notes.txt" })
		}
	}
	m := newMemory(t, id)
	s, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{})
	if err != nil || s.Way != "MLSD" {
		t.Fatalf("%+v, %v", s, err)
	}
	same(t, m.archive(t, id), f.tree)
}

// TestSecondLook holds new files to be no lie, unless a second look misses them again.
func TestSecondLook(t *testing.T) {
	for _, tt := range []struct {
		name string
		hide func(way string, looks int) bool // the new file, at so many looks at the root by any way
		way  string
	}{
		{"it is new", func(way string, _ int) bool { return way == "TREE" }, "TREE"},
		{"it went again", func(way string, looks int) bool { return way != "MLSD" || looks > 2 }, "TREE"},
		{"it is hidden", func(way string, _ int) bool { return way != "MLSD" }, "MLSD"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &fake{tree: makeArchive(3, 20), ways: []string{"TREE", "STAT", "MLSD"}}
			for i := range 20 { // the root is the largest, and so looked at
				f.tree.file("/", fmt.Sprint("f", i), 1)
			}
			f.tree["/"] = append(f.tree["/"], index.Entry{Name: "new", Size: 1, Unix: time.Now().Unix(), Precision: index.Second})
			looks := 0
			f.cut = func(way string, dir index.Path, l *index.Listing) {
				f.mu.Lock()
				defer f.mu.Unlock()
				if dir == "/" {
					looks++
				}
				if tt.hide(way, looks) {
					l.Entries = slices.DeleteFunc(l.Entries, func(e index.Entry) bool { return e.Name == "new" })
				}
			}
			m := newMemory(t, id)
			s, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{})
			if err != nil || !s.Complete || s.Way != tt.way {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}

// hostile are the ways in which a host may misbehave. The crawl always ends; what
// was known stays.
func hostile() map[string]func(*fake) {
	sometimes := func(n int64, err error) func(*fake) {
		return func(f *fake) {
			f.list = func(context.Context, string, index.Path) ([]index.Listing, error) {
				if f.lists.Load()%n == 0 {
					return nil, err
				}
				return nil, nil
			}
		}
	}
	return map[string]func(*fake){
		"refuses":        func(f *fake) { f.connect = func() error { return crawler.ErrDown } },
		"refuses logins": func(f *fake) { f.connect = func() error { return crawler.ErrLogin } },
		"hangs": func(f *fake) {
			f.list = func(ctx context.Context, _ string, _ index.Path) ([]index.Listing, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
		},
		"closes": func(f *fake) {
			f.list = func(context.Context, string, index.Path) ([]index.Listing, error) { return nil, crawler.ErrGone }
		},
		"denies": func(f *fake) {
			f.list = func(context.Context, string, index.Path) ([]index.Listing, error) { return nil, crawler.ErrDenied }
		},
		"breaks": func(f *fake) {
			f.list = func(context.Context, string, index.Path) ([]index.Listing, error) { return nil, crawler.ErrBroken }
		},
		"421 at times":   sometimes(10, crawler.ErrBusy),
		"drops at times": sometimes(7, crawler.ErrGone),
		"goes away": func(f *fake) {
			gone := func() bool { return f.lists.Load() > 20 }
			f.connect = func() error {
				if gone() {
					return crawler.ErrDown
				}
				return nil
			}
			f.list = func(context.Context, string, index.Path) ([]index.Listing, error) {
				if gone() {
					return nil, crawler.ErrGone
				}
				return nil, nil
			}
		},
		"contains itself": func(f *fake) {
			f.list = func(_ context.Context, way string, dir index.Path) ([]index.Listing, error) {
				f.mu.Lock()
				defer f.mu.Unlock()
				return []index.Listing{{Dir: dir, Way: way, Entries: f.tree["/"]}}, nil
			}
		},
		"never ends downwards": func(f *fake) {
			f.list = func(_ context.Context, way string, dir index.Path) ([]index.Listing, error) {
				e := []index.Entry{{Name: fmt.Sprint("d", rand.Int()), Kind: index.Dir, Size: -1}}
				return []index.Listing{{Dir: dir, Way: way, Entries: e}}, nil
			}
		},
		"never ends sidewards": func(f *fake) {
			f.list = func(_ context.Context, way string, dir index.Path) ([]index.Listing, error) {
				var e []index.Entry
				for range 100 {
					e = append(e, index.Entry{Name: fmt.Sprint("d", rand.Int()), Kind: index.Dir, Size: -1})
				}
				return []index.Listing{{Dir: dir, Way: way, Entries: e}}, nil
			}
		},
		"lists without end": func(f *fake) {
			f.list = func(_ context.Context, way string, dir index.Path) ([]index.Listing, error) {
				var parts []index.Listing
				for i := range 20 {
					var e []index.Entry
					for j := range 300 {
						e = append(e, index.Entry{Name: fmt.Sprint("f", i, "-", j), Size: 1 << 62})
					}
					parts = append(parts, index.Listing{Dir: dir, Way: way, Entries: e, More: true})
				}
				return parts, nil
			}
		},
		"is suddenly empty": func(f *fake) {
			f.list = func(_ context.Context, way string, dir index.Path) ([]index.Listing, error) {
				return []index.Listing{{Dir: dir, Way: way}}, nil
			}
		},
		"answers for another": func(f *fake) {
			f.list = func(_ context.Context, way string, _ index.Path) ([]index.Listing, error) {
				return []index.Listing{{Dir: "/etc", Way: way, Entries: []index.Entry{{Name: "passwd"}}}}, nil
			}
		},
	}
}

func TestHostile(t *testing.T) {
	limits := quick()
	limits.Host.Directories, limits.Host.Entries, limits.Host.DirEntries, limits.Host.Depth = 2000, 20000, 1000, 30
	for name, spoil := range hostile() {
		for _, ways := range [][]string{{"MLSD"}, {"TREE", "STAT", "MLSD"}} {
			t.Run(name+" "+ways[0], func(t *testing.T) {
				t.Parallel()
				good := makeArchive(4, 60)
				f := &fake{tree: good, ways: ways, connections: 4}
				m := newMemory(t, id)
				c := newCrawler(m, f, limits)
				if _, err := c.Crawl(t.Context(), id, crawler.Options{}); err != nil {
					t.Fatal(err)
				}
				bad := &fake{tree: good.clone(), ways: ways, connections: 4}
				spoil(bad)
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
				defer cancel()
				s, err := newCrawler(m, bad, limits).Crawl(ctx, id, crawler.Options{})
				if ctx.Err() != nil {
					t.Fatalf("the crawl did not end: %+v, %v", s, err)
				}
				lost := archive{}
				now := m.archive(t, id)
				for d := range good {
					if _, ok := now[d]; !ok {
						lost[d] = nil
					}
				}
				switch name {
				case "never ends downwards", "never ends sidewards", "contains itself", "breaks":
					return // it lists another tree completely
				}
				if len(lost) > 0 {
					t.Errorf("%d directories were lost: %+v, %v", len(lost), s, err)
				}
				if h, _ := m.Host(t.Context(), id); h.Health.Crawling {
					t.Errorf("still crawling after %+v, %v", s, err)
				}
			})
		}
	}
}

func TestManyHosts(t *testing.T) {
	const hosts = 200
	bad := hostile()
	var kinds []string
	for name := range bad {
		kinds = append(kinds, name)
	}
	slices.Sort(kinds)
	sources := many{}
	var ids []index.HostID
	for i := range hosts {
		h := index.HostID(fmt.Sprintf("ftp://127.0.0.1:%d/", 10000+i))
		f := &fake{tree: makeArchive(uint64(i), 100), connections: 4, ways: [][]string{{"TREE", "MLSD"}, {"STAT", "LIST"}}[i%2]}
		if i%3 == 0 {
			bad[kinds[i/3%len(kinds)]](f)
		}
		sources[h] = f
		ids = append(ids, h)
	}
	m := newMemory(t, ids...)
	limits := quick()
	limits.Hosts, limits.Connections = hosts, 4*hosts
	limits.Host.Directories, limits.Host.Entries, limits.Host.DirEntries, limits.Host.Depth = 2000, 20000, 1000, 30
	c := newCrawler(m, sources, limits)
	var all sync.WaitGroup
	for i, h := range ids {
		all.Go(func() {
			s, err := c.Crawl(t.Context(), h, crawler.Options{})
			if i%3 != 0 && (err != nil || !s.Complete) {
				t.Errorf("%s: %+v, %v", h, s, err)
			}
		})
	}
	all.Wait()
	for i, h := range ids {
		if i%3 != 0 {
			same(t, m.archive(t, h), sources[h].tree)
		}
	}
}

// many reaches many fakes.
type many map[index.HostID]*fake

func (s many) Connect(ctx context.Context, h index.Host, g *pace.Pacer) (crawler.Server, error) {
	return s[h.ID].Connect(ctx, h, g)
}
