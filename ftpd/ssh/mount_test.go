package ssh_test

import (
	"io"
	"io/fs"
	"net/netip"
	"testing"
	"testing/fstest"

	"trawl/ftpd/tree"
)

// toy is a tree that is mounted.
type toy struct{ fstest.MapFS }

func (m toy) For(netip.Addr) fs.FS { return m }

func (m toy) Open(name string) (fs.File, error) {
	f, err := m.MapFS.Open(name)
	if s, ok := f.(io.Seeker); ok && err == nil {
		return unsized{f, s}, nil
	}
	return f, err
}

func (m toy) Lstat(name string) (fs.FileInfo, error) {
	i, err := m.MapFS.Lstat(name)
	if err == nil && i.Mode().IsRegular() {
		i = info{i}
	}
	return i, err
}

// unsized is a file that does not say its size, and seeks.
type unsized struct {
	fs.File
	io.Seeker
}

func (f unsized) Stat() (fs.FileInfo, error) {
	i, err := f.File.Stat()
	return info{i}, err
}

type info struct{ fs.FileInfo }

func (info) Size() int64 { return tree.UnknownSize }

// TestMount reads a file of a mount, from its beginning and from its middle, and changes none.
func TestMount(t *testing.T) {
	h := serve(t)
	must(t, h.store.Mount("m", toy{fstest.MapFS{"f": {Data: []byte("0123456789")}, "l": {Data: []byte("/f"), Mode: fs.ModeSymlink | 0o777}}}))
	c := h.sftp(t)
	all, err := c.ReadDir("/m")
	if err != nil || len(all) != 2 {
		t.Error(all, err)
	}
	if to, err := c.ReadLink("/m/l"); to != "/m/f" || err != nil {
		t.Error(to, err)
	}
	f, err := c.Open("/m/l")
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	for off, want := range map[int64]string{0: "0123456789", 4: "456789"} {
		b := make([]byte, 100)
		if n, err := f.ReadAt(b, off); string(b[:n]) != want || err != io.EOF { //nolint:errorlint // as the package has it
			t.Errorf("%q, %v", b[:n], err)
		}
	}
	if _, err := c.Create("/m/x"); err == nil {
		t.Error("a file is made in a mount")
	}
	if err := c.Remove("/m/f"); err == nil {
		t.Error("a file of a mount is removed")
	}
}
