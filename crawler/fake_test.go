package crawler_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"trawl/crawler"
	"trawl/crawler/pace"
	"trawl/index"
)

// archive is what a fake host holds: the entries of each directory.
type archive map[index.Path][]index.Entry

var epoch = time.Date(2024, 5, 17, 12, 0, 0, 0, time.UTC)

// makeArchive makes a tree of so many directories with some files each, always
// the same of the same seed.
func makeArchive(seed uint64, dirs int) archive {
	r := rand.New(rand.NewPCG(seed, 7))
	a := archive{"/": nil}
	all := []index.Path{"/"}
	for i := 1; i < dirs; i++ {
		parent := all[len(all)-1-r.IntN(min(len(all), 20))]
		if parent.Depth() > 12 {
			parent = "/"
		}
		all = append(all, a.mkdir(parent, fmt.Sprintf("d%d", i)))
	}
	for _, d := range all {
		for j := range r.IntN(6) {
			a.file(d, fmt.Sprintf("f%d-%d.iso", r.IntN(1000), j), int64(r.IntN(1<<20)))
		}
	}
	return a
}

func (a archive) mkdir(parent index.Path, name string) index.Path {
	d := parent.Join(name)
	a[d] = nil
	a[parent] = append(a[parent], index.Entry{
		Name: name, Kind: index.Dir, Size: index.UnknownSize,
		Unix: epoch.Unix() + int64(len(a)), Precision: index.Second,
	})
	return d
}

func (a archive) file(dir index.Path, name string, size int64) {
	a[dir] = append(a[dir], index.Entry{
		Name: name, Kind: index.File, Size: size,
		Unix: epoch.Unix() + size%1000, Precision: index.Second,
	})
}

// touch gives a directory a new time, as its parent lists it.
func (a archive) touch(dir index.Path) {
	entries := a[dir.Dir()]
	for i := range entries {
		if entries[i].Name == dir.Base() {
			entries[i].Unix += 5000
		}
	}
}

func (a archive) clone() archive {
	b := archive{}
	for d, e := range a {
		b[d] = slices.Clone(e)
	}
	return b
}

// fake is a Source, and the host that it reaches.
type fake struct {
	mu          sync.Mutex // guards tree
	tree        archive
	texts       map[index.Path]string
	ways        []string // offered, the cheapest first: "TREE", "STAT", "MLSD", "LIST"
	connections int      // of List ways

	charset  string // reported as Known
	password string // that Connect was given

	// connect, list and cut make the host misbehave; each may be nil. list may
	// return listings of its own instead of those of the tree.
	connect func() error
	list    func(ctx context.Context, way string, dir index.Path) ([]index.Listing, error)
	cut     func(way string, dir index.Path, l *index.Listing) // changes a listing of a way

	identify func(dir index.Path) (string, error) // its identifier; nil if the host has none
	asked    atomic.Int64                         // directories, by identify

	connects, lists, open, most atomic.Int64
	listed                      sync.Map // dir -> true
}

func (f *fake) Connect(ctx context.Context, h index.Host, p *pace.Pacer) (crawler.Server, error) {
	f.connects.Add(1)
	f.mu.Lock()
	f.password = h.Settings.Password
	f.mu.Unlock()
	h.Known.Charset = f.charset
	if f.connect != nil {
		if err := f.connect(); err != nil {
			return nil, err
		}
	}
	server := &fakeServer{fake: f, known: h.Known, pacer: p}
	if f.identify != nil {
		return identifyingServer{server}, ctx.Err()
	}
	return server, ctx.Err()
}

type fakeServer struct {
	*fake
	known index.Known
	pacer *pace.Pacer
}

func (s *fakeServer) Known() index.Known { return s.known }
func (s *fakeServer) Close() error       { return nil }

func (s *fakeServer) Open(_ context.Context, p index.Path, _ int64) (io.ReadCloser, error) {
	if s.open.Load() > 0 {
		return nil, crawler.ErrBusy // a host that takes one connection
	}
	if text, ok := s.texts[p]; ok {
		return io.NopCloser(strings.NewReader(text)), nil
	}
	return nil, crawler.ErrDenied
}

func (s *fakeServer) Stat(_ context.Context, p index.Path) (crawler.Fact, error) {
	text, ok := s.texts[p]
	if !ok {
		return crawler.Fact{}, crawler.ErrAbsent
	}
	return crawler.Fact{Size: int64(len(text))}, nil
}

