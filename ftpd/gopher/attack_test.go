package gopher_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/ftpdtest"
	"trawl/ftpd/gopher"
	"trawl/ftpd/guard"
)

// TestRude sends what no client sends.
func TestRude(t *testing.T) {
	h := serve(t)
	h.write(t, "a.txt", "a", "pub/b.txt", "b")
	secret := filepath.Join(filepath.Dir(h.dir), "secret")
	must(t, os.WriteFile(secret, []byte("secret"), 0o600))
	for sent, want := range map[string]string{
		strings.Repeat("a", 1<<20) + "\r\n":             "3This selector is too long.",
		strings.Repeat("/", 8000) + "a.txt\r\n":         "a",
		strings.Repeat("/x", 300) + "\r\n":              "3This path is too deep.",
		"/a.txt" + strings.Repeat("\t", 8000) + "\r\n":  "a",
		"/a.txt\t+" + strings.Repeat("\t+", 9999):       "3This selector is too long.",
		"/../secret\r\n":                                "3No such file or folder.",
		"/pub/../../secret\r\n":                         "3No such file or folder.",
		"../secret\r\n":                                 "3No such file or folder.",
		"..\\secret\r\n":                                "3No such file or folder.",
		secret + "\r\n":                                 "3No such file or folder.",
		"/%2e%2e/secret\r\n":                            "3No such file or folder.",
		"/\uef2e\uef2e/secret\r\n":                      "3No such file or folder.",
		"/a.txt\x00\r\n":                                "3No file here can have this name.",
		"\x00\r\n":                                      "3No file here can have this name.",
		"/a\r.txt\r\n":                                  "3No such file or folder.",
		"/a.txt\r\r\n":                                  "3No such file or folder.",
		"/a.txt/below\r\n":                              "3No such file or folder.",
		"/.trawl\r\n":                                   "3No such file or folder.",
		"/a.txt\r\n/pub/b.txt\r\n":                      "a", // the rest is not read
		"/a.txt\n" + strings.Repeat("x", 1<<20):         "a",
		"/pub/b.txt\r\n" + strings.Repeat("\r\n", 1000): "b",
		"HEAD http://x/ HTTP/1.0\r\n\r\n":               "HTTP/1.0 400 Bad Request",
		"\xff\xfe\r\n":                                  "3No such file or folder.",
	} {
		if got := h.ask(t, sent); !strings.HasPrefix(got, want) || strings.Contains(got, "secret") && !strings.Contains(sent, "secret") {
			t.Errorf("%.80q: %.300q, want %q", sent, got, want)
		}
	}
	conn, err := net.Dial("tcp", h.addr)
	must(t, err)
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if err := tls.Client(conn, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(t.Context()); err == nil {
		t.Error("TLS")
	}
}

// TestHalfClosed shows that a selector may end by the end of what the client sends, and that nothing is no selector.
func TestHalfClosed(t *testing.T) {
	h := serve(t)
	h.write(t, "a.txt", "a")
	for sent, want := range map[string]string{"/a.txt": "a", "/a.txt\t": "a", "": ""} {
		conn, err := net.Dial("tcp", h.addr)
		must(t, err)
		must(t, conn.SetDeadline(time.Now().Add(time.Minute)))
		_, err = io.WriteString(conn, sent)
		must(t, err)
		must(t, conn.(*net.TCPConn).CloseWrite())
		if got, _ := io.ReadAll(conn); string(got) != want {
			t.Errorf("%q: %q", sent, got)
		}
		conn.Close()
	}
}

// TestSlow shows that a client ends which does not say what it wants, however it goes about it, and one that does not take what it wants.
func TestSlow(t *testing.T) {
	const soon = 300 * time.Millisecond
	h := serve(t, func(s *gopher.Server) {
		s.Guard, s.Stall = guard.New(guard.Config{User: guard.Limits{LoginTime: soon}}), soon
	})
	big, err := os.Create(filepath.Join(h.dir, "big"))
	must(t, err)
	must(t, big.Truncate(64<<20))
	must(t, big.Close())
	var wg sync.WaitGroup
	for _, drip := range []string{"", "x", "\t"} {
		wg.Go(func() {
			conn, err := net.Dial("tcp", h.addr)
			must(t, err)
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(time.Minute))
			stop := make(chan struct{})
			defer close(stop)
			go func() {
				for drip != "" {
					select {
					case <-stop:
						return
					case <-time.After(20 * time.Millisecond):
						_, _ = io.WriteString(conn, drip)
					}
				}
			}()
			if n, _ := conn.Read(make([]byte, 1)); n != 0 {
				t.Errorf("%q: an answer", drip)
			}
		})
	}
	wg.Go(func() {
		conn, err := net.Dial("tcp", h.addr)
		must(t, err)
		defer conn.Close()
		_, err = io.WriteString(conn, "/big\r\n")
		must(t, err)
		if e := h.last(t, ftpd.Sent); e.Whole || e.Bytes == 0 || e.Reason == "" {
			t.Errorf("%+v", e)
		}
	})
	wg.Wait()
}

