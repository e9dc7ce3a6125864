package treetest

import (
	"errors"
	"io"
	"io/fs"
	"net/netip"
	"slices"
	"sync"
	"testing/fstest"

	"trawl/ftpd/tree"
)

var _ tree.Mounted = Elsewhere{}

// Elsewhere is a tree to be mounted whose files come from another host, as far as doors can see: they seek and can be
// interrupted. The bytes of "waits" never come; "gone" fails for good, and "down" for now.
type Elsewhere struct {
	fstest.MapFS

	Unsized []string // files that do not say their sizes
}

// For returns the tree, whoever looks.
func (e Elsewhere) For(netip.Addr) fs.FS { return e }

// Lstat describes a file.
func (e Elsewhere) Lstat(name string) (fs.FileInfo, error) {
	i, err := e.MapFS.Lstat(name)
	return e.unsized(name, i), err
}

func (e Elsewhere) unsized(name string, i fs.FileInfo) fs.FileInfo {
	if i != nil && i.Mode().IsRegular() && slices.Contains(e.Unsized, name) {
		return unsized{i}
	}
	return i
}

type unsized struct{ fs.FileInfo }

func (unsized) Size() int64 { return tree.UnknownSize }

// Open opens a file.
func (e Elsewhere) Open(name string) (fs.File, error) {
	f, err := e.MapFS.Open(name)
	if s, ok := f.(io.Seeker); ok && err == nil {
		return &distant{File: f, Seeker: s, of: e, name: name, ended: make(chan struct{})}, nil
	}
	return f, err
}

// distant is a file that comes from another host.
type distant struct {
	fs.File
	io.Seeker
	of    Elsewhere
	name  string
	once  sync.Once
	ended chan struct{}
}

func (f *distant) Interrupt() { f.once.Do(func() { close(f.ended) }) }

func (f *distant) Stat() (fs.FileInfo, error) {
	i, err := f.File.Stat()
	return f.of.unsized(f.name, i), err
}

func (f *distant) Read(b []byte) (int, error) {
	switch f.name {
	case "waits":
		<-f.ended
		return 0, errors.New("interrupted")
	case "gone":
		return 0, Said{fs.ErrNotExist, "The host no longer has the file."}
	case "down":
		return 0, Said{errors.New("dial"), "The host does not answer in time."}
	}
	return f.File.Read(b)
}

// Said is an error with a sentence for visitors.
type Said struct {
	Err  error
	Text string
}

func (e Said) Error() string { return e.Err.Error() }

// Sentence returns the text.
func (e Said) Sentence() string { return e.Text }

// Unwrap returns the error.
func (e Said) Unwrap() error { return e.Err }
