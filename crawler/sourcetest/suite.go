// Package sourcetest is the conformance suite of sources. [Run] proves on a real server
// that a source keeps the promises of [crawler.Source], [crawler.Server], [crawler.DirWay]
// and [crawler.TreeWay].
package sourcetest

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// Served is a host that serves the files of Plant, from Host.ID.Root() on.
type Served struct {
	Source crawler.Source
	Host   index.Host
	Vague  bool // the server lists a directory that is not there as if it were empty
}

// Image is the content of pub/linux.iso.
const Image = "no image, but these bytes"

// Plant makes the files of the suite in a directory.
func Plant(t testing.TB, dir string) {
	t.Helper()
	for name, content := range map[string]string{
		"README": "Welcome.\n", "pub/linux.iso": Image, "pub/notes.txt": "notes", "pub/deep/er/last.gz": "gz",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // servers run as others
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil { //nolint:gosec // likewise
			t.Fatal(err)
		}
	}
}

// Run proves that a source keeps its promises for a host, all of them over one
// connection: no part may harm the next one.
func Run(t *testing.T, served Served) {
	t.Helper()
	server := connect(t, served.Source, served.Host)
	for _, part := range []struct {
		name  string
		proof func(*suite)
	}{
		{"Schemes", (*suite).schemes},
		{"Ways", (*suite).ways},
		{"List", (*suite).list},
		{"Kinds", (*suite).kinds},
		{"Tree", (*suite).tree},
		{"Together", (*suite).together},
		{"Missing", (*suite).missing},
		{"Hand", (*suite).hand},
		{"Cancel", (*suite).cancel},
		{"Identify", (*suite).identify},
		{"Stat", (*suite).stat},
		{"Open", (*suite).open},
		{"Break", (*suite).breakOff},
		{"Close", (*suite).close}, // the last
	} {
		t.Run(part.name, func(t *testing.T) {
			part.proof(&suite{t, served, server})
		})
	}
}

// suite is one proof under way.
type suite struct {
	*testing.T
	Served

	server crawler.Server
}

