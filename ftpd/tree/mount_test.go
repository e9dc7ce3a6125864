package tree_test

import (
	"errors"
	"io"
	"io/fs"
	"net/netip"
	"slices"
	"testing"
	"testing/fstest"

	"trawl/ftpd/tree"
)

// visitor is who looks at mounts in tests.
var visitor = netip.MustParseAddr("192.0.2.14")

// toy is a tree to be mounted. It records for whom it was asked.
type toy struct {
	fs.FS
	asked *[]netip.Addr
}

func (m toy) For(visitor netip.Addr) fs.FS {
	if m.asked != nil {
		*m.asked = append(*m.asked, visitor)
	}
	return m.FS
}

// unsized is a tree whose files do not say their sizes, and seek.
type unsized struct{ fstest.MapFS }

type unsizedFile struct {
	fs.File
	io.Seeker
}

type unsizedInfo struct{ fs.FileInfo }

func (unsizedInfo) Size() int64 { return tree.UnknownSize }

func (u unsized) Stat(name string) (fs.FileInfo, error) {
	i, err := u.MapFS.Stat(name)
	if err != nil || i.IsDir() {
		return i, err
	}
	return unsizedInfo{i}, nil
}

func (u unsized) Lstat(name string) (fs.FileInfo, error) { return u.Stat(name) }

func (u unsized) Open(name string) (fs.File, error) {
	f, err := u.MapFS.Open(name)
	if s, ok := f.(io.Seeker); ok && err == nil {
		return unsizedFile{f, s}, nil
	}
	return f, err
}

func (f unsizedFile) Stat() (fs.FileInfo, error) {
	i, err := f.File.Stat()
	return unsizedInfo{i}, err
}

// mounts mounts two trees beside files.
func mounts(t testing.TB) (s *tree.Store, dir string, asked *[]netip.Addr) {
	t.Helper()
	s, dir = folder(t)
	write(t, dir, map[string]string{"pub/a": "hosted", "to": "-> /hosts/h", "in": "-> hosts"})
	asked = new([]netip.Addr)
	for name, m := range map[string]tree.Mounted{
		"hosts": toy{fstest.MapFS{
			"h/file": {Data: []byte("content")}, "h/sub/b": {Data: []byte("b")}, "h/rel": {Data: []byte("sub/b"), Mode: fs.ModeSymlink | 0o777},
			"h/abs": {Data: []byte("/h/sub"), Mode: fs.ModeSymlink | 0o777}, "h/out": {Data: []byte("../../pub/a"), Mode: fs.ModeSymlink | 0o777},
		}, asked},
		"new": toy{unsized{fstest.MapFS{"f": {Data: []byte("0123456789")}}}, nil},
	} {
		if err := s.Mount(name, m); err != nil {
			t.Fatal(err)
		}
	}
	return s, dir, asked
}

// listed returns the names in a folder as Entries has them, sorted.
func listed(t testing.TB, v *tree.View, p string) (names []string) {
	t.Helper()
	d, err := v.Entries(p)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var all []tree.Entry
	for err == nil {
		all, err = d.Append(all)
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	for i := range all {
		if err := d.Describe(&all[i]); err != nil {
			t.Fatal(err)
		}
		names = append(names, all[i].Name)
		if mount := p == "/" && (all[i].Name == "hosts" || all[i].Name == "new"); all[i].Mount != mount || mount && (!all[i].Fixed || !all[i].Mode.IsDir()) {
			t.Errorf("%+v", all[i])
		}
	}
	slices.Sort(names)
	return names
}

// readFile returns what is in a file.
func readFile(v *tree.View, p string) (string, error) {
	f, err := v.Open(p)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	return string(b), err
}

// TestMount: what is mounted is read as what is hosted is, for one who is asked about.
func TestMount(t *testing.T) {
	s, _, asked := mounts(t)
	v := owner(s).From(visitor)
	if !slices.Equal(*asked, []netip.Addr{visitor}) {
		t.Error(*asked)
	}
	for p, want := range map[string][]string{
		"/": {"hosts", "in", "new", "pub", "to"}, "/hosts": {"h"}, "/hosts/h": {"abs", "file", "out", "rel", "sub"}, "/hosts/h/abs": {"b"}, "/new": {"f"},
	} {
		if got := listed(t, v, p); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", p, got, want)
		}
		if err := v.Enter(p); err != nil {
			t.Error(err)
		}
	}
	for p, want := range map[string]string{"/hosts/h/file": "content", "/hosts/h/rel": "b", "/hosts/h/abs/b": "b", "/new/f": "0123456789", "/pub/a": "hosted"} {
		if got, err := readFile(v, p); got != want || err != nil {
			t.Errorf("%s: %q, %v", p, got, err)
		}
	}
	for p, want := range map[string]string{"/hosts/h/rel": "sub/b", "/hosts/h/abs": "/hosts/h/sub"} {
		if got, err := v.ReadLink(p); got != want || err != nil {
			t.Errorf("%s leads to %q, %v", p, got, err)
		}
	}
	for _, p := range []string{"/hosts/x", "/hosts/h/file/x", "/hosts/h/out", "/hostsx", "/hosts/h/.trawl"} {
		if _, err := v.Stat(p); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", p, err)
		}
	}
	for p, want := range map[string]tree.Rights{"/": tree.All, "/hosts": tree.ReadOnly, "/hosts/h/file": tree.ReadOnly, "/pub": tree.All} {
		if got := v.Rights(p); got != want {
			t.Errorf("rights at %s: %v", p, got)
		}
	}
	if v.Mounted("/pub") || !v.Mounted("/new") || !v.Mounted("/hosts/h") || v.Mounted("/") {
		t.Error("it does not know what is mounted")
	}
}

