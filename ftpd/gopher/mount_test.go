package gopher_test

import (
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/ftpdtest"
	"trawl/ftpd/gopher"
	"trawl/ftpd/tree"
)

// mounted is a tree whose file "broken" breaks off, whose file "asleep" says why it does not begin, and whose folder "shut" says why it cannot be read.
type mounted struct{ fstest.MapFS }

func (m mounted) For(netip.Addr) fs.FS { return m }

func (m mounted) Open(name string) (fs.File, error) {
	if name == "shut" {
		return nil, sentence{fs.ErrPermission}
	}
	f, err := m.MapFS.Open(name)
	switch name {
	case "broken":
		f = broken{f}
	case "asleep":
		f = asleep{f}
	}
	return f, err
}

type asleep struct{ fs.File }

func (asleep) Read([]byte) (int, error) { return 0, sentence{errors.New("dial")} }

type sentence struct{ error }

func (s sentence) Unwrap() error        { return s.error }
func (sentence) Sentence() string       { return "The host is asleep." }
func (broken) Read([]byte) (int, error) { return 0, errors.New("broken off") }

type broken struct{ fs.File }

// TestMount shows a mounted tree: in its own order, its files streamed, and one that breaks off by a reset, so that nobody takes it for
// whole.
func TestMount(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	must(t, err)
	t.Cleanup(func() { root.Close() })
	store := tree.Folder(root)
	must(t, store.Mount("hosts", mounted{fstest.MapFS{
		"a/README": {Data: []byte("not shown")}, "a/file.txt": {Data: []byte("text")}, "broken": {Data: []byte("x")}, "shut": {Data: []byte("x")}, "asleep": {Data: []byte("x")},
	}}))
	h := serve(t, func(s *gopher.Server) { s.Accounts = ruled{store, tree.Rules{"/": tree.ReadOnly}} })
	if got := h.lines(t, "\r\n"); len(got) != 1 || !strings.HasPrefix(got[0], "1hosts ") || !strings.HasSuffix(got[0], "\t/hosts") {
		t.Errorf("%q", got)
	}
	got := strings.Join(h.lines(t, "/hosts/a\r\n"), "\n")
	if !strings.HasPrefix(got, "1..\t/hosts\n0README ") || !strings.HasSuffix(got, " 4 B\t/hosts/a/file.txt") {
		t.Errorf("%q", got)
	}
	if got := h.ask(t, "/hosts/a/file.txt\r\n"); got != "text" {
		t.Errorf("%q", got)
	}
	for _, name := range []string{"shut", "asleep"} {
		want(t, h.lines(t, "/hosts/"+name+"\r\n"), "3The host is asleep.\t\tnull.host\t1")
	}
	conn, err := net.Dial("tcp", h.addr)
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	_, err = conn.Write([]byte("/hosts/broken\r\n"))
	must(t, err)
	if n, err := conn.Read(make([]byte, 1)); err == nil || n != 0 || strings.Contains(err.Error(), "EOF") {
		t.Errorf("%d, %v", n, err)
	}
	ftpdtest.Await(t, "what was sent of the broken file", func() bool { return h.last(t, ftpd.Sent).Path == "/hosts/broken" })
	if e := h.last(t, ftpd.Sent); e.Whole || e.Reason != "broken off" {
		t.Errorf("%+v", e)
	}
}

// nobody is a book without guests; secure lets them in over TLS alone.
type nobody struct{}

func (nobody) Guest() (account.Login, bool) { return account.Login{}, false }

type secure struct{ ruled }

func (s secure) Guest() (account.Login, bool) {
	login, is := s.ruled.Guest()
	login.Secure = true
	return login, is
}

// TestGuests shows that those who may not come in the clear see nothing.
func TestGuests(t *testing.T) {
	h := serve(t, func(s *gopher.Server) { s.Accounts = nobody{} })
	want(t, h.lines(t, "\r\n"), "3There is nothing for guests here.\t\tnull.host\t1")
	h = serve(t, func(s *gopher.Server) { s.Accounts = secure{s.Accounts.(ruled)} })
	h.write(t, "a.txt", "a")
	want(t, h.lines(t, "/a.txt\r\n"), "3Files are served over TLS alone here, which Gopher does not have.\t\tnull.host\t1")
	if e := h.last(t, ftpd.Refused); e.Door != ftpd.Gopher {
		t.Errorf("%+v", e)
	}
}

// TestProxy shows that the client and the port that a proxy names are those that count.
func TestProxy(t *testing.T) {
	h := serve(t, func(s *gopher.Server) { s.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	h.write(t, "a.txt", "a")
	if got := h.ask(t, "PROXY TCP4 192.0.2.9 198.51.100.7 5555 70\r\n\r\n"); !strings.HasSuffix(got, "\t/a.txt\t198.51.100.7\t70\r\n.\r\n") {
		t.Errorf("%q", got)
	}
	if e := h.last(t, ftpd.Sent); e.Peer.Addr().String() != "192.0.2.9" || !e.Whole {
		t.Errorf("%+v", e)
	}
}
