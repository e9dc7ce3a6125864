package ftpd

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"trawl/crawler/listing"
	"trawl/ftpd/names"
	"trawl/ftpd/tree"
	"trawl/index"
)

// parsed is what the crawler should understand of an entry.
type parsed struct {
	Kind   index.Kind
	Size   int64
	Time   int64 // of a precision of a second, or as LIST shows it
	Target string
}

// drawTree draws a tree of names that are hard to list. None begins with a blank: where all names of a folder do, the lines of LIST
// do not show whether the blanks belong to them. It returns what the crawler should read of each, by its path.
func drawTree(t *rapid.T, now time.Time) (fstest.MapFS, map[string]parsed) {
	name := rapid.OneOf(
		rapid.SampledFrom([]string{"README", "a b", "caf\xe9", "caf\u00e9", "\xff\xfe", "two\nlines", "cr\r", "-l", "a -> b", "x:", "total 5", "\ue000", "d r", "#1", "Jan  1  2020 x"}),
		rapid.StringMatching(`([a-zA-Z0-9._;=+-][a-zA-Z0-9._ ;=+-]{0,7})?[a-zA-Z0-9]`),
	).Filter(func(s string) bool { return s != "." && s != ".." && !strings.HasPrefix(s, ".trawl") })
	files, want := fstest.MapFS{}, map[string]parsed{}
	dirs := []string{"."}
	for range rapid.IntRange(1, 12).Draw(t, "entries") {
		p := path.Join(rapid.SampledFrom(dirs).Draw(t, "in"), name.Draw(t, "name"))
		if files[p] != nil {
			continue
		}
		age := time.Duration(rapid.Int64Range(-400*86400, 30*366*86400).Filter(func(s int64) bool { // not on an edge of what LIST shows
			return max(s, -s) > 3600 && max(s-int64(recent.Seconds()), int64(recent.Seconds())-s) > 3600
		}).Draw(t, "age")) * time.Second
		when := now.Add(-age).Truncate(time.Second)
		f, e := &fstest.MapFile{ModTime: when, Mode: 0o644}, parsed{index.File, 0, when.Unix(), ""}
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			f.Mode, e.Kind, e.Size = fs.ModeDir|0o755, index.Dir, index.UnknownSize
			dirs = append(dirs, p)
		case 1:
			f.Mode, e.Kind, e.Size = fs.ModeSymlink|0o777, index.Link, index.UnknownSize
			e.Target = rapid.SampledFrom([]string{"pub", "../x", "caf\u00e9"}).Draw(t, "target")
			f.Data = []byte(e.Target)
		default:
			f.Data = make([]byte, rapid.IntRange(0, 3000).Draw(t, "size"))
			e.Size = int64(len(f.Data))
		}
		files[p], want[names.Encode(p)] = f, e
	}
	return files, want
}

// plant puts a tree on disk.
func plant(t *rapid.T, files fstest.MapFS) *os.Root {
	dir, err := os.MkdirTemp("", "listed")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	paths := slices.Sorted(maps.Keys(files))
	for _, p := range paths {
		switch f, at := files[p], filepath.Join(dir, p); {
		case f.Mode.IsDir():
			err = os.Mkdir(at, 0o755)
		case f.Mode.IsRegular():
			err = os.WriteFile(at, f.Data, 0o600)
		default:
			err = os.Symlink(string(f.Data), at)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range slices.Backward(paths) {
		at := unix.NsecToTimespec(files[p].ModTime.UnixNano())
		if err := unix.UtimesNanoAt(unix.AT_FDCWD, filepath.Join(dir, p), []unix.Timespec{at, at}, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// TestListingsAreParsed shows that the crawler reads what a server of Trawl lists.
func TestListingsAreParsed(t *testing.T) {
	now := time.Now().UTC()
	rapid.Check(t, func(t *rapid.T) {
		files, want := drawTree(t, now)
		root := plant(t, files)
		defer root.Close()
		view := tree.Folder(root).View(tree.Options{Rules: tree.Rules{"/": tree.ReadOnly}})
		byClock := maps.Clone(want) // times as LIST shows them
		for p, e := range byClock {
			if at := time.Unix(e.Time, 0).UTC(); e.Time > now.Unix() || e.Time < now.Add(-recent).Unix() {
				e.Time = at.Truncate(24 * time.Hour).Unix()
			} else {
				e.Time = at.Truncate(time.Minute).Unix()
			}
			byClock[p] = e
		}
		compare(t, "LIST -lR", byClock, readBack(t, view, true))
		compare(t, "MLSD", want, readBack(t, view, false))
	})
}

// readBack lists a tree by one LIST -lR, or by MLSD of each directory, and reads that as the crawler does.
func readBack(t *rapid.T, view *tree.View, bulk bool) map[string]parsed {
	p, err := listing.New(listing.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]parsed{}
	var dirs []string
	hand := func(l index.Listing) error {
		if l.State != index.Complete || l.Lost > 0 {
			t.Errorf("%s is %v, %d lost: %q", l.Dir, l.State, l.Lost, l.Unparsed)
		}
		for i := range l.Entries {
			e := &l.Entries[i]
			at := strings.TrimPrefix(string(l.Dir.Join(e.Wire())), "/")
			got[at] = parsed{e.Kind, e.Size, e.Unix, e.Target}
			if e.Kind == index.Dir {
				dirs = append(dirs, at)
			}
		}
		return nil
	}
	ctx, memory := context.Background(), newMemory(sortingMemory)
	put := func(write func(context.Context, *bufio.Writer) error) io.Reader {
		var b bytes.Buffer
		w := bufio.NewWriter(&b)
		if err := write(ctx, w); err != nil {
			t.Fatal(err)
		}
		_ = w.Flush()
		return &b
	}
	open := func(p string) *tree.Entries {
		d, err := view.Entries(p)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if bulk {
		o := listOptions{recursive: true, long: true}
		l := &lister{listOptions: o, view: view, log: slog.New(slog.DiscardHandler), memory: memory, line: newLongLine(o), path: "/", opened: open("/")}
		if err := p.Tree(put(l.write), "/", "LIST -lR", hand); err != nil {
			t.Fatal(err)
		}
		return got
	}
	for dirs = []string{""}; len(dirs) > 0; {
		dir := dirs[0]
		dirs = dirs[1:]
		raw := "/" + names.Decode(dir)
		m := &mlsd{facts: allFacts, view: view, path: raw, memory: memory, opened: open(raw)}
		if err := p.List(put(m.write), index.Path("/"+dir), "MLSD", hand); err != nil {
			t.Fatal(err)
		}
	}
	return got
}

func compare(t *rapid.T, form string, want, got map[string]parsed) {
	for p, e := range want {
		if got[p] != e {
			t.Errorf("%s: %q is %+v, read as %+v", form, p, e, got[p])
		}
	}
	for p := range got {
		if _, ok := want[p]; !ok {
			t.Errorf("%s: %q is not there", form, p)
		}
	}
}
