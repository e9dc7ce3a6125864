package hosted

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"go.uber.org/goleak"

	"trawl/crawler/ftp"
	"trawl/ftpd/tree"
	"trawl/index"
	"trawl/index/indextest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const host index.HostID = "ftp://files.example.org/"

// hosting is a folder that is hosted, in a catalogue.
type hosting struct {
	*testing.T
	dir string
	cat *indextest.Brute
	f   *Follower
}

// host begins to follow a folder; watched says whether the system is asked what changes.
func start(t *testing.T, watched bool, files ...string) *hosting {
	t.Helper()
	h := &hosting{T: t, dir: t.TempDir(), cat: indextest.NewBrute()}
	for _, name := range files {
		h.write(name)
	}
	root, err := os.OpenRoot(h.dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.cat.Update(t.Context(), host, func(*index.Host) error { return nil }); err != nil {
		t.Fatal(err)
	}
	view := tree.Folder(root).View(tree.Options{User: "anonymous", Rules: tree.Rules{
		"/": tree.ReadOnly, "/incoming": tree.Write | tree.Mkdir, "/secret": 0,
	}})
	c := Config{
		Catalogue: h.cat, Host: host, Scheme: new(ftp.Source).Schemes()[0], View: view, Refresh: time.Hour,
		Log: slog.New(slog.DiscardHandler),
	}
	if watched {
		c.Folder = h.dir
	}
	h.f = New(c)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.f.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		root.Close()
	})
	return h
}

func (h *hosting) write(name string) {
	h.Helper()
	p := filepath.Join(h.dir, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		h.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(name), 0o644); err != nil {
		h.Fatal(err)
	}
}

func (h *hosting) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// want waits until the catalogue holds these files and links, and no others.
func (h *hosting) want(when string, want ...string) {
	h.Helper()
	var got []string
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if got = h.held("/"); slices.Equal(got, want) {
			return
		}
	}
	h.Fatalf("%s: the catalogue holds %q, want %q", when, got, want)
}

func (h *hosting) held(dir index.Path) (all []string) {
	l, err := h.cat.List(h.Context(), host, dir, "", 0)
	if err != nil {
		return []string{"?" + string(dir)}
	}
	for i := range l.Entries {
		e := &l.Entries[i]
		if p := dir.Join(e.Wire()); e.Kind == index.Dir {
			all = append(all, h.held(p)...)
		} else {
			all = append(all, string(p))
		}
	}
	if l.State != index.Complete {
		all = append(all, "!"+string(dir))
	}
	return all
}

// TestWatched changes a folder beside the server.
func TestWatched(t *testing.T) {
	h := start(t, true, "a", "pub/b", "incoming/dropped", "secret/s")
	h.want("at the start", "/a", "/pub/b")
	h.write("pub/deep/er/c")
	h.want("after folders were made", "/a", "/pub/b", "/pub/deep/er/c")
	h.write("pub/deep/er/d")
	h.want("after a file came to a new folder", "/a", "/pub/b", "/pub/deep/er/c", "/pub/deep/er/d")
	h.must(os.Rename(filepath.Join(h.dir, "pub/deep"), filepath.Join(h.dir, "moved")))
	h.must(os.Remove(filepath.Join(h.dir, "a")))
	h.want("after a folder was moved and a file removed", "/moved/er/c", "/moved/er/d", "/pub/b")
	h.write("incoming/more")
	h.write("secret/more")
	h.must(os.Symlink("b", filepath.Join(h.dir, "pub/link")))
	h.must(os.WriteFile(filepath.Join(h.dir, "pub/caf\xe9"), nil, 0o644))
	h.want("after a drop, a link and a name that is not UTF-8", "/moved/er/c", "/moved/er/d", "/pub/b", "/pub/caf\xe9", "/pub/link")
	h.must(os.RemoveAll(filepath.Join(h.dir, "moved")))
	h.want("after a folder was removed", "/pub/b", "/pub/caf\xe9", "/pub/link")
	l, err := h.cat.List(t.Context(), host, "/pub", "", 0)
	h.must(err)
	if e := l.Entries[2]; e.Kind != index.Link || e.Target != "b" {
		t.Errorf("the link is %+v", e)
	}
	if e := l.Entries[1]; !utf8.ValidString(e.Name) || e.Wire() != "caf\xe9" {
		t.Errorf("the name is %+v", e)
	}
	if e := l.Entries[0]; e.Size != int64(len("pub/b")) || e.Precision != index.Second {
		t.Errorf("the file is %+v", e)
	}
	h.must(os.WriteFile(filepath.Join(h.dir, "pub/b"), make([]byte, 1000), 0o644))
	for deadline := time.Now().Add(30 * time.Second); l.Entries[0].Size != 1000 && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		l, err = h.cat.List(t.Context(), host, "/pub", "", 0)
		h.must(err)
	}
	if l.Entries[0].Size != 1000 {
		t.Errorf("a file that was written is %+v", l.Entries[0])
	}
}

