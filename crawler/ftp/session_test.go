package ftp_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/crawler/ftp"
	"trawl/crawler/ftp/ftptest"
	"trawl/index"
)

// TestDenied distinguishes directories that may not be listed from empty ones, by each way
// of each server that shows the difference.
func TestDenied(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"empty", "closed/inside"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(root, "closed"), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(root, "closed"), 0o755) }) // only root removes it else
	for _, tt := range []struct {
		peer string
		ways []string
	}{
		{"vsftpd", []string{"STAT", "LIST"}},
		{"proftpd", []string{"STAT", "MLSD", "LIST"}},
		{"pure-ftpd", []string{"STAT", "MLSD", "LIST"}},
		{"inetutils-ftpd", []string{"STAT", "LIST"}},
	} {
		for _, peer := range ftptest.Peers() {
			if peer.Name != tt.peer {
				continue
			}
			t.Run(tt.peer, func(t *testing.T) {
				srv := connect(t, peer.Start(t, root), nil)
				for _, name := range tt.ways {
					for dir, want := range map[index.Path]error{"/empty": nil, "/closed": crawler.ErrDenied, "/closed/inside": crawler.ErrDenied, "/nowhere": crawler.ErrDenied} {
						denied := false
						err := wayOf(t, srv, name).List(t.Context(), dir, func(l index.Listing) error {
							denied = l.State == index.Denied && want != nil
							if !denied && l.State != index.Complete || len(l.Entries) > 0 {
								t.Errorf("%s %s: %s %q with %d entries", name, dir, l.State, l.Why, len(l.Entries))
							}
							return nil
						})
						if !errors.Is(err, want) && !denied {
							t.Errorf("%s %s: %v, want %v", name, dir, err, want)
						}
					}
				}
			})
		}
	}
}

// TestRecursion finds out servers that do not recurse, or not all the way.
func TestRecursion(t *testing.T) {
	root := ftptest.Tree(t, 300, 60)
	for _, tt := range []struct {
		name string
		addr string
		want string
	}{
		{"vsftpd as it comes", ftptest.Vsftpd(t, root, "ls_recurse_enable=NO"), "does not recurse"},
		{"pure-ftpd to a depth", ftptest.PureFTPd(t, root, "-L", "10000:1"), "no deeper than"},
		{"pure-ftpd to a number of lines", ftptest.PureFTPd(t, root, "-L", "100:50"), ""},
		{"pyftpdlib", ftptest.Pyftpdlib(t, root), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := walk(t.Context(), wayOf(t, connect(t, tt.addr, nil), "LIST -lR"))
			if !errors.Is(err, crawler.ErrBroken) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%d directories, %v; want ErrBroken: %s", len(got), err, tt.want)
			}
			t.Log(err)
		})
	}
}

// TestSingleCut reads a directory that is longer than pure-ftpd's limit.
func TestSingleCut(t *testing.T) {
	root := t.TempDir()
	for i := range 2000 {
		if err := os.WriteFile(filepath.Join(root, fmt.Sprintf("f%04d", i)), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	srv := connect(t, ftptest.PureFTPd(t, root, "-L", "1500:5"), nil)
	for _, name := range []string{"STAT", "LIST", "MLSD"} {
		got, err := walk(t.Context(), wayOf(t, srv, name))
		l := got["/"]
		t.Logf("%s: %d entries, %s %q, %v", name, len(l.Entries), l.State, l.Why, err)
		if len(l.Entries) < 2000 && l.State == index.Complete && err == nil {
			t.Errorf("%s: %d of 2000 entries pass for complete", name, len(l.Entries))
		}
	}
}

// TestPassive opens data connections by whatever the server leaves open.
func TestPassive(t *testing.T) {
	root := ftptest.Tree(t, 100, 20)
	want := ftptest.Find(t, root)
	for _, tt := range []struct {
		name  string
		extra []string
		set   func(*index.Host)
		err   error
	}{
		{"EPSV", nil, nil, nil},
		{"PASV", []string{"cmds_denied=EPSV"}, nil, nil},
		{"PASV that names a private host", []string{"cmds_denied=EPSV", "pasv_address=10.1.2.3"}, nil, nil},
		{"PASV that names a private host, followed", []string{"cmds_denied=EPSV", "pasv_address=10.1.2.3"}, func(h *index.Host) { h.Settings.Follow = true }, nil},
		{"active", []string{"cmds_denied=EPSV,PASV"}, func(h *index.Host) { h.Settings.Active = true }, nil},
		{"active by PORT", []string{"cmds_denied=EPSV,PASV,EPRT"}, func(h *index.Host) { h.Settings.Active = true }, nil},
		{"active, which is not allowed", []string{"cmds_denied=EPSV,PASV"}, nil, crawler.ErrBroken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := connect(t, ftptest.Vsftpd(t, root, tt.extra...), tt.set)
			got, err := walk(t.Context(), wayOf(t, srv, "LIST"))
			if !errors.Is(err, tt.err) {
				t.Fatalf("%v, want %v", err, tt.err)
			}
			if tt.err == nil {
				compare(t, want, got)
				openAll(t, srv, root, want)
			}
		})
	}
}

// TestConnections asks a server for more connections than it takes.
func TestConnections(t *testing.T) {
	root := ftptest.Tree(t, 300, 60)
	want := ftptest.Find(t, root)
	for _, tt := range []struct {
		name string
		addr string
	}{
		{"vsftpd", ftptest.Vsftpd(t, root, "max_per_ip=3")},
		{"proftpd", ftptest.Proftpd(t, root, "MaxClientsPerHost 3")},
		{"pure-ftpd", ftptest.PureFTPd(t, root, "-C", "3")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := connect(t, tt.addr, func(h *index.Host) { h.Settings.Connections = 8 })
			got, err := walk(t.Context(), wayOf(t, srv, "LIST"))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, wanted(want, tt.name), discard(got, tt.name))
			if connections := srv.Known().Connections; connections < 1 || connections > 3 {
				t.Errorf("Connections %d, want 3 at most", connections)
			}
		})
	}
}

