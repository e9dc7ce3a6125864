package wall

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"trawl/web/visitor"
)

// served is a server behind the wall.
type served struct {
	addr  string
	asked atomic.Int64 // requests that have reached the handler
	short atomic.Int64 // answers that broke off
	conns *Conns
}

// patience is how long a test waits for what should be at once.
const patience = time.Minute

// serve serves a handler that takes a body and answers with as much as the path says: "/1000". Change may change
// the server and its limits, and returns the listener to serve; nil leaves both as they are.
func serve(t *testing.T, change func(*http.Server, *Conns, net.Listener) net.Listener) *served {
	t.Helper()
	out := &served{conns: &Conns{}}
	srv := Server(visitor.Proxies{}.Handler(Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out.asked.Add(1)
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			http.Error(w, "too long", http.StatusRequestEntityTooLarge)
			return
		}
		n := 0
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &n)
		w.Header().Set("Visitor", visitor.Of(r).Addr.String())
		w.Header().Set("Content-Length", fmt.Sprint(n))
		if _, err := w.Write(make([]byte, n)); err != nil {
			out.short.Add(1)
		}
	}))), slog.New(slog.DiscardHandler))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	out.addr = l.Addr().String()
	if change == nil {
		change = func(_ *http.Server, c *Conns, l net.Listener) net.Listener { return c.Listen(l) }
	}
	l = change(srv, out.conns, l)
	out.conns.Watch(srv)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = srv.Serve(l)
	}()
	t.Cleanup(func() {
		_ = srv.Close()
		<-ended
	})
	return out
}

// dial opens a connection.
func (s *served) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return c
}

