// Package sample is the archive that trawl demo hosts: two trees of real-looking
// names, partly the same, whose files are filler of the length that they claim,
// beside a few texts.
package sample

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

//go:embed archive.txt mirror.txt texts
var files embed.FS

// Names returns the names of the sample's hosts.
func Names() []string { return []string{"archive", "mirror"} }

// Open returns the tree that a host of Names serves.
func Open(name string) (fs.FS, error) {
	t := tree{}
	manifest, err := files.ReadFile(name + ".txt")
	if err != nil {
		return nil, fmt.Errorf("open sample: %w", err)
	}
	for line := range strings.Lines(string(manifest)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var n node
		var at string
		if _, err := fmt.Sscan(line, &at, &n.size); err != nil {
			return nil, fmt.Errorf("read sample line %q: %w", line, err)
		}
		if n.time, err = time.Parse(time.RFC3339, at); err != nil {
			return nil, fmt.Errorf("read sample line %q: %w", line, err)
		}
		t.add(strings.TrimSpace(strings.SplitN(line, " ", 3)[2]), &n)
	}
	return t, t.addTexts(path.Join("texts", name))
}

// tree is a file system in memory, by path.
type tree map[string]*node

// node is a file or a directory, which is its own fs.FileInfo and fs.DirEntry.
type node struct {
	name    string
	size    int64
	time    time.Time
	text    []byte           // of a file; nil is filler
	entries map[string]*node // of a directory; nil is a file
}

// addTexts adds the texts below dir, as old as the newest file beside them.
func (t tree) addTexts(dir string) error {
	return fs.WalkDir(files, dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := files.ReadFile(p)
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(p, dir+"/")
		t.add(name, &node{size: int64(len(text)), text: text, time: t.dir(path.Dir(name)).time})
		return nil
	})
}

// add puts a node at p, and makes the directories above it as new as it is.
func (t tree) add(p string, n *node) {
	n.name = path.Base(p)
	t[p] = n
	for dir := path.Dir(p); ; dir = path.Dir(dir) {
		d := t.dir(dir)
		d.entries[n.name] = n
		if d.time.Before(n.time) {
			d.time = n.time
		}
		if dir == "." {
			return
		}
		n = d
	}
}

// dir returns the directory at p, a new one if there is none.
func (t tree) dir(p string) *node {
	d := t[p]
	if d == nil {
		d = &node{name: path.Base(p), entries: map[string]*node{}}
		t[p] = d
	}
	return d
}

// Open implements fs.FS.
func (t tree) Open(name string) (fs.File, error) {
	n := t[name]
	switch {
	case !fs.ValidPath(name):
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	case n == nil:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case n.entries != nil:
		return &openDir{node: n, left: n.list()}, nil
	case n.text != nil:
		return &openFile{n, bytes.NewReader(n.text)}, nil
	}
	return &openFile{n, io.NewSectionReader(filler(n.name+"\n"), 0, n.size)}, nil
}

func (n *node) Name() string               { return n.name }
func (n *node) Size() int64                { return n.size }
func (n *node) ModTime() time.Time         { return n.time }
func (n *node) IsDir() bool                { return n.entries != nil }
func (n *node) Sys() any                   { return nil }
func (n *node) Type() fs.FileMode          { return n.Mode().Type() }
func (n *node) Info() (fs.FileInfo, error) { return n, nil }

func (n *node) Mode() fs.FileMode {
	if n.IsDir() {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// list returns the entries of a directory by name.
func (n *node) list() []fs.DirEntry {
	list := make([]fs.DirEntry, 0, len(n.entries))
	for _, e := range n.entries {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list
}

// openFile is a file that is read.
type openFile struct {
	*node
	io.ReadSeeker
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.node, nil }
func (f *openFile) Close() error               { return nil }

// openDir is a directory that is read.
type openDir struct {
	*node
	left []fs.DirEntry
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.node, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: fs.ErrInvalid}
}

// ReadDir implements fs.ReadDirFile.
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(d.left) {
		if n > 0 && len(d.left) == 0 {
			return nil, io.EOF
		}
		n = len(d.left)
	}
	list := d.left[:n]
	d.left = d.left[n:]
	return list, nil
}

// filler is a line, again and again without end.
type filler string

// ReadAt implements io.ReaderAt.
func (line filler) ReadAt(p []byte, off int64) (int, error) {
	for n := 0; n < len(p); {
		n += copy(p[n:], line[(off+int64(n))%int64(len(line)):])
	}
	return len(p), nil
}