// discard leaves out of what was listed what a server keeps to itself.
func discard(got map[index.Path]index.Listing, peer string) map[index.Path]index.Listing {
	if peer == "pure-ftpd" {
		drop(got, `/back\slash/c:\x`)
	}
	return got
}

// TestLogin distinguishes refusals from busy servers and from hosts that are not there.
func TestLogin(t *testing.T) {
	root := t.TempDir()
	for _, tt := range []struct {
		name string
		addr string
		set  func(*index.Host)
		want error
	}{
		{"nobody listens", "127.0.0.1:1", func(*index.Host) {}, crawler.ErrDown},
		{"no such name", "nowhere.invalid", func(*index.Host) {}, crawler.ErrDown},
		{"no anonymous users", ftptest.Vsftpd(t, root, "anonymous_enable=NO", "local_enable=YES"), func(*index.Host) {}, crawler.ErrLogin},
		{"a wrong password", ftptest.Proftpd(t, root), func(h *index.Host) { h.Settings.User, h.Settings.Password = "root", "no" }, crawler.ErrLogin},
		{"too many", ftptest.Vsftpd(t, root, "max_clients=1"), func(*index.Host) {}, crawler.ErrBusy},
	} {
		t.Run(tt.name, func(t *testing.T) {
			host := index.Host{ID: index.HostID("ftp://" + tt.addr + "/")}
			tt.set(&host)
			if errors.Is(tt.want, crawler.ErrBusy) {
				connect(t, tt.addr, nil) // takes the only place
			}
			_, err := (&ftp.Source{}).Connect(t.Context(), host, nil)
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// TestProxies crawls through a SOCKS5 and an HTTP proxy; the data connections go
// through them too. The HTTP one wants a password.
func TestProxies(t *testing.T) {
	root := ftptest.Tree(t, 100, 20)
	want := ftptest.Find(t, root)
	addr := ftptest.Vsftpd(t, root)
	for name, serve := range map[string]func(net.Conn) (string, error){"socks5": socks, "http": tunnel} {
		t.Run(name, func(t *testing.T) {
			var passed atomic.Int64
			via := relay(t, serve, &passed)
			srv := connect(t, addr, func(h *index.Host) { h.Settings.Proxy = name + "://me:secret@" + via })
			got, err := walk(t.Context(), wayOf(t, srv, "LIST"))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, want, got)
			if passed.Load() < int64(len(got)) {
				t.Errorf("%d connections went through the proxy", passed.Load())
			}
			before := passed.Load()
			if n := openAll(t, srv, root, want); passed.Load() < before+int64(n) {
				t.Errorf("%d files by %d connections through the proxy", n, passed.Load()-before)
			}
			if name == "socks5" {
				return
			}
			host := index.Host{ID: index.HostID("ftp://" + addr + "/"), Settings: index.Settings{Proxy: name + "://" + via}}
			if _, err := (&ftp.Source{}).Connect(t.Context(), host, nil); !errors.Is(err, crawler.ErrDown) || !strings.Contains(err.Error(), "407 Who are you?") {
				t.Errorf("without the password: %v", err)
			}
		})
	}
}

// relay serves a proxy that is no more than the tests need.
func relay(t *testing.T, serve func(net.Conn) (string, error), passed *atomic.Int64) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				target, err := serve(c)
				if err != nil {
					return
				}
				d, err := net.Dial("tcp", target)
				if err != nil {
					return
				}
				defer d.Close()
				passed.Add(1)
				all.Go(func() { _, _ = io.Copy(d, c); _ = d.(*net.TCPConn).CloseWrite() })
				_, _ = io.Copy(c, d)
			})
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return l.Addr().String()
}

