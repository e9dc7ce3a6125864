package gopher_test

import (
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trawl/crawler"
	crawlergopher "trawl/crawler/gopher"
	"trawl/ftpd/names"
	"trawl/index"
)

// TestCrawl crawls the door with Trawl's own crawler, which finds exactly the tree, whatever the names.
func TestCrawl(t *testing.T) {
	h := serve(t)
	for _, name := range []string{
		"README", "sp ace/a b.iso", "caf\u00e9/\u65e5\u672c.zip", "per%20cent.txt", "hash#040.txt", "=equals.bin", "=folder/=file.txt", "q?a&b=c.txt",
		"tab\tname/tab\tfile.txt", "line\nbreak.txt", "cr\rlf\n.bin", "esc\x1b[2J.txt", "latin\xe9/\xff\xfe.txt", "range\uefe9.txt", ".hidden/.file", "...",
		" lead", "trail ", "a  2024-Jan-01 10:00  1 KB", "URL:x", "deep/URL:http:/x", "1", "back\\slash", "null.host", "a.gif/b.gif", "7/7", "caps.txt",
	} {
		h.write(t, name, "this is "+name+"\n")
	}
	h.write(t, "dots.txt", "this is dots.txt\n")
	must(t, os.Symlink("..", filepath.Join(h.dir, "sp ace/up")))
	want := map[string]string{}
	must(t, filepath.WalkDir(h.dir, func(p string, d fs.DirEntry, err error) error {
		if rel, _ := filepath.Rel(h.dir, p); rel != "." && d.Type()&fs.ModeSymlink == 0 {
			want[rel] = map[bool]string{true: "dir", false: "file"}[d.IsDir()]
		}
		return err
	}))
	id, _, _, err := crawler.Schemes(&crawlergopher.Source{}).Parse("gopher://" + h.addr + "/")
	must(t, err)
	srv, err := (&crawlergopher.Source{}).Connect(t.Context(), index.Host{ID: id}, nil)
	must(t, err)
	defer func() { must(t, srv.Close()) }()
	if known := srv.Known(); known.Software != "Trawl" && want["caps.txt"] == "" {
		t.Errorf("known %+v", known)
	}
	got := map[string]string{}
	real := map[index.Path]string{"/": ""} // what is meant by each path
	_, ways := srv.Ways()
	for todo := []index.Path{"/"}; len(todo) > 0; todo = todo[1:] {
		err := ways[0].List(t.Context(), todo[0], func(l index.Listing) error {
			if l.State != index.Complete {
				t.Errorf("%q: %s %s %q", l.Dir, l.State, l.Why, l.Unparsed)
			}
			for _, e := range l.Entries {
				p := l.Dir.Join(e.Wire())
				if e.Kind == index.Link {
					t.Errorf("%q is a link to %q", p, e.Target)
					continue
				}
				name := e.Wire()
				if rest, literal := strings.CutPrefix(name, "="); literal { // the selector as a whole
					rest = strings.NewReplacer("%2F", "/", "%25", "%").Replace(rest)
					name = rest[strings.LastIndexByte(rest, '/')+1:]
				}
				real[p] = filepath.Join(real[l.Dir], names.Decode(name))
				got[real[p]] = e.Kind.String()
				if e.Precision != index.Minute {
					t.Errorf("%q: time %v", p, e.Precision)
				}
				if e.Kind == index.Dir {
					todo = append(todo, p)
					continue
				}
				f, err := srv.Open(t.Context(), p, 0)
				must(t, err)
				text, err := io.ReadAll(f)
				must(t, err)
				must(t, f.Close())
				if string(text) != "this is "+real[p]+"\n" {
					t.Errorf("%q: %q", p, text)
				}
			}
			return nil
		})
		must(t, err)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got[name] != want[name] {
			t.Errorf("%q: got %q, want %q", name, got[name], want[name])
		}
		delete(got, name)
	}
	for name, kind := range got {
		t.Errorf("%q is not there: %s", name, kind)
	}
}