// TestChanged changes a folder through a server that says so, where nothing is watched.
func TestChanged(t *testing.T) {
	h := start(t, false, "a")
	h.want("at the start", "/a")
	h.write("b")
	h.f.Changed("/b", false)
	h.want("after an upload", "/a", "/b")
	h.write("new/deep/c")
	h.f.Changed("/new", true)
	h.want("after a folder was made", "/a", "/b", "/new/deep/c")
	h.must(os.RemoveAll(filepath.Join(h.dir, "new")))
	h.f.Changed("/new", false)
	h.want("after it was removed", "/a", "/b")
}

// TestBusy shows that no change is lost while somebody crawls the host.
func TestBusy(t *testing.T) {
	h := start(t, false, "a")
	h.want("at the start", "/a")
	var crawl index.Crawl
	for deadline := time.Now().Add(30 * time.Second); crawl == nil && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		crawl, _ = h.cat.Begin(t.Context(), host, true) // the look may not have ended
	}
	h.write("b")
	h.f.Changed("/b", false)
	time.Sleep(2 * gather)
	h.must(crawl.Close())
	h.want("after the crawl", "/a", "/b")
}

// TestRobots shows that robots.txt does not hide what is hosted here.
func TestRobots(t *testing.T) {
	h := start(t, false, "pub/a")
	h.must(os.WriteFile(filepath.Join(h.dir, "robots.txt"), []byte("User-agent: *\nDisallow: /\n"), 0o644))
	h.f.Changed("/robots.txt", false)
	h.want("with a robots.txt", "/pub/a", "/robots.txt")
}

// TestChanges shows when a change is due.
func TestChanges(t *testing.T) {
	c := newChanges()
	c.add("/late", false, time.Hour)
	c.add("/soon", false, time.Hour)
	c.add("/soon", true, time.Millisecond)
	c.add("/soon", false, time.Hour)
	select {
	case <-c.due():
	case <-time.After(30 * time.Second):
		t.Fatal("nothing is due")
	}
	if got := c.take(); len(got) != 1 || got[0] != (change{"/soon", true}) {
		t.Errorf("due is %v", got)
	}
	for i := range maxChanges {
		if ok := c.add(string(rune('a'+i)), false, time.Hour); ok != (i < maxChanges-1) {
			t.Fatalf("change %d: %t", i, ok)
		}
	}
}

// TestFlood shows that changes that are too many to be gathered are found by a look at all, also while they go on.
func TestFlood(t *testing.T) {
	h := start(t, false, "a")
	h.want("at the start", "/a")
	w := &watcher{f: h.f, lost: make(chan struct{}, 1)}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			w.lose()
			time.Sleep(time.Millisecond)
		}
	}()
	h.f.follow(ctx, w, time.Hour, 50*time.Millisecond)
	if ctx.Err() != nil {
		t.Error("it is not looked at again")
	}
}