// socks reads a SOCKS5 request for an address (RFC 1928).
func socks(c net.Conn) (string, error) {
	b := make([]byte, 262)
	if _, err := io.ReadFull(c, b[:2]); err != nil {
		return "", err
	}
	if _, err := io.ReadFull(c, b[:b[1]]); err != nil {
		return "", err
	}
	_, _ = c.Write([]byte{5, 0})
	if _, err := io.ReadFull(c, b[:10]); err != nil {
		return "", err
	}
	_, err := c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	return fmt.Sprintf("%s:%d", net.IP(b[4:8]), int(b[8])<<8|int(b[9])), err
}

// tunnel reads a CONNECT request for an address (RFC 9110 section 9.3.6).
func tunnel(c net.Conn) (string, error) {
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return "", err
	}
	if r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("me:secret")) {
		_, _ = io.WriteString(c, "HTTP/1.1 407 Who are you?\r\n\r\n")
		return "", errors.New("a stranger")
	}
	_, err = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
	return r.Host, err
}

// TestCancel ends a listing that is under way.
func TestCancel(t *testing.T) {
	srv, err := reach(t, ftptest.StartLiar(t, ftptest.HangData), ftp.Limits{Silence: 2e9}, false)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50e6)
	defer cancel()
	err = wayOf(t, srv, "LIST -lR").Tree(ctx, "/", func(index.Listing) error { return nil })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

// TestZone lists servers whose clocks are ahead of UTC, which a file of the root
// shows, or a directory.
func TestZone(t *testing.T) {
	when := time.Now().Add(-26 * time.Hour).Truncate(time.Second)
	plant := func(name string) string {
		t.Helper()
		root := t.TempDir()
		name = filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
		for ; name != root; name = filepath.Dir(name) {
			if err := os.Chtimes(name, when, when); err != nil {
				t.Fatal(err)
			}
		}
		return root
	}
	file, dir := plant("new.txt"), plant("pub/new.txt")
	t.Setenv("TZ", "Asia/Kolkata")
	for _, tt := range []struct {
		peer, root string
		start      func(t testing.TB, root string, extra ...string) string
		extra      []string
	}{
		// vsftpd and pyftpdlib list in UTC, or answer MDTM in their zone too.
		{"proftpd", file, ftptest.Proftpd, []string{"TimesGMT off"}},
		{"proftpd", dir, ftptest.Proftpd, []string{"TimesGMT off"}},
		{"pure-ftpd", file, ftptest.PureFTPd, nil},
		{"pure-ftpd", dir, ftptest.PureFTPd, nil},
		{"inetutils-ftpd", file, ftptest.Inetutils, nil},
		{"pyftpdlib", file, ftptest.Pyftpdlib, nil},
	} {
		t.Run(tt.peer, func(t *testing.T) {
			srv := connect(t, tt.start(t, tt.root, tt.extra...), nil)
			got, err := walk(t.Context(), wayOf(t, srv, "LIST"))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, ftptest.Find(t, tt.root), got)
			t.Logf("zone %d s", srv.Known().Zone)
		})
	}
}

// TestRawNames lists names that are not UTF-8, with the byte that Telnet doubles.
func TestRawNames(t *testing.T) {
	root := t.TempDir()
	for _, p := range []string{"caf\xe9/na\xefve", "\xff\xff/\xff", "\xd4\xd5/x\xff y"} {
		if err := os.MkdirAll(filepath.Join(root, filepath.Dir(p)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, p), []byte("1"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := ftptest.Find(t, root)
	for _, peer := range ftptest.Peers()[:4] { // pyftpdlib keeps such names to itself
		t.Run(peer.Name, func(t *testing.T) {
			srv := connect(t, peer.Start(t, root), nil)
			for _, way := range waysOf(srv) {
				got, err := walk(t.Context(), way)
				if err != nil {
					t.Fatalf("%s: %v", way.name, err)
				}
				t.Log(way.name)
				compare(t, want, got)
			}
			openAll(t, srv, root, want)
			t.Logf("charset %q", srv.Known().Charset)
		})
	}
}

// TestAddresses reaches a host by IPv6, and one by its name, which HOST sends.
func TestAddresses(t *testing.T) {
	root := ftptest.Tree(t, 100, 20)
	want := ftptest.Find(t, root)
	_, port, err := net.SplitHostPort(ftptest.Proftpd(t, root))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TRAWL_PEERS_AT", "::1")
	six := ftptest.Pyftpdlib(t, root)
	for _, tt := range []struct {
		name, addr string
	}{
		{"IPv6", six},
		{"a name", "localhost:" + port},
	} {
		t.Run(tt.name, func(t *testing.T) {
			way := wayOf(t, connect(t, tt.addr, nil), "LIST")
			// A blank before a name is known to belong to it once both forms of dates were
			// seen, so the order of the first walk decides what it finds.
			if _, err := walk(t.Context(), way); err != nil {
				t.Fatal(err)
			}
			got, err := walk(t.Context(), way)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, want, got)
		})
	}
}
