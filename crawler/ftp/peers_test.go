package ftp_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/crawler/ftp"
	"trawl/crawler/ftp/ftptest"
	"trawl/index"
)

// connect reaches the server at addr.
func connect(t testing.TB, addr string, set func(*index.Host)) crawler.Server {
	t.Helper()
	host := index.Host{ID: index.HostID("ftp://" + addr + "/")}
	if set != nil {
		set(&host)
	}
	srv, err := (&ftp.Source{Contact: "test@example.org"}).Connect(t.Context(), host, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	return srv
}

// walk lists a whole server by one way.
func walk(ctx context.Context, way way) (map[index.Path]index.Listing, error) {
	w := &walker{way: way, seen: map[index.Path]index.Listing{}}
	if way.TreeWay != nil {
		err := way.Tree(ctx, "/", func(l index.Listing) error { w.add(l); return nil })
		return w.seen, err
	}
	w.slots = make(chan struct{}, max(1, way.Connections()))
	w.visit(ctx, "/")
	w.wg.Wait()
	return w.seen, w.err
}

type walker struct {
	way   way
	slots chan struct{}
	wg    sync.WaitGroup
	mu    sync.Mutex
	seen  map[index.Path]index.Listing
	err   error
}

func (w *walker) add(l index.Listing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.seen[l.Dir]
	l.Entries = append(before.Entries, l.Entries...)
	w.seen[l.Dir] = l
}

func (w *walker) visit(ctx context.Context, dir index.Path) {
	w.wg.Go(func() {
		w.slots <- struct{}{}
		defer func() { <-w.slots }()
		err := w.way.List(ctx, dir, func(l index.Listing) error {
			w.add(l)
			for _, e := range l.Entries {
				if e.Kind == index.Dir {
					w.visit(ctx, dir.Join(e.Wire()))
				}
			}
			return nil
		})
		if errors.Is(err, crawler.ErrDenied) {
			w.add(index.Listing{Dir: dir, State: index.Denied, Why: err.Error()})
		} else if err != nil {
			w.mu.Lock()
			w.err = errors.Join(w.err, err)
			w.mu.Unlock()
		}
	})
}

// compare holds what was listed against what find saw.
func compare(t *testing.T, want map[index.Path]index.Entry, got map[index.Path]index.Listing) {
	t.Helper()
	seen := map[index.Path]bool{}
	var wrong []string
	for dir, l := range got {
		if l.State != index.Complete {
			wrong = append(wrong, fmt.Sprintf("%s: %s: %s %q", dir, l.State, l.Why, l.Unparsed))
		}
		for _, e := range l.Entries {
			p := dir.Join(e.Wire())
			w, ok := want[p]
			if !ok || seen[p] {
				wrong = append(wrong, fmt.Sprintf("%q: find does not see it, or not twice", p))
				continue
			}
			seen[p] = true
			if e.Kind != w.Kind || e.Kind == index.File && e.Size != w.Size {
				wrong = append(wrong, fmt.Sprintf("%q: %v, find sees %v", p, e, w))
			}
			if off := timeOff(e, w); off != "" {
				wrong = append(wrong, fmt.Sprintf("%q: %s", p, off))
			}
		}
	}
	for p, w := range want {
		if !seen[p] {
			wrong = append(wrong, fmt.Sprintf("%q is not listed", p))
		}
		if w.Kind == index.Dir {
			if _, ok := got[p]; !ok {
				wrong = append(wrong, fmt.Sprintf("%q has no listing", p))
			}
		}
	}
	slices.Sort(wrong)
	for _, line := range wrong[:min(len(wrong), 12)] {
		t.Error(line)
	}
	if len(wrong) > 12 {
		t.Errorf("and %d more", len(wrong)-12)
	}
}

func timeOff(e, want index.Entry) string {
	var unit int64
	switch e.Precision {
	case index.Second:
		unit = 1
	case index.Minute:
		unit = 60
	case index.Day:
		unit = 24 * 3600
	default:
		return "it has no time"
	}
	if off := want.Unix - e.Unix; off < 0 || off >= unit {
		return fmt.Sprintf("time %s (%s), find sees %s", e.Time(), e.Precision, want.Time())
	}
	return ""
}

// peerWays are the ways that must give what find sees, with what a server keeps
// to itself however it is asked.
var peerWays = []struct {
	peer  string
	start func(t testing.TB, root string, extra ...string) string
	extra []string
	ways  []string
	hides []index.Path
	slow  bool // a small tree will do
}{
	{"vsftpd", ftptest.Vsftpd, nil, []string{"LIST -lR", "STAT", "LIST"}, nil, false},
	{"proftpd", ftptest.Proftpd, nil, []string{"LIST -lR", "STAT", "MLSD", "LIST"}, nil, false},
	// pure-ftpd denies anonymous users names with a backslash.
	{
		"pure-ftpd", ftptest.PureFTPd,
		[]string{"-L", "1000000:100"},
		[]string{"LIST -lR", "STAT", "MLSD", "LIST"},
		[]index.Path{`/back\slash/c:\x`},
		false,
	},
	{"inetutils-ftpd", ftptest.Inetutils, nil, []string{"LIST -lR", "STAT", "LIST"}, nil, true},
	{"pyftpdlib", ftptest.Pyftpdlib, nil, []string{"STAT", "LIST"}, nil, true},
	// MLSD of pyftpdlib lists the targets of links instead of the links.
	{"pyftpdlib MLSD", ftptest.Pyftpdlib, nil, []string{"MLSD"}, []index.Path{"/a link"}, true},
}

// TestPeers holds what each way of each server lists against what find sees,
// name by name, with sizes and times.
func TestPeers(t *testing.T) {
	small := ftptest.Tree(t, 2_000, 300)
	large := small
	if !testing.Short() {
		large = ftptest.Tree(t, 20_000, 3_000)
	}
	found := map[string]map[index.Path]index.Entry{small: ftptest.Find(t, small), large: ftptest.Find(t, large)}
	for _, tt := range peerWays {
		t.Run(tt.peer, func(t *testing.T) {
			root := large
			if tt.slow {
				root = small
			}
			want := maps.Clone(found[root])
			t.Logf("tree: %d names", len(want))
			for _, p := range tt.hides {
				delete(want, p)
			}
			srv := connect(t, tt.start(t, root, tt.extra...), func(h *index.Host) { h.Settings.Connections = 8 })
			for _, name := range tt.ways {
				t.Run(name, func(t *testing.T) {
					start := time.Now()
					got, err := walk(t.Context(), wayOf(t, srv, name))
					if err != nil {
						t.Fatal(err)
					}
					t.Logf("%d directories in %.2f s", len(got), time.Since(start).Seconds())
					for _, p := range tt.hides {
						drop(got, p)
					}
					compare(t, want, got)
				})
			}
			known := srv.Known()
			t.Logf("%s, dialect %q, charset %q, demoted %q", known.Software, known.Dialect, known.Charset, known.Demoted)
		})
	}
}

// way is one of a TreeWay and a DirWay.
type way struct {
	name string
	crawler.TreeWay
	crawler.DirWay
}

// waysOf returns all ways of a server, those that list trees first.
func waysOf(srv crawler.Server) (all []way) {
	trees, dirs := srv.Ways()
	for _, w := range trees {
		all = append(all, way{name: w.Name(), TreeWay: w})
	}
	for _, w := range dirs {
		all = append(all, way{name: w.Name(), DirWay: w})
	}
	return all
}

// wayOf returns the way of that name.
func wayOf(t *testing.T, srv crawler.Server, name string) way {
	t.Helper()
	var offered []string
	for _, w := range waysOf(srv) {
		if w.name == name {
			return w
		}
		offered = append(offered, w.name)
	}
	t.Fatalf("%s is not among the ways %q", name, offered)
	return way{}
}

// drop forgets what was listed of p, of what is below it and of its directory's
// refusal.
func drop(got map[index.Path]index.Listing, p index.Path) {
	for dir, l := range got {
		if dir.Within(p) || dir == p.Dir() && l.State == index.Denied {
			delete(got, dir)
		}
		if dir == p.Dir() && l.State != index.Denied {
			l.Entries = slices.DeleteFunc(l.Entries, func(e index.Entry) bool { return e.Wire() == p.Base() })
			got[dir] = l
		}
	}
	if _, ok := got[p.Dir()]; !ok {
		got[p.Dir()] = index.Listing{Dir: p.Dir()}
	}
}