// connect reaches a host until the test ends.
func connect(t *testing.T, source crawler.Source, host index.Host) crawler.Server {
	t.Helper()
	server, err := source.Connect(t.Context(), host, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server
}

// at returns a path of the tree that was planted.
func (s *suite) at(names ...string) index.Path {
	p := s.Host.ID.Root()
	for _, name := range names {
		p = p.Join(name)
	}
	return p
}

// lists returns the ways that list a directory.
func (s *suite) lists() []crawler.DirWay {
	_, dirs := s.server.Ways()
	return dirs
}

// trees returns the ways that list a tree.
func (s *suite) trees() []crawler.TreeWay {
	trees, _ := s.server.Ways()
	return trees
}

// names returns the names of all ways of a server.
func names(server crawler.Server) (all []string) {
	trees, dirs := server.Ways()
	for _, w := range trees {
		all = append(all, w.Name())
	}
	for _, w := range dirs {
		all = append(all, w.Name())
	}
	return all
}

// held returns the names in a directory, which is listed by a way.
func (s *suite) held(ctx context.Context, way crawler.DirWay, dir index.Path) (names []string, err error) {
	ended := false
	err = way.List(ctx, dir, func(l index.Listing) error {
		if l.Dir != dir || ended {
			s.Errorf("%s of %s hands over a part of %s, after the last: %t", way.Name(), dir, l.Dir, ended)
		}
		ended = !l.More
		for i := range l.Entries {
			names = append(names, l.Entries[i].Wire())
		}
		return nil
	})
	if err == nil && !ended {
		s.Errorf("%s of %s has no last part", way.Name(), dir)
	}
	slices.Sort(names)
	return names, err
}

// ways proves Server.Ways: each has a name of its own, and a way that the owner
// excludes, or that a crawl gave up, is not offered.
func (s *suite) ways() {
	all := names(s.server)
	if slices.Contains(all, "") || len(slices.Compact(slices.Sorted(slices.Values(all)))) < len(all) {
		s.Errorf("the ways have the names %q", all)
	}
	for _, w := range s.lists() {
		if w.Connections() < 1 {
			s.Errorf("way %q: %d connections", w.Name(), w.Connections())
		}
	}
	if len(s.lists()) == 0 {
		s.Fatal("there is no way to list a directory")
	}
	for _, name := range all {
		demoted, allowed := s.Host, s.Host
		demoted.Known.Demoted = []string{name + ": it lies"}
		allowed.Settings.Ways = []string{"none"}
		for _, host := range []index.Host{demoted, allowed} {
			if slices.Contains(names(connect(s.T, s.Source, host)), name) {
				s.Errorf("%s is offered though it is excluded", name)
			}
		}
	}
}

// list proves DirWay.List.
func (s *suite) list() {
	for _, w := range s.lists() {
		for dir, want := range map[index.Path][]string{
			s.at():                    {"README", "pub"},
			s.at("pub"):               {"deep", "linux.iso", "notes.txt"},
			s.at("pub", "deep"):       {"er"},
			s.at("pub", "deep", "er"): {"last.gz"},
		} {
			if got, err := s.held(s.Context(), w, dir); err != nil || !slices.Equal(got, want) {
				s.Errorf("%s of %s: %q, %v, want %q", w.Name(), dir, got, err, want)
			}
		}
	}
}

// kinds proves that no kind is guessed: a directory is never a file, nor a file a directory,
// however little the server reports. A name whose kind cannot be known is no entry.
func (s *suite) kinds() {
	want := map[string]index.Kind{"README": index.File, "pub": index.Dir, "deep": index.Dir, "linux.iso": index.File, "notes.txt": index.File}
	for _, w := range s.lists() {
		for _, dir := range []index.Path{s.at(), s.at("pub")} {
			err := w.List(s.Context(), dir, func(l index.Listing) error {
				for i := range l.Entries {
					if e := &l.Entries[i]; e.Kind != want[e.Wire()] {
						s.Errorf("%s of %s: %s is a %s", w.Name(), dir, e.Wire(), e.Kind)
					}
				}
				return nil
			})
			if err != nil {
				s.Errorf("%s of %s: %v", w.Name(), dir, err)
			}
		}
	}
}

// tree proves TreeWay.Tree: it lists each directory, if it says that it is complete.
func (s *suite) tree() {
	for _, w := range s.trees() {
		listed := map[index.Path]int{}
		err := w.Tree(s.Context(), s.at(), func(l index.Listing) error {
			listed[l.Dir] += len(l.Entries)
			return nil
		})
		if errors.Is(err, crawler.ErrBroken) {
			continue // servers need not have it
		}
		for dir, want := range map[index.Path]int{s.at(): 2, s.at("pub"): 3, s.at("pub", "deep"): 1, s.at("pub", "deep", "er"): 1} {
			if listed[dir] != want {
				s.Errorf("%s lists %d entries of %s, want %d, %v", w.Name(), listed[dir], dir, want, err)
			}
		}
	}
}

// together proves that calls may be made at once, more than Connections says.
func (s *suite) together() {
	for _, w := range s.lists() {
		var all sync.WaitGroup
		for range 2*min(w.Connections(), 8) + 1 {
			all.Go(func() {
				if got, err := s.held(s.Context(), w, s.at("pub")); err != nil || len(got) != 3 {
					s.Errorf("%s at once: %q, %v", w.Name(), got, err)
				}
			})
		}
		all.Wait()
	}
}

// missing proves that a directory which is not there is ErrDenied where the server
// says so, and that others are listed then.
func (s *suite) missing() {
	for _, w := range s.lists() {
		got, err := s.held(s.Context(), w, s.at("nowhere"))
		if empty := err == nil && got == nil; !errors.Is(err, crawler.ErrDenied) && (!s.Vague || !empty) {
			s.Errorf("%s of what is not there: %q, %v", w.Name(), got, err)
		}
		if got, err := s.held(s.Context(), w, s.at("pub")); err != nil || len(got) != 3 {
			s.Errorf("%s after it: %q, %v", w.Name(), got, err)
		}
	}
}

// hand proves that an error of hand ends a call and is returned.
func (s *suite) hand() {
	enough := errors.New("enough")
	for _, w := range s.lists() {
		err := w.List(s.Context(), s.at(), func(index.Listing) error { return enough })
		if !errors.Is(err, enough) {
			s.Errorf("%s: %v, want the error of hand", w.Name(), err)
		}
	}
	for _, w := range s.trees() {
		err := w.Tree(s.Context(), s.at(), func(index.Listing) error { return enough })
		if !errors.Is(err, enough) && !errors.Is(err, crawler.ErrBroken) {
			s.Errorf("%s: %v, want the error of hand", w.Name(), err)
		}
	}
}

// cancel proves that a call ends with its context, and that others are made then.
func (s *suite) cancel() {
	for _, w := range s.lists() {
		ctx, cancel := context.WithCancel(s.Context())
		cancel()
		if _, err := s.held(ctx, w, s.at("pub")); err == nil {
			s.Errorf("%s goes on after its context", w.Name())
		}
		if got, err := s.held(s.Context(), w, s.at("pub")); err != nil || len(got) != 3 {
			s.Errorf("%s after one that was cancelled: %q, %v", w.Name(), got, err)
		}
	}
}

// identify proves Identifier, if the server is one: it identifies a directory twice in the
// same way, and another one in another way, or not at all.
func (s *suite) identify() {
	server, ok := s.server.(crawler.Identifier)
	if !ok {
		return
	}
	idents, err := server.Identify(s.Context(), []index.Path{s.at("pub"), s.at("pub"), s.at("pub", "deep")})
	if err != nil || len(idents) != 3 {
		s.Fatalf("%q, %v", idents, err)
	}
	if idents[0] != "" && (idents[1] != idents[0] || idents[2] == idents[0]) {
		s.Errorf("the same directory twice and another one: %q", idents)
	}
}

// open proves Server.Open.
func (s *suite) open() {
	for _, offset := range []int{0, 8, len(Image)} {
		f, err := s.server.Open(s.Context(), s.at("pub", "linux.iso"), int64(offset))
		if err != nil {
			s.Fatalf("open from %d: %v", offset, err)
		}
		got, err := io.ReadAll(f)
		if err := errors.Join(err, f.Close()); err != nil || string(got) != Image[offset:] {
			s.Errorf("from %d: %q, %v, want %q", offset, got, err, Image[offset:])
		}
	}
}

// stat proves Server.Stat: it says the size and the time of a file, or that they are unknown,
// and of other paths that they are no files.
func (s *suite) stat() {
	for range 2 { // the first one may learn what the server can do
		fact, err := s.server.Stat(s.Context(), s.at("pub", "linux.iso"))
		sized := fact.Size == int64(len(Image)) || fact.Size == index.UnknownSize
		timed := fact.Precision == index.Unknown || time.Since(fact.Time).Abs() < 24*time.Hour+time.Minute
		if err != nil || !sized || !timed { // sources prove elsewhere that they know what servers say
			s.Errorf("linux.iso: %+v, %v, want %d bytes of today", fact, err, len(Image))
		}
	}
	if _, err := s.server.Stat(s.Context(), s.at("pub", "nowhere.iso")); !errors.Is(err, crawler.ErrDenied) { // ErrAbsent, where the server says so
		s.Errorf("what is not there: %v, want ErrAbsent", err)
	}
	if _, err := s.server.Stat(s.Context(), s.at("pub", "deep")); !errors.Is(err, crawler.ErrDenied) {
		s.Errorf("a directory: %v, want ErrDenied", err)
	}
}

// breakOff proves that a file that is closed before its end harms no later call.
func (s *suite) breakOff() {
	for range 3 {
		f, err := s.server.Open(s.Context(), s.at("pub", "linux.iso"), 0)
		if err != nil {
			s.Fatal(err)
		}
		if _, err := io.ReadFull(f, make([]byte, 2)); err != nil {
			s.Error(err)
		}
		if err := errors.Join(f.Close(), f.Close()); err != nil {
			s.Errorf("close: %v", err)
		}
		s.open()
	}
	if _, err := s.server.Open(s.Context(), s.at("pub", "nowhere.iso"), 0); !errors.Is(err, crawler.ErrDenied) {
		s.Errorf("what is not there: %v, want ErrAbsent or ErrDenied", err)
	}
}

// close proves that nothing can be listed after Close, and that it may be called again.
func (s *suite) close() {
	ways := s.lists()
	if err := s.server.Close(); err != nil {
		s.Errorf("close: %v", err)
	}
	_ = s.server.Close() // the first one has ended all
	ctx, cancel := context.WithTimeout(s.Context(), 10*time.Second)
	defer cancel()
	for _, w := range ways {
		if _, err := s.held(ctx, w, s.at()); err == nil || ctx.Err() != nil {
			s.Errorf("%s after Close: %v", w.Name(), err)
		}
	}
}