// status reads an answer and returns its status, 0 if there is none.
func status(r *bufio.Reader) (int, http.Header) {
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Header
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

// TestRequests sends requests of all shapes, each with another one behind it, which no shape may smuggle in or swallow.
func TestRequests(t *testing.T) {
	s := serve(t, nil)
	const host, last = "Host: portal.example\r\n", "GET /1 HTTP/1.1\r\nHost: portal.example\r\nConnection: close\r\n\r\n"
	for _, tt := range []struct {
		name, request string
		want          int
		more          bool // the request behind it is answered as well
	}{
		{"plain", "GET /5 HTTP/1.1\r\n" + host + "\r\n", 200, true},
		{"HTTP/1.0", "GET /5 HTTP/1.0\r\n\r\n", 200, false},
		{"HTTP/0.9", "GET /5\r\n", 400, false},
		{"HTTP/2 in the clear", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, false},
		{"an absolute address", "GET http://evil.example/5 HTTP/1.1\r\n" + host + "\r\n", 200, true},
		{"HEAD", "HEAD /5 HTTP/1.1\r\n" + host + "\r\n", 200, true},

		{"no Host", "GET / HTTP/1.1\r\n\r\n", 400, false},
		{"two Hosts", "GET / HTTP/1.1\r\n" + host + "Host: evil.example\r\n\r\n", 400, false},
		{"a Host with a blank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, false},
		{"a Host with a slash", "GET / HTTP/1.1\r\nHost: a/\x01\r\n\r\n", 400, false},
		{"a header that is long", "GET / HTTP/1.1\r\n" + host + "X: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", 431, false},
		{"an address that is long", "GET /" + strings.Repeat("x", 64<<10) + " HTTP/1.1\r\n" + host + "\r\n", 431, false},
		{"many headers", "GET / HTTP/1.1\r\n" + host + strings.Repeat("X: y\r\n", 20_000) + "\r\n", 431, false},
		{"a header with NUL", "GET / HTTP/1.1\r\n" + host + "X: a\x00b\r\n\r\n", 400, false},
		{"a header with a blank", "GET / HTTP/1.1\r\n" + host + "X : y\r\n\r\n", 400, false},

		{"a body of GET", "GET / HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhello", 400, false},
		{"a body of GET, as a request", "GET / HTTP/1.1\r\n" + host + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(last)), 400, false},
		{"a body of GET in chunks", "GET / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, false},
		{"a body of DELETE", "DELETE / HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhello", 400, false},
		{"a body", "POST /5 HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhello", 200, true},
		{"a body in chunks", "POST /5 HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200, false},
		{"a body that is long", "POST / HTTP/1.1\r\n" + host + "Content-Length: 10000000000\r\n\r\n", 413, false},
		{"chunks that are many", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n200000\r\n" + strings.Repeat("x", 2<<20) + "\r\n0\r\n\r\n", 413, false},

		{"both lengths", "POST /5 HTTP/1.1\r\n" + host + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, false},
		{"two lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello", 400, false},
		{"a negative length", "POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n", 400, false},
		{"a length with a sign", "POST / HTTP/1.1\r\n" + host + "Content-Length: +5\r\n\r\nhello", 400, false},
		{"another coding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n", 501, false},
		{"two codings", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501, false},
		{"chunks without a number", "POST /5 HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 413, false},

		{"another site", "POST / HTTP/1.1\r\n" + host + "Sec-Fetch-Site: cross-site\r\nContent-Length: 0\r\n\r\n", 403, true},
		{"another origin", "POST / HTTP/1.1\r\n" + host + "Origin: https://evil.example\r\nContent-Length: 0\r\n\r\n", 403, true},
		{"another origin that deletes", "DELETE / HTTP/1.1\r\n" + host + "Origin: null\r\n\r\n", 403, true},
		{"its own page", "POST / HTTP/1.1\r\n" + host + "Sec-Fetch-Site: same-origin\r\nOrigin: https://portal.example\r\nContent-Length: 0\r\n\r\n", 200, true},
		{"no browser", "POST / HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n", 200, true},
		{"another site that reads", "GET / HTTP/1.1\r\n" + host + "Sec-Fetch-Site: cross-site\r\n\r\n", 200, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := s.dial(t)
			go func() { _, _ = io.WriteString(c, tt.request+last) }()
			r := bufio.NewReader(c)
			if strings.HasPrefix(tt.request, "HEAD") {
				resp, err := http.ReadResponse(r, &http.Request{Method: http.MethodHead})
				if err != nil || resp.StatusCode != tt.want {
					t.Fatal(resp, err)
				}
				_ = resp.Body.Close()
			} else if got, _ := status(r); got != tt.want {
				t.Errorf("it answers %d, want %d", got, tt.want)
			}
			if got, _ := status(r); (got == 200) != tt.more {
				t.Errorf("the request behind it: %d", got)
			}
		})
	}
}

// TestTrickle sends headers, or a body, a byte at a time: the connection ends when its time is over, however busy it seems.
func TestTrickle(t *testing.T) {
	s := serve(t, func(srv *http.Server, c *Conns, l net.Listener) net.Listener {
		if srv.ReadHeaderTimeout <= 0 || srv.ReadTimeout <= 0 || srv.WriteTimeout <= 0 || srv.IdleTimeout <= 0 || srv.MaxHeaderBytes <= 0 {
			t.Errorf("something has no bound: %+v", srv)
		}
		srv.ReadHeaderTimeout, srv.ReadTimeout = 200*time.Millisecond, 400*time.Millisecond
		return c.Listen(l)
	})
	for name, begin := range map[string]string{
		"headers": "GET / HTTP/1.1\r\nHost: h\r\nX: ", "a body": "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n", "nothing": "",
	} {
		c := s.dial(t)
		_, _ = io.WriteString(c, begin)
		over := make(chan error, 1)
		go func() {
			_, err := io.Copy(io.Discard, c)
			over <- err
		}()
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
	trickling:
		for {
			select {
			case err := <-over:
				if late := net.Error(nil); errors.As(err, &late) && late.Timeout() {
					t.Errorf("%s: the connection does not end", name)
				}
				break trickling
			case <-tick.C:
				if begin != "" {
					_, _ = io.WriteString(c, "x")
				}
			}
		}
	}
}

// TestStuck asks for a large answer and reads none of it: the answer ends when its time is over.
func TestStuck(t *testing.T) {
	s := serve(t, func(srv *http.Server, c *Conns, l net.Listener) net.Listener {
		srv.WriteTimeout = 300 * time.Millisecond
		return c.Listen(l)
	})
	c := s.dial(t)
	_, _ = io.WriteString(c, "GET /100000000 HTTP/1.1\r\nHost: h\r\n\r\n")
	eventually(t, "the answer does not end", func() bool { return s.short.Load() == 1 })
	eventually(t, "the connection keeps its place", func() bool { return s.conns.Open() == 0 })
}

// strangers gives connections of this machine the addresses of strangers, as name says for the nth.
type strangers struct {
	net.Listener

	n    int
	name func(n int) string
}

func (s *strangers) Accept() (net.Conn, error) {
	c, err := s.Listener.Accept()
	if err != nil {
		return nil, err
	}
	s.n++
	return stranger{c, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(s.name(s.n)))}, nil
}

type stranger struct {
	net.Conn

	from net.Addr
}

func (s stranger) RemoteAddr() net.Addr { return s.from }

// TestPerPeer holds a visitor to its share of connections: a crowd of idle ones takes no more, and others get in meanwhile.
func TestPerPeer(t *testing.T) {
	for name, one := range map[string]func(n int) string{
		"IPv4": func(n int) string { return fmt.Sprintf("192.0.2.7:%d", n) },
		"IPv6": func(n int) string { return fmt.Sprintf("[2001:db8:1:2::%x]:80", n) },
	} {
		t.Run(name, func(t *testing.T) {
			const crowd, share = 1000, 20
			s := serve(t, func(_ *http.Server, c *Conns, l net.Listener) net.Listener {
				c.PerPeer = share
				return c.Listen(&strangers{Listener: l, name: func(n int) string {
					if n == crowd+1 {
						return "198.51.100.1:80"
					}
					return one(n)
				}})
			})
			var first []net.Conn
			for range crowd {
				c := s.dial(t)
				if len(first) < share {
					first = append(first, c)
					continue
				}
				if got, _ := status(bufio.NewReader(c)); got != http.StatusServiceUnavailable {
					t.Fatalf("a connection too many hears %d", got)
				}
				_ = c.Close()
			}
			if s.conns.Open() != share || s.conns.Refused() != crowd-share {
				t.Errorf("%d are open, %d refused", s.conns.Open(), s.conns.Refused())
			}
			ask := func(c net.Conn) int {
				_, _ = io.WriteString(c, "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
				got, _ := status(bufio.NewReader(c))
				return got
			}
			if got := ask(s.dial(t)); got != 200 {
				t.Errorf("another visitor gets %d", got)
			}
			if got := ask(first[0]); got != 200 {
				t.Errorf("a connection that has a place gets %d", got)
			}
			_ = first[0].Close()
			eventually(t, "a place is not given back", func() bool { return s.conns.Open() == share })
			if got := ask(s.dial(t)); got != 200 {
				t.Errorf("in its place another one gets %d", got)
			}
		})
	}
}

// TestMost lets the connection that has been without a request for longest make room, and none that has one.
func TestMost(t *testing.T) {
	s := serve(t, func(_ *http.Server, c *Conns, l net.Listener) net.Listener {
		c.Most, c.PerPeer = 3, 1
		return c.Listen(&strangers{Listener: l, name: func(n int) string { return fmt.Sprintf("192.0.2.%d:80", n) }})
	})
	busy := s.dial(t)
	_, _ = io.WriteString(busy, "GET /100000000 HTTP/1.1\r\nHost: h\r\n\r\n")
	eventually(t, "it is not asked", func() bool { return s.asked.Load() == 1 })
	second, third := s.dial(t), s.dial(t)
	eventually(t, "they are not open", func() bool { return s.conns.Open() == 3 })
	if n := s.conns.Busy(); n != 1 {
		t.Errorf("%d have a request", n)
	}
	fourth := s.dial(t)
	if n, err := second.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Error("the oldest without a request stays")
	}
	for i, c := range []net.Conn{third, fourth} {
		_, _ = io.WriteString(c, "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
		if got, _ := status(bufio.NewReader(c)); got != 200 {
			t.Errorf("connection %d gets %d", i+3, got)
		}
	}
	if n, err := io.CopyN(io.Discard, busy, 50_000_000); err != nil {
		t.Errorf("the answer under way breaks off after %d bytes: %v", n, err)
	}
}

// TestProxied lets a trusted proxy say before the first byte who comes, demands that it does, and believes nobody else.
func TestProxied(t *testing.T) {
	const ask = "GET /1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
	for _, tt := range []struct {
		trusted, before string
		want            int
		visitor         string
	}{
		{"127.0.0.0/8", "PROXY TCP4 198.51.100.1 203.0.113.1 5000 80\r\n", 200, "198.51.100.1"},
		{"127.0.0.0/8", "PROXY TCP6 2001:db8::1 2001:db8::2 5000 80\r\n", 200, "2001:db8::1"},
		{"127.0.0.0/8", "PROXY UNKNOWN\r\n", 200, "127.0.0.1"},
		{"127.0.0.0/8", "", 0, ""},
		{"127.0.0.0/8", "PROXY rubbish\r\n", 0, ""},
		{"10.0.0.0/8", "PROXY TCP4 198.51.100.1 203.0.113.1 5000 80\r\n", 400, ""},
		{"10.0.0.0/8", "", 200, "127.0.0.1"},
	} {
		s := serve(t, func(_ *http.Server, c *Conns, l net.Listener) net.Listener {
			return Proxied(c.Listen(l), []netip.Prefix{netip.MustParsePrefix(tt.trusted)})
		})
		c := s.dial(t)
		_, _ = io.WriteString(c, tt.before+ask)
		got, h := status(bufio.NewReader(c))
		if got != tt.want && (tt.want != 0 || got == 200) || got == 200 && h.Get("Visitor") != tt.visitor {
			t.Errorf("%q, trusting %s: %d of %s", tt.before, tt.trusted, got, h.Get("Visitor"))
		}
	}
}
