package tree_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trawl/ftpd/tree"
	"trawl/index/indextest/needs"
)

// folder returns a store that is empty, and the folder where it lies.
func folder(t testing.TB) (*tree.Store, string) {
	t.Helper()
	dir := t.TempDir()
	return tree.Folder(openRoot(t, dir)), dir
}

// owner is a user who may do everything.
func owner(s *tree.Store) *tree.View {
	return s.View(tree.Options{User: "owner", Rules: tree.Rules{"/": tree.All}})
}

// write writes files below dir: a name that ends in a slash is a folder, "-> " begins a link.
func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, what := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, ok := strings.CutPrefix(what, "-> "); ok {
			err = os.Symlink(target, p)
		} else if strings.HasSuffix(name, "/") {
			err = os.MkdirAll(p, 0o700)
		} else {
			err = os.WriteFile(p, []byte(what), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// content returns what is in a file, or the kind of error.
func content(t testing.TB, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return "nothing"
	}
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

// put begins an upload and writes text.
func put(t testing.TB, v *tree.View, p string, how tree.Put, text string) *tree.Upload {
	t.Helper()
	u, err := v.Put(p, how)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(u, text); err != nil {
		t.Fatal(err)
	}
	return u
}

func commit(t testing.TB, u *tree.Upload) {
	t.Helper()
	if err := u.Commit(); err != nil {
		t.Fatal(err)
	}
}

func keep(t testing.TB, u *tree.Upload) {
	t.Helper()
	if err := u.Keep(); err != nil {
		t.Fatal(err)
	}
}

// list returns the names in a folder.
func list(t testing.TB, v *tree.View, p string) []string {
	t.Helper()
	text, err := direct{v}.list(p)
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Fields(text)
	slices.Sort(names)
	return names
}

// smallDisk mounts a disk of so many bytes.
func smallDisk(t testing.TB, dir, size string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := needs.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		needs.Missing(t, "the right to mount (root)")
	}
	t.Cleanup(func() { _ = needs.Unmount(dir) })
}

func TestRights(t *testing.T) {
	for _, c := range []struct {
		text string
		want tree.Rights
	}{
		{"list read", tree.ReadOnly},
		{"write, mkdir", tree.Write | tree.Mkdir},
		{"all", tree.All},
		{"none", 0},
		{"", 0},
		{"rename,append delete", tree.Rename | tree.Append | tree.Delete},
	} {
		got, err := tree.ParseRights(c.text)
		if err != nil || got != c.want {
			t.Errorf("%q is %s, %v", c.text, got, err)
		}
		if again, err := tree.ParseRights(got.String()); err != nil || again != got {
			t.Errorf("%q is printed %q, which is %s, %v", c.text, got, again, err)
		}
	}
	if _, err := tree.ParseRights("list wirte"); err == nil || !strings.Contains(err.Error(), `"wirte"`) {
		t.Errorf("a wrong word: %v", err)
	}
}

// TestRules: the way to a folder with rights is open, folders of rules stay, and rules follow a link to their folder.
func TestRules(t *testing.T) {
	s, dir := folder(t)
	write(t, dir, map[string]string{
		"a/pub/file": "x", "a/other/file": "x", "b/none/": "", "real/in/": "", "in": "-> real/in", "b/move/none/file": "x",
	})
	v := s.View(tree.Options{Rules: tree.Rules{
		"/a/pub": tree.ReadOnly, "/b": tree.All, "/b/none/": 0, "/in": tree.Write, "/real": tree.List, "/b/new/none": 0,
	}})
	for _, p := range []string{"/", "/a", "/a/pub", "/b"} {
		if err := v.Enter(p); err != nil {
			t.Error(err)
		}
		if i, err := v.Stat(p); err != nil || !i.IsDir() {
			t.Errorf("%s is %v, %v", p, i, err)
		}
	}
	for p, want := range map[string]error{
		"/a/other": fs.ErrNotExist, "/b/none": fs.ErrNotExist, "/c": fs.ErrNotExist, "/a/pub/file": tree.ErrNoDir,
	} {
		if err := v.Enter(p); !errors.Is(err, want) {
			t.Errorf("%v, not %v", err, want)
		}
	}
	if got := list(t, v, "/b"); !slices.Equal(got, []string{"move"}) {
		t.Errorf("in /b is %v", got)
	}
	if _, err := v.Open("/"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("the way is listed: %v", err)
	}
	for p, want := range map[string]tree.Rights{"/in": tree.Write, "/real/in": tree.Write, "/real": tree.List, "/b/none": 0, "/b/x": 0} {
		if got := v.Rights(p); got != want {
			t.Errorf("%s has %s, not %s", p, got, want)
		}
	}
	for _, err := range []error{v.Rename("/b/none", "/b/x"), v.Rmdir("/b/none"), v.Rename("/b/move", "/b/none"), v.Rename("/b/move", "/b/new")} {
		if err == nil {
			t.Error("a folder of the rules was moved")
		}
	}
}

// TestRenameIsNoReading: a file does not go from where it may not be read to where it may.
func TestRenameIsNoReading(t *testing.T) {
	s, dir := folder(t)
	write(t, dir, map[string]string{"drop/file": "x", "pub/": ""})
	v := s.View(tree.Options{Rules: tree.Rules{"/": tree.All, "/drop": tree.Write | tree.Rename}})
	if err := v.Rename("/drop/file", "/pub/file"); !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
	if err := v.Rename("/drop/file", "/drop/other"); err != nil {
		t.Error(err)
	}
}

func TestRenameReplaces(t *testing.T) {
	for _, c := range []struct {
		rights   tree.Rights
		from, to string
		want     error
	}{
		{tree.All, "/a", "/b", nil},
		{tree.Rename | tree.Delete, "/a", "/b", nil},
		{tree.Rename | tree.Write, "/a", "/b", fs.ErrExist},
		{tree.Rename | tree.Write, "/a", "/new", nil},
		{tree.Rename | tree.Write, "/dir", "/new", nil},
		{tree.Rename | tree.Write, "/dir", "/empty", fs.ErrExist},
		{tree.Rename | tree.Write, "/link", "/new", nil},
		{tree.All, "/dir", "/empty", nil},
		{tree.All, "/empty", "/dir", tree.ErrNotEmpty},
		{tree.All, "/dir", "/a", fs.ErrExist},
		{tree.All, "/a", "/dir", fs.ErrExist},
		{tree.All, "/dir", "/dir/sub", tree.ErrName},
		{tree.All, "/a", "/missing/b", fs.ErrNotExist},
		{tree.All, "/a", "/a", nil},
		{tree.All, "/a", "/.trawl/x", fs.ErrNotExist},
		{tree.All, "/a", "/.trawl", fs.ErrNotExist},
	} {
		s, dir := folder(t)
		write(t, dir, map[string]string{"a": "a", "b": "b", "dir/x": "", "empty/": "", "link": "-> a"})
		v := s.View(tree.Options{Rules: tree.Rules{"/": c.rights}})
		if err := v.Rename(c.from, c.to); !errors.Is(err, c.want) {
			t.Errorf("%s: %s to %s: %v, not %v", c.rights, c.from, c.to, err, c.want)
		}
	}
}

func TestModes(t *testing.T) {
	s, dir := folder(t)
	v := s.View(tree.Options{Rules: tree.Rules{"/": tree.All}, Umask: 0o027})
	commit(t, put(t, v, "/file", tree.Put{}, "x"))
	if err := v.Mkdir("/dir"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]fs.FileMode{"file": 0o640, "dir": 0o750 | fs.ModeDir} {
		i, err := os.Stat(filepath.Join(dir, name))
		if err != nil || i.Mode() != want {
			t.Errorf("%s is %v, %v", name, i.Mode(), err)
		}
	}
	if err := v.Chmod("/file", fs.ModeSetuid|fs.ModeSticky|0o604); err != nil {
		t.Error(err)
	}
	commit(t, put(t, v, "/file", tree.Put{}, "y"))
	if i, err := v.Stat("/file"); err != nil || i.Mode() != 0o604 {
		t.Errorf("a file that was replaced is %v, %v", i.Mode(), err)
	}
}

// TestNeverWritten: a store of an fs.FS is read alone.
func TestNeverWritten(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a": "a", "sub/b": "b", "link": "-> sub"})
	v := tree.FS(os.DirFS(dir)).View(tree.Options{Rules: tree.Rules{"/": tree.All, "/sub": tree.Read}})
	if got, err := (direct{v}).read("/link/b"); got != "b" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	if _, err := v.Open("/link"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("it is listed: %v", err)
	}
	_, err := v.Put("/new", tree.Put{})
	for _, err := range []error{
		err, v.Mkdir("/new"), v.Rmdir("/sub"), v.Remove("/a"), v.Rename("/a", "/b"), v.Chmod("/a", 0o600),
	} {
		if !errors.Is(err, fs.ErrPermission) {
			t.Error(err)
		}
	}
}

// FuzzView: whatever path is asked, nothing secret gets out, and nothing outside changes.
func FuzzView(f *testing.F) {
	for _, sp := range seeds() {
		f.Add(uint8(len(sp)), sp)
	}
	top := f.TempDir()
	dir := filepath.Join(top, "root")
	write(f, top, map[string]string{
		"outside/file": "PRIVATE", "root/file": "x", "root/closed/file": "PRIVATE", "root/.trawl/key": "PRIVATE",
		"root/out": "-> ../outside", "root/in": "-> closed", "root/all": "-> /", "root/sub/up": "-> ../closed/../.trawl",
	})
	s := tree.Folder(openRoot(f, dir))
	v := direct{s.View(tree.Options{User: "u", Rules: tree.Rules{"/": tree.All, "/closed": 0}})}
	f.Fuzz(func(t *testing.T, n uint8, p string) {
		op := ops()[int(n)%len(ops())]
		if _, read := v.Do(op, p); strings.Contains(read, "PRIVATE") {
			t.Errorf("%s %q: %q", op, p, read)
		}
		if _, err := v.do(op, p); err == nil && p != "/" && !fs.ValidPath(strings.ToValidUTF8(p[1:], "?")) {
			t.Errorf("%s takes %q", op, p)
		}
		for _, name := range []string{"outside/file", "root/closed/file", "root/.trawl/key"} {
			if got := content(t, top, name); got != "PRIVATE" {
				t.Fatal(fmt.Sprint(op, p, name, got))
			}
		}
	})
}
