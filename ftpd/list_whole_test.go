package ftpd_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"trawl/ftpd"
)

// brittle is a tree in which the directory "d" goes on as it says: it has so many entries, and then fails, or its last
// entry cannot be described.
type brittle struct {
	fs.FS
	entries int // -1: without end
	fails   error
	info    error
}

func (b brittle) Open(name string) (fs.File, error) {
	f, err := b.FS.Open(name)
	if err == nil && name == "d" {
		return &brittleDir{File: f, brittle: b}, nil
	}
	return f, err
}

type brittleDir struct {
	fs.File
	brittle
	at int
}

func (d *brittleDir) ReadDir(n int) ([]fs.DirEntry, error) {
	var list []fs.DirEntry
	for ; len(list) < n && (d.entries < 0 || d.at < d.entries); d.at++ {
		list = append(list, brittleEntry{fmt.Sprintf("%08d", d.at), d.info})
	}
	if len(list) > 0 {
		return list, nil
	}
	if d.fails != nil {
		return nil, d.fails
	}
	return nil, io.EOF
}

type brittleEntry struct {
	name string
	err  error
}

func (e brittleEntry) Name() string               { return e.name }
func (e brittleEntry) IsDir() bool                { return false }
func (e brittleEntry) Type() fs.FileMode          { return 0 }
func (e brittleEntry) Info() (fs.FileInfo, error) { return brittleInfo{e}, e.err }

type brittleInfo struct{ brittleEntry }

func (brittleInfo) Size() int64        { return 1 }
func (brittleInfo) Mode() fs.FileMode  { return 0o644 }
func (brittleInfo) ModTime() time.Time { return noon }
func (brittleInfo) Sys() any           { return nil }

// TestListingIsWhole shows that no listing which is not whole ends with 226, or STAT with its own code.
func TestListingIsWhole(t *testing.T) {
	broken := errors.New("input/output error")
	files := fstest.MapFS{"d": {Mode: fs.ModeDir | 0o755}, "x": {}}
	for _, test := range []struct {
		name  string
		tree  brittle
		whole bool
	}{
		{"whole", brittle{FS: files, entries: 3}, true},
		{"all removed meanwhile", brittle{FS: files, entries: 3, info: fs.ErrNotExist}, true},
		{"unreadable", brittle{FS: files, fails: broken}, false},
		{"cut", brittle{FS: files, entries: 3, fails: broken}, false},
		{"cut late", brittle{FS: files, entries: 20_000, fails: broken}, false},
		{"removed meanwhile", brittle{FS: files, entries: 3, fails: fs.ErrNotExist}, false},
		{"an entry fails", brittle{FS: files, entries: 3, info: broken}, false},
		{"an entry may not be seen", brittle{FS: files, entries: 3, info: fs.ErrPermission}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			addr := serve(t, &ftpd.Server{FS: test.tree})
			c := login(t, addr)
			for _, command := range []string{"LIST d", "LIST -R", "LIST -t d", "NLST d", "MLSD d", "NLST d/*", "LIST d/*1"} {
				_, reply, _ := c.tryFetch(command)
				if got := strings.HasPrefix(reply, "226 "); got != test.whole || !got && !strings.HasPrefix(reply, "451 ") {
					t.Errorf("%s => %q", command, reply)
				}
			}
			c.send("STAT d")
			reply := c.reply()
			if got := strings.HasSuffix(reply, "\n212 End"); got != test.whole {
				t.Errorf("STAT => ... %q", reply[max(0, len(reply)-100):])
			}
		})
	}
}

// TestListingEnds aborts listings that have no end, of which the client reads nothing.
func TestListingEnds(t *testing.T) {
	endless := brittle{FS: fstest.MapFS{"d": {Mode: fs.ModeDir | 0o755}}, entries: -1}
	for _, command := range []string{"LIST d", "NLST d", "MLSD d", "LIST d/none*", "LIST -R"} {
		t.Run(command, func(t *testing.T) {
			c := login(t, serve(t, &ftpd.Server{FS: endless}))
			conn, err := net.Dial("tcp", c.passive())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			c.want(command, "150 ")
			c.want("ABOR", "426 ")
			if reply := c.reply(); !strings.HasPrefix(reply, "226 ") {
				t.Errorf("ABOR => %q", reply)
			}
			c.want("NOOP", "200 ")
		})
	}
	c := login(t, serve(t, &ftpd.Server{FS: endless}))
	if _, reply, _ := c.tryFetch("LIST -t d"); !strings.HasPrefix(reply, "451 ") {
		t.Errorf("what takes more memory to sort than there is => %q", reply)
	}
}