// TestCrowd shows that of more clients than there may be some are turned away with a line, and that those who wait hinder nobody
// afterwards. TestSlow shows that they end.
func TestCrowd(t *testing.T) {
	const many, most = 1200, 1000
	h := serve(t, func(s *gopher.Server) { s.Guard = guard.New(guard.Config{Sessions: most, AddrSessions: -1}) })
	h.write(t, "a.txt", "a")
	conns := make([]net.Conn, 0, many)
	for range many {
		conn, err := net.Dial("tcp", h.addr)
		if err != nil {
			t.Skipf("not so many connections: %v", err)
		}
		defer conn.Close()
		conns = append(conns, conn)
	}
	ftpdtest.Await(t, "the refusals", func() bool { return h.events.Count(ftpd.Refused) == many-most })
	_ = conns[many-1].SetDeadline(time.Now().Add(time.Minute))
	if line, _ := bufio.NewReader(conns[many-1]).ReadString('\n'); !strings.HasPrefix(line, "3Not now: too many users are connected") {
		t.Errorf("%q", line)
	}
	if n := len(h.live.All()); n != most {
		t.Errorf("%d sessions", n)
	}
	for _, conn := range conns {
		conn.Close()
	}
	ftpdtest.Await(t, "all sessions to end", func() bool { return len(h.live.All()) == 0 })
	if got := h.ask(t, "/a.txt\r\n"); got != "a" {
		t.Errorf("afterwards: %q", got)
	}
}

// TestLimits shows the limits of an address and of guests, and that a rate holds.
func TestLimits(t *testing.T) {
	h := serve(t, func(s *gopher.Server) {
		s.Guard = guard.New(guard.Config{AddrSessions: 2, User: guard.Limits{SessionRate: 100 << 10}})
	})
	h.write(t, "big", strings.Repeat("x", 200<<10))
	began := time.Now()
	if got := h.ask(t, "/big\r\n"); len(got) != 200<<10 || time.Since(began) < 800*time.Millisecond {
		t.Errorf("%d bytes in %v", len(got), time.Since(began))
	}
	for range 2 {
		conn, err := net.Dial("tcp", h.addr)
		must(t, err)
		defer conn.Close()
	}
	ftpdtest.Await(t, "two sessions", func() bool { return len(h.live.All()) == 2 })
	conn, err := net.Dial("tcp", h.addr)
	must(t, err)
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if got, _ := io.ReadAll(conn); string(got) != "3Not now: too many connections from your address.\t\tnull.host\t1\r\n.\r\n" {
		t.Errorf("%q", got)
	}
	if e := h.last(t, ftpd.Refused); e.Door != ftpd.Gopher || !strings.HasPrefix(e.Reason, "too many") {
		t.Errorf("%+v", e)
	}
}

// TestKick shows a transfer to the operator, who ends it.
func TestKick(t *testing.T) {
	h := serve(t)
	big, err := os.Create(filepath.Join(h.dir, "big"))
	must(t, err)
	must(t, big.Truncate(256<<20))
	must(t, big.Close())
	conn, err := net.Dial("tcp", h.addr)
	must(t, err)
	defer conn.Close()
	_, err = fmt.Fprint(conn, "/big\r\n")
	must(t, err)
	ftpdtest.Await(t, "a transfer to move", func() bool { all := h.live.All(); return len(all) == 1 && all[0].Moved > 0 })
	i := h.live.All()[0]
	if i.Door != ftpd.Gopher || i.User != "anonymous" || i.Path != "/big" || i.Doing != "get" {
		t.Errorf("%+v", i)
	}
	h.live.Kick(i.ID)
	if e := h.last(t, ftpd.Sent); e.Whole {
		t.Errorf("%+v", e)
	}
	if e := h.last(t, ftpd.Disconnected); e.Reason != "kicked" {
		t.Errorf("%+v", e)
	}
}
