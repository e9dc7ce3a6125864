package httpd_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/ftpdtest"
	"trawl/ftpd/guard"
	"trawl/ftpd/httpd"
)

// say sends bytes on a connection of their own and returns the answers, until the server ends it or nothing comes for long.
func (h *host) say(t testing.TB, text string) (answers []int, bodies []string, closed bool) {
	t.Helper()
	conn, err := net.Dial("tcp", h.addr)
	must(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, text)
	must(t, err)
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	b, err := io.ReadAll(conn)
	closed = !errors.Is(err, os.ErrDeadlineExceeded)
	for in := bufio.NewReader(bytes.NewReader(b)); ; {
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			return answers, bodies, closed
		}
		body, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil {
			t.Errorf("an answer is cut: %v", err)
		}
		answers, bodies = append(answers, r.StatusCode), append(bodies, string(body))
	}
}

// leaves asks and goes away. The server has to notice it.
func (h *host) leaves(t testing.TB, text string) {
	t.Helper()
	before := h.events.Count(ftpd.Disconnected)
	conn, err := net.Dial("tcp", h.addr)
	must(t, err)
	_, err = io.WriteString(conn, text)
	must(t, err)
	ftpdtest.Await(t, "the request to begin", func() bool {
		for _, i := range h.live.All() {
			if i.Doing != "" {
				return true
			}
		}
		return false
	})
	conn.Close()
	ftpdtest.Await(t, "the session to end", func() bool { return h.events.Count(ftpd.Disconnected) > before })
}

// TestSmuggling sends requests of which two servers in a row might not agree where they end. Each gets at most one answer that is no
// refusal, and the connection ends with it.
func TestSmuggling(t *testing.T) {
	t.Parallel()
	h := serve(t)
	h.write(t, map[string]string{"a": "aaaa", "secret": "ssss"})
	const second = "GET /secret HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, text := range map[string]string{
		"both lengths":        "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second,
		"chunked":             "GET /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second,
		"body of GET":         "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 35\r\n\r\n" + second + second,
		"two lengths":         "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 35\r\n\r\n" + second,
		"list of lengths":     "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0, 35\r\n\r\n" + second,
		"sign":                "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: +35\r\n\r\n" + second,
		"odd coding":          "GET /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + second,
		"two codings":         "GET /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + second,
		"coding with tab":     "GET /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\tchunked\x0b\r\n\r\n0\r\n\r\n" + second,
		"blank before colon":  "GET /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + second,
		"bad chunk":           "PROPFIND /a HTTP/1.1\r\nHost: x\r\nDepth: 0\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n" + second,
		"negative chunk":      "PROPFIND /a HTTP/1.1\r\nHost: x\r\nDepth: 0\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + second,
		"huge chunk":          "PROPFIND /a HTTP/1.1\r\nHost: x\r\nDepth: 0\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff0\r\n\r\n" + second,
		"folded line":         "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: a\r\n Content-Length: 35\r\n\r\n" + second,
		"bare CR":             "GET /a HTTP/1.1\r\nHost: x\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second,
		"NUL":                 "GET /a HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
		"no host":             "GET /a HTTP/1.1\r\n\r\n" + second,
		"two hosts":           "GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" + second,
		"line before":         "\r\nGET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + second,
		"HTTP/0.9":            "GET /a\r\n\r\n" + second,
		"HTTP/2 preface":      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + second,
		"TLS":                 "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + second,
		"CONNECT":             "CONNECT example.org:25 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + second,
		"blank in the target": "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n" + second,
		"upgrade":             "GET /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n" + second,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers, bodies, closed := h.say(t, text)
			good := 0
			for i, a := range answers {
				if a < 300 {
					good++
				}
				if strings.Contains(bodies[i], "ssss") {
					t.Errorf("the second request was answered:\n%q", bodies)
				}
			}
			if good > 1 || !closed {
				t.Errorf("%d answers, closed: %v", len(answers), closed)
			}
		})
	}
}

