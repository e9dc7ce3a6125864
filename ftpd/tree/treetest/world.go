package treetest

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// secret is in every file that nobody may read.
const private = "PRIVATE"

// world is the files on which the table runs:
//
//	outside/file   private
//	root/          what the door serves
type world struct {
	top, dir string
	planted  map[string]string // what was planted, by path below top
	now      map[string]string
}

// files returns what is planted below the root: a name that ends in a slash is a folder, "-> " begins a link.
func files(dir string) map[string]string {
	return map[string]string{
		"file": "plain", "source": "source", "caf\xe9": "plain",
		"folder/": "", "folder/inner": "plain", "empty/": "",
		"closed/": "", "closed/file": private, "pub/": "", "pub/file": "plain",
		"drop/": "", "drop/file": private, "drop/sub/": "", "drop/link": "-> ../file",
		".trawl/": "", ".trawl/0123456789abcdef": private,
		"links/": "", "links/in": "-> ../file", "links/folder": "-> ../folder", "links/closed": "-> ../closed",
		"links/drop": "-> ../drop", "links/pub": "-> ./../links//../pub/.", "links/far": "-> folder",
		"links/rooted": "-> /folder", "links/shut": "-> /closed", "links/hidden": "-> /.trawl",
		"links/out": "-> ../../outside", "links/absolute": "-> /etc", "links/self": "-> " + dir + "/file",
		"links/selfshut": "-> " + dir + "/closed", "links/selfout": "-> " + dir + "/../outside", "links/selfroot": "-> " + dir + "//",
		"links/dangling": "-> missing", "links/new": "-> ../folder/new", "links/loop": "-> loop",
		"links/proc": "-> /proc/self/root", "links/trawl": "-> ../.trawl", "links/up": "-> ../closed/../file",
	}
}

func newWorld(t testing.TB) *world {
	t.Helper()
	top := t.TempDir()
	w := &world{top: top, dir: filepath.Join(top, "root"), planted: map[string]string{}}
	w.planted["outside"], w.planted["outside/file"], w.planted["root"] = "/", private, "/"
	for name, what := range files(w.dir) {
		if strings.HasSuffix(name, "/") {
			what = "/"
		}
		w.planted[filepath.Join("root", name)] = what
	}
	w.planted["root/fifo"] = "|"
	return w
}

// plant makes the world what it was.
func (w *world) plant(t testing.TB) {
	t.Helper()
	if w.now != nil && maps.Equal(w.now, w.planted) {
		return
	}
	for name := range w.now {
		if w.planted[name] != w.now[name] {
			must(t, os.RemoveAll(filepath.Join(w.top, name)))
		}
	}
	for _, folders := range []bool{true, false} {
		for name, what := range w.planted {
			p := filepath.Join(w.top, name)
			target, link := strings.CutPrefix(what, "-> ")
			switch {
			case (what == "/") != folders:
			case folders:
				must(t, os.MkdirAll(p, 0o755)) //nolint:gosec // a test of modes
				must(t, os.Chmod(p, 0o755))    //nolint:gosec // a test of modes
			case link:
				must(t, os.Symlink(target, p))
			case what == "|":
				must(t, syscall.Mkfifo(p, 0o644))
			default:
				must(t, os.WriteFile(p, []byte(what), 0o644)) //nolint:gosec // a test of modes
				must(t, os.Chmod(p, 0o644))                   //nolint:gosec // a test of modes
			}
		}
	}
	w.now = w.look(t)
}

// look returns what is there.
func (w *world) look(t testing.TB) map[string]string {
	t.Helper()
	there := map[string]string{}
	must(t, filepath.WalkDir(w.top, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == w.top {
			return err
		}
		name, err := filepath.Rel(w.top, p)
		if err != nil {
			return err
		}
		there[name], err = describe(p, d)
		return err
	}))
	return there
}

func describe(p string, d fs.DirEntry) (string, error) {
	switch mode := d.Type(); {
	case mode.IsDir():
		return "/", nil
	case mode&fs.ModeSymlink != 0:
		target, err := os.Readlink(p)
		return "-> " + target, err
	case mode&fs.ModeNamedPipe != 0:
		return "|", nil
	}
	b, err := os.ReadFile(p)
	return string(b), err
}

// check looks at what an operation did: nothing, unless it is done; and never anything outside, in the folder without
// rights, in the one that is read alone, to a file in a drop box, or to what lies aside.
func (w *world) check(t testing.TB, label string, op Op, got Verdict, sp Spelling) {
	t.Helper()
	w.now = w.look(t)
	if changes(op) && got == Done && op != SetTime && op != Chmod && maps.Equal(w.now, w.planted) && sp.Name != Source {
		t.Errorf("%s: it is done, and nothing has changed", label)
	}
	for name, what := range w.planted {
		guarded := false
		for _, folder := range []string{"outside", "root/closed", "root/pub", "root/drop/file", "root/.trawl"} {
			guarded = guarded || name == folder || strings.HasPrefix(name, folder+"/")
		}
		now, there := w.now[name]
		if (guarded || got != Done || !changes(op)) && (!there || now != what) {
			t.Errorf("%s: %s is %q, not %q", label, name, now, what)
		}
	}
	for name := range w.now {
		if _, old := w.planted[name]; !old && (!changes(op) || got != Done) {
			t.Errorf("%s: it is %s, and %q is there", label, got, name)
		}
	}
}

// changes reports whether an operation may change anything.
func changes(op Op) bool { return op != Enter && op != Stat && op != List && op != Read }