// TestMountUnsized: a size may be unknown, and a file seeks.
func TestMountUnsized(t *testing.T) {
	s, _, _ := mounts(t)
	v := owner(s).From(visitor)
	info, err := v.Stat("/new/f")
	if err != nil || info.Size() != tree.UnknownSize {
		t.Fatal(info, err)
	}
	if e := v.EntryOf("/new/f", "f", info); e.Size != tree.UnknownSize || e.Rights != tree.ReadOnly || e.Mount || e.Fixed {
		t.Errorf("%+v", e)
	}
	f, err := v.Open("/new/f")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.(io.Seeker).Seek(4, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(f); string(got) != "456789" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestMountUnchanged: nobody changes anything in a mount, nor puts anything where one is.
func TestMountUnchanged(t *testing.T) {
	s, dir, _ := mounts(t)
	for name, v := range map[string]*tree.View{
		"visitor": owner(s).From(visitor), "nobody": owner(s),
		"drop box": s.View(tree.Options{Rules: tree.Rules{"/": tree.All &^ tree.ReadOnly}}).From(visitor),
	} {
		put := func(p string, how tree.Put) error {
			_, err := v.Put(p, how)
			return err
		}
		_, combined := v.Combine(t.Context(), "/pub/new", []string{"/hosts/h/file"})
		_, free := v.Free("/hosts")
		for n, err := range []error{
			put("/hosts", tree.Put{}), put("/hosts/h/file", tree.Put{}), put("/new/f", tree.Put{Append: true}), put("/hosts", tree.Put{Unique: true}),
			v.Mkdir("/hosts"), v.Mkdir("/hosts/x"), v.Rmdir("/new"), v.Remove("/hosts/h/file"), v.Rename("/hosts", "/x"),
			v.Rename("/hosts/h/file", "/x"), v.Rename("/pub", "/hosts/p"), v.RenameNew("/pub", "/new"), v.Chmod("/new/f", 0o600), combined, free,
		} {
			if !errors.Is(err, fs.ErrPermission) && (name != "drop box" || !errors.Is(err, fs.ErrNotExist)) {
				t.Errorf("%s %d: %v", name, n, err)
			}
		}
		if err := put("/in", tree.Put{}); err == nil {
			t.Errorf("%s: a file is put where a mount is, through a link", name)
		}
		if _, ok := v.Partial("/hosts/h/file"); ok {
			t.Errorf("%s: something lies aside of a mount", name)
		}
	}
	if got := content(t, dir, "hosts"); got != "nothing" {
		t.Error(got)
	}
}

// TestMountRights: a mount is there for those who may list and read it.
func TestMountRights(t *testing.T) {
	s, _, _ := mounts(t)
	for _, c := range []struct {
		rules tree.Rules
		sees  bool
		below bool // /hosts/h/sub
	}{
		{tree.Rules{"/": tree.ReadOnly}, true, true},
		{tree.Rules{"/": tree.Read}, false, false},
		{tree.Rules{"/": tree.List | tree.Write}, false, false},
		{tree.Rules{"/": tree.All, "/hosts": 0}, false, false},
		{tree.Rules{"/hosts": tree.ReadOnly}, true, true},
		{tree.Rules{"/": tree.ReadOnly, "/hosts/h/sub": 0}, true, false},
	} {
		v := s.View(tree.Options{Rules: c.rules}).From(visitor)
		if _, err := v.Stat("/hosts"); (err == nil) != c.sees || err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v: %v", c.rules, err)
		}
		if err := v.Enter("/hosts/h/sub"); (err == nil) != c.below || err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v: below, %v", c.rules, err)
		}
		if _, err := v.Open("/hosts/h/sub/b"); (err == nil) != c.below {
			t.Errorf("%v: a file below, %v", c.rules, err)
		}
	}
	if got := listed(t, owner(s), "/"); !slices.Equal(got, []string{"in", "pub", "to"}) {
		t.Errorf("a view without a visitor shows %q", got)
	}
}

// TestMountName: a name that is taken is refused, and what takes it later is not shown.
func TestMountName(t *testing.T) {
	s, dir, _ := mounts(t)
	write(t, dir, map[string]string{"hosts/h/file": "hosted later"})
	for name, want := range map[string]error{
		"pub": fs.ErrExist, "to": fs.ErrExist, "hosts": fs.ErrExist, "": tree.ErrName, "a/b": tree.ErrName, "..": tree.ErrName, ".trawl": tree.ErrName, "a\x00": tree.ErrName,
	} {
		if err := s.Mount(name, toy{fstest.MapFS{}, nil}); !errors.Is(err, want) {
			t.Errorf("mount %q: %v", name, err)
		}
	}
	for _, v := range []*tree.View{owner(s), owner(s).From(visitor)} {
		got, err := readFile(v, "/hosts/h/file")
		if got == "hosted later" {
			t.Errorf("%q, %v", got, err)
		}
		f, err := v.Open("/")
		if err != nil {
			t.Fatal(err)
		}
		all, err := f.(fs.ReadDirFile).ReadDir(-1)
		if err != nil || slices.ContainsFunc(all, func(e fs.DirEntry) bool { return e.Name() == "hosts" }) {
			t.Errorf("%v, %v", all, err)
		}
		f.Close()
	}
}