// TestBombs sends more than a request may have.
func TestBombs(t *testing.T) {
	t.Parallel()
	h := serve(t)
	h.write(t, map[string]string{"a": "aaaa"})
	many := strings.Repeat("X: y\r\n", 100_000)
	longNames := `<propfind xmlns="DAV:"><prop>` + strings.Repeat(`<x xmlns="`+strings.Repeat("u", 1000)+`"/>`, 20) + `</prop></propfind>`
	for _, test := range []struct {
		name, text string
		status     int
	}{
		{"long header", "GET /a HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("y", 1<<20) + "\r\n\r\n", 431},
		{"many headers", "GET /a HTTP/1.1\r\nHost: x\r\n" + many + "\r\n", 431},
		{"long address", "GET /" + strings.Repeat("a", 9000) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 414},
		{"deep path", "GET /" + strings.Repeat("a/", 300) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400},
		{"large body", "PROPFIND /a HTTP/1.1\r\nHost: x\r\nDepth: 0\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("x", 100000), 400},
		{
			"entities", fmt.Sprintf("PROPFIND /a HTTP/1.1\r\nHost: x\r\nDepth: 0\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(laughs), laughs), 400,
		},
		{
			"long names", fmt.Sprintf("PROPFIND /a HTTP/1.1\r\nHost: x\r\nDepth: 0\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(longNames), longNames), 400,
		},
		{"infinite depth", "PROPFIND / HTTP/1.1\r\nHost: x\r\nDepth: infinity\r\nConnection: close\r\n\r\n", 403},
		{"no depth", "PROPFIND / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 403},
	} {
		conn, err := net.Dial("tcp", h.addr)
		must(t, err)
		go func() { _, _ = io.WriteString(conn, test.text) }()
		r, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		} else {
			r.Body.Close()
			if r.StatusCode != test.status {
				t.Errorf("%s: %d, not %d", test.name, r.StatusCode, test.status)
			}
		}
		conn.Close()
	}
}

// TestStrangeProperties: the answer names properties of no namespace, and of any, as XML may have them.
func TestStrangeProperties(t *testing.T) {
	t.Parallel()
	h := serve(t)
	h.write(t, map[string]string{"a": "aaaa"})
	status, _, body := h.ask(t, asked{
		method: "PROPFIND", path: "/a", header: map[string]string{"Depth": "0"},
		body: `<propfind xmlns="DAV:"><prop><none xmlns=""/><any xmlns="u&quot;&lt;"/></prop></propfind>`,
	})
	if status != 207 || !strings.Contains(body, `<D:prop><none xmlns=""/><x:any xmlns:x="u&#34;&lt;"/></D:prop>`) {
		t.Errorf("%d %s", status, body)
	}
}

// laughs is a document whose entity would be large.
const laughs = `<!DOCTYPE p [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><propfind xmlns="DAV:"><prop><x>&b;</x></prop></propfind>`

// TestSlow: who is slow to ask, or to take what was asked for, holds a connection for a while and no longer.
func TestSlow(t *testing.T) {
	t.Parallel()
	h := serve(t, func(_ *host, s *httpd.Server) {
		s.Stall = 300 * time.Millisecond
		s.Guard = guard.New(guard.Config{User: guard.Limits{LoginTime: 300 * time.Millisecond, Idle: 300 * time.Millisecond}})
	})
	h.write(t, map[string]string{"big": strings.Repeat("x", 64<<20)})
	for name, text := range map[string]string{
		"nothing":        "",
		"a slow header":  "GET /big HTTP/1.1\r\nHost: x\r\nX: ",
		"a slow reader":  "GET /big HTTP/1.1\r\nHost: x\r\n\r\n",
		"an idle client": "HEAD /big HTTP/1.1\r\nHost: x\r\n\r\n",
		"half a body":    "PROPFIND /big HTTP/1.1\r\nHost: x\r\nDepth: 0\r\nContent-Length: 10\r\n\r\n<", // bodyTime is longer
	} {
		conn, err := net.Dial("tcp", h.addr)
		must(t, err)
		defer conn.Close()
		if tcp, ok := conn.(*net.TCPConn); ok {
			must(t, tcp.SetReadBuffer(4096))
		}
		_, err = io.WriteString(conn, text)
		must(t, err)
		_ = name
	}
	ftpdtest.Await(t, "slow clients to be cut off", func() bool { return h.events.Count(ftpd.Disconnected) == 5 })
	for _, e := range h.events.Of(ftpd.Sent) {
		if e.Path == "/big" && e.Whole {
			t.Error("what nobody took counts as sent")
		}
	}
}

// TestCrowd: the sessions of an address are bounded, and a client that is refused hears why.
func TestCrowd(t *testing.T) {
	t.Parallel()
	h := serve(t, func(_ *host, s *httpd.Server) { s.Guard = guard.New(guard.Config{AddrSessions: 3}) })
	h.write(t, map[string]string{"a": "aaaa"})
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	for range 3 {
		c, err := net.Dial("tcp", h.addr)
		must(t, err)
		conns = append(conns, c)
	}
	ftpdtest.Await(t, "three sessions", func() bool { return h.events.Count(ftpd.Connected) == 3 })
	answers, bodies, closed := h.say(t, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
	if len(answers) != 1 || answers[0] != 503 || !closed || bodies[0] != "Not now: too many connections from your address.\n" {
		t.Errorf("the fourth: %d %q", len(answers), bodies)
	}
}

// TestProxy takes the address of the client from a proxy that is believed, and from nobody else.
func TestProxy(t *testing.T) {
	t.Parallel()
	trusting := serve(t, func(_ *host, s *httpd.Server) { s.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	distrusting := serve(t)
	const request = "PROXY TCP4 203.0.113.9 192.0.2.1 1234 80\r\nGET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
	for _, h := range []*host{trusting, distrusting} {
		h.write(t, map[string]string{"a": "aaaa"})
		answers, _, _ := h.say(t, request)
		if len(answers) != 1 || (answers[0] == 200) != (h == trusting) {
			t.Errorf("%d answers: %v", len(answers), answers)
		}
	}
	ftpdtest.Await(t, "the session to end", func() bool { return trusting.events.Count(ftpd.Disconnected) == 1 })
	for _, e := range trusting.events.All() {
		if e.Peer.Addr().String() != "203.0.113.9" {
			t.Errorf("%s from %s", e.Kind, e.Peer)
		}
	}
}

// TestLargeFolder: a folder that takes more memory than there is to be put in order comes whole, as it is read; sorted by size it is
// refused.
func TestLargeFolder(t *testing.T) {
	t.Parallel()
	const files = 5000
	for _, room := range []int64{1 << 10, 64 << 20} {
		h := serve(t, func(_ *host, s *httpd.Server) { s.Sorts(room) })
		must(t, os.Mkdir(filepath.Join(h.dir, "many"), 0o755))
		must(t, os.WriteFile(filepath.Join(h.dir, "one"), nil, 0o600))
		for i := range files {
			must(t, os.Link(filepath.Join(h.dir, "one"), filepath.Join(h.dir, "many", fmt.Sprintf("file-%06d", i))))
		}
		for path, each := range map[string]string{"/many/": "<tr><td", "/many/?format=json": `"name":`, "/many/?sort=size&order=desc": "<tr><td"} {
			status, body := h.get(t, path)
			switch {
			case room < 1<<20 && strings.Contains(path, "size"):
				if status != 503 {
					t.Errorf("%s with little room: %d", path, status)
				}
			case status != 200 || strings.Count(body, each) < files:
				t.Errorf("%s: %d with %d entries", path, status, strings.Count(body, each))
			}
		}
		_, _, body := h.ask(t, asked{method: "PROPFIND", path: "/many/", header: map[string]string{"Depth": "1"}})
		if n := strings.Count(body, "<D:response>"); n != files+1 {
			t.Errorf("%d responses", n)
		}
	}
}

// TestChallenges: what an authority of certificates asks is answered in the clear, and nothing else is.
func TestChallenges(t *testing.T) {
	t.Parallel()
	h := serve(t, func(_ *host, s *httpd.Server) {
		s.Challenges = func(files http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/.well-known/acme-challenge/token" {
					_, _ = io.WriteString(w, "proof")
					return
				}
				files.ServeHTTP(w, r)
			})
		}
	})
	h.write(t, map[string]string{"a": "aaaa"})
	for path, want := range map[string]string{"/.well-known/acme-challenge/token": "proof", "/a": "aaaa"} {
		if _, got := h.get(t, path); got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
	if status, _, _ := h.ask(t, asked{path: "/.well-known/acme-challenge/token", secure: true}); status != 404 {
		t.Errorf("in TLS: %d", status)
	}
}