func (s *fakeServer) Ways() (trees []crawler.TreeWay, dirs []crawler.DirWay) {
	names := s.ways
	if names == nil {
		names = []string{"MLSD"}
	}
	for _, name := range names {
		if name == "TREE" {
			trees = append(trees, fakeTree{s.listTree})
			continue
		}
		dirs = append(dirs, fakeDir{name, max(s.connections, 1), s.listDir(name)})
	}
	return trees, dirs
}

// lister is what the ways of fakes do.
type lister func(ctx context.Context, dir index.Path, hand func(index.Listing) error) error

// fakeDir is a DirWay, each call of which takes a connection.
type fakeDir struct {
	name        string
	connections int
	list        lister
}

func (w fakeDir) Name() string     { return w.name }
func (w fakeDir) Connections() int { return w.connections }
func (w fakeDir) Shared() bool     { return false }
func (w fakeDir) List(ctx context.Context, dir index.Path, hand func(index.Listing) error) error {
	return w.list(ctx, dir, hand)
}

// fakeTree is a TreeWay by the name of TREE.
type fakeTree struct{ tree lister }

func (w fakeTree) Name() string { return "TREE" }
func (w fakeTree) Tree(ctx context.Context, root index.Path, hand func(index.Listing) error) error {
	return w.tree(ctx, root, hand)
}

// identifyingServer is a fakeServer that knows directories by identifiers.
type identifyingServer struct{ *fakeServer }

func (s identifyingServer) Identify(ctx context.Context, dirs []index.Path) (idents []string, err error) {
	for _, dir := range dirs {
		s.asked.Add(1)
		if err := s.pacer.Command(ctx); err != nil {
			return nil, err
		}
		ident, err := s.identify(dir)
		if err != nil {
			return nil, err
		}
		idents = append(idents, ident)
	}
	return idents, nil
}

func (s *fakeServer) entries(dir index.Path) ([]index.Entry, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.tree[dir]
	return slices.Clone(e), ok
}

func (s *fakeServer) listDir(way string) func(context.Context, index.Path, func(index.Listing) error) error {
	return func(ctx context.Context, dir index.Path, hand func(index.Listing) error) error {
		if err := s.pacer.Command(ctx); err != nil {
			return err
		}
		open := s.open.Add(1)
		s.most.Store(max(s.most.Load(), open))
		defer s.open.Add(-1)
		s.lists.Add(1)
		s.listed.Store(dir, true)
		if s.list != nil {
			listings, err := s.list(ctx, way, dir)
			for _, l := range listings {
				if err := hand(l); err != nil {
					return err
				}
			}
			if listings != nil || err != nil {
				return err
			}
		}
		e, ok := s.entries(dir)
		if !ok {
			return fmt.Errorf("550 %s: %w", dir, crawler.ErrDenied)
		}
		l := index.Listing{Dir: dir, Way: way, Entries: e, Taken: time.Now()}
		if s.cut != nil {
			s.cut(way, dir, &l)
		}
		if len(l.Entries) < 4 {
			return hand(l)
		}
		// Parts, as of a huge directory.
		first := l
		first.Entries, first.More = l.Entries[:2], true
		l.Entries = l.Entries[2:]
		if l.Idents != nil {
			first.Idents, l.Idents = l.Idents[:2], l.Idents[2:]
		}
		return errors.Join(hand(first), hand(l))
	}
}

func (s *fakeServer) listTree(ctx context.Context, root index.Path, hand func(index.Listing) error) error {
	s.open.Add(1)
	defer s.open.Add(-1)
	s.mu.Lock()
	dirs := slices.Sorted(maps.Keys(s.tree))
	s.mu.Unlock()
	for _, dir := range dirs {
		if !dir.Within(root) {
			continue
		}
		if s.list != nil {
			if listings, err := s.list(ctx, "TREE", dir); listings != nil || err != nil {
				for _, l := range listings {
					if err := hand(l); err != nil {
						return err
					}
				}
				if err != nil {
					return err
				}
				continue
			}
		}
		e, _ := s.entries(dir)
		l := index.Listing{Dir: dir, Way: "TREE", Entries: e, Taken: time.Now()}
		if s.cut != nil {
			s.cut("TREE", dir, &l)
		}
		if err := hand(l); err != nil {
			return err
		}
	}
	return nil
}
