package catalogue_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"trawl/index"
	"trawl/web/catalogue"
)

// TestHosts walks hosts as they were listed.
func TestHosts(t *testing.T) {
	w := newWorld(t)
	w.host(t, "ftp://ftp.example.org/",
		"/pub/a.iso", "/pub/sub/b", "/pub/caf\xe9.txt", "/pub/evil\nname", "/pub/up -> ../pub/sub", "/pub/root -> /pub/sub", "/pub/out -> ../../../etc", "/pub/bare -> ",
		"/closed/!denied", "/old/x", "/old/!stale", "/cut/y", "/cut/!truncated")
	w.host(t, "sftp://h:2222/srv/data/", "/srv/data/f")
	w.host(t, "sftp://h:2222/srv/more/", "/srv/more/g")
	w.host(t, "ftp://[2001:db8::1]:2121/", "/z")
	tree := w.open(catalogue.Limits{}).For(visitor)
	want := []string{
		"hosts/2001-db8--1.ipv6-literal.net+2121/", "hosts/2001-db8--1.ipv6-literal.net+2121/z",
		"hosts/ftp.example.org/", "hosts/ftp.example.org/closed/", "hosts/ftp.example.org/closed!The host does not list this folder.",
		"hosts/ftp.example.org/cut/", "hosts/ftp.example.org/cut/_this-folder-is-not-whole.txt", "hosts/ftp.example.org/cut/y",
		"hosts/ftp.example.org/old/", "hosts/ftp.example.org/old/_this-folder-is-stale.txt", "hosts/ftp.example.org/old/x",
		"hosts/ftp.example.org/pub/", "hosts/ftp.example.org/pub/a.iso", "hosts/ftp.example.org/pub/bare", "hosts/ftp.example.org/pub/caf\xe9.txt",
		"hosts/ftp.example.org/pub/evil\nname", "hosts/ftp.example.org/pub/out -> ../etc", "hosts/ftp.example.org/pub/root -> ../pub/sub",
		"hosts/ftp.example.org/pub/sub/", "hosts/ftp.example.org/pub/sub/b", "hosts/ftp.example.org/pub/up -> ../pub/sub",
		"hosts/sftp+h+2222/", "hosts/sftp+h+2222/srv/", "hosts/sftp+h+2222/srv/data/", "hosts/sftp+h+2222/srv/data/f", "hosts/sftp+h+2222/srv/more/", "hosts/sftp+h+2222/srv/more/g",
	}
	if got := walk(t, tree, "hosts"); !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for name, want := range map[string]string{
		"hosts/ftp.example.org/pub/a.iso":        "/pub/a.iso",
		"hosts/FTP.Example.ORG/pub/a.iso":        "/pub/a.iso",
		"hosts/ftp+ftp.example.org+21/pub/a.iso": "!not there", // the port of a scheme is never written
		"hosts/ftp.example.org/pub/root/b":       "/pub/sub/b",
		"hosts/ftp.example.org/pub/up/b":         "/pub/sub/b",
		"hosts/ftp.example.org/pub/caf\xe9.txt":  "/pub/caf\xe9.txt",
		"hosts/sftp+h+2222/srv/more/g":           "/srv/more/g",
		"hosts/ftp.example.org/pub/out":          "!not there",
		"hosts/ftp.example.org/none":             "!not there",
		"hosts/none.example.org":                 "!not there",
		"hosts/ftp.example.org/pub/a.iso/x":      "!not there",
		"hosts/++/x":                             "!not there",
		"none":                                   "!not there",
	} {
		if got := content(tree, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := content(tree, "hosts/ftp.example.org/old/_this-folder-is-stale.txt"); !strings.Contains(got, "550 because") || !strings.Contains(got, "6 May 2024") {
		t.Errorf("the note of a folder that is stale: %q", got)
	}
	info, err := fs.Stat(tree, "hosts/ftp.example.org/pub/a.iso")
	if err != nil || info.Size() != 10 || !info.ModTime().Equal(noon) || info.Mode() != 0o644 {
		t.Error(info, err)
	}
}

// TestFS holds the tree to what io/fs asks of one.
func TestFS(t *testing.T) {
	w := newWorld(t)
	w.host(t, "ftp://h/", "/a", "/d/b", "/d/e/c", "/d/l -> e/c", "/dl -> d")
	f := w.open(catalogue.Limits{SearchBurst: 1000})
	if err := fstest.TestFS(f.For(visitor), "hosts/h/a", "hosts/h/d/e/c", "search/README.txt", "new/README.txt"); err != nil {
		t.Error(err)
	}
	if err := fstest.TestFS(f.Folder("hosts").For(visitor), "h/a", "h/d/e/c", "h/d/l"); err != nil {
		t.Error(err)
	}
}

// TestLargeFolder reads a folder that is not kept a part at a time.
func TestLargeFolder(t *testing.T) {
	w := newWorld(t)
	var lines []string
	for n := range 12_345 {
		lines = append(lines, fmt.Sprintf("/d/%06d", n))
	}
	w.host(t, "ftp://h/", lines...)
	f, err := w.open(catalogue.Limits{}).For(visitor).Open("hosts/h/d")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var got []string
	for err == nil {
		var some []fs.DirEntry
		some, err = f.(fs.ReadDirFile).ReadDir(1000)
		for _, e := range some {
			got = append(got, "/d/"+e.Name())
		}
	}
	if !errors.Is(err, io.EOF) || !slices.Equal(got, lines) {
		t.Errorf("%d names, %v", len(got), err)
	}
}

// TestKept: a client that describes each entry of a folder asks the catalogue once, and one that opens each result searches
// once.
func TestKept(t *testing.T) {
	w := newWorld(t)
	var lines []string
	for n := range 300 {
		lines = append(lines, fmt.Sprintf("/d/file%d", n))
	}
	w.host(t, "ftp://h/", lines...)
	f := w.open(catalogue.Limits{})
	for _, dir := range []string{"hosts/h/d", "search/file"} {
		list, err := fs.ReadDir(f.For(visitor), dir)
		if err != nil || len(list) != 300 {
			t.Fatal(len(list), err)
		}
		for _, e := range list {
			if _, err := fs.Stat(f.For(visitor), dir+"/"+e.Name()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if searches, lists := w.counts(); searches != 1 || lists != 1 {
		t.Errorf("%d searches, %d listings", searches, lists)
	}
}

// TestRemoved: a host that is removed is gone in a moment, also for those who are in it.
func TestRemoved(t *testing.T) {
	w := newWorld(t)
	w.host(t, "ftp://h/", "/d/a")
	w.host(t, "ftp://g/", "/d/a2")
	tree := w.open(catalogue.Limits{Keep: time.Millisecond}).For(visitor)
	if got := content(tree, "search/a/a"); got != "/d/a" {
		t.Error(got)
	}
	d, err := tree.Open("hosts/h/d")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := w.Remove(t.Context(), "ftp://h/"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.(fs.ReadDirFile).ReadDir(-1); err != nil {
		t.Errorf("the page that was read already: %v", err)
	}
	for _, name := range []string{"hosts/h", "hosts/h/d", "hosts/h/d/a", "search/a/a"} {
		gone := func() bool {
			got := content(tree, name)
			return got == "!not there" || got == "!The catalogue does not hold that file."
		}
		for !gone() { // what is kept for a moment
			time.Sleep(time.Millisecond)
		}
	}
}

// TestNew shows the files of a day.
func TestNew(t *testing.T) {
	w := newWorld(t)
	w.host(t, "ftp://h/", "/d/a", "/e/a")
	tree := w.open(catalogue.Limits{}).For(visitor)
	if got := walk(t, tree, "new/2024-05-06"); !slices.Equal(got, []string{"new/2024-05-06/a"}) {
		t.Errorf("%q", got)
	}
	list, err := fs.ReadDir(tree, "new")
	today := time.Now().UTC().Format(time.DateOnly)
	if err != nil || len(list) != 32 || !slices.ContainsFunc(list, func(e fs.DirEntry) bool { return e.Name() == today }) {
		t.Error(list, err)
	}
	for _, name := range []string{"new/2024-5-6", "new/2024-02-30", "new/x", "new/2024-05-06/b"} {
		if got := content(tree, name); got != "!not there" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestFailure: what fails is said in a sentence that anybody may see.
func TestFailure(t *testing.T) {
	w := newWorld(t)
	w.host(t, "ftp://h/", "/d/a", "/d/b", "/d/c")
	w.host(t, "ftp://mirror/", "/d/b")
	w.fetcher.errs = map[string]error{
		"ftp://h//d/a": causedError(index.Absent), "ftp://h//d/b": causedError(index.NoAnswer), "ftp://h//d/c": causedError(index.Forbidden),
	}
	tree := w.open(catalogue.Limits{}).For(visitor)
	for name, want := range map[string]string{
		"hosts/h/d/a": "!The host no longer has the file.", "hosts/h/d/c": "!The host does not give the file.",
		"hosts/h/d/b": "/d/b", // of the other place
	} {
		if got := content(tree, name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for name, want := range map[string]error{"hosts/h/d/a": fs.ErrNotExist, "hosts/h/d/c": fs.ErrPermission} {
		f, err := tree.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Read(make([]byte, 10)); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
		f.Close()
	}
}
