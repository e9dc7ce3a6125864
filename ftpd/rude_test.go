package ftpd_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/guard"
	"trawl/ftpd/tree"
	"trawl/index/indextest/needs"
)

// rude is how clients misbehave. Each gets a connection to the server and leaves as it likes.
func rude() map[string]func(c *client, config *tls.Config) {
	in := func(c *client) {
		c.send("USER ftp\r\nPASS x\r\nTYPE I")
		for range 3 {
			c.reply()
		}
	}
	passive := func(c *client) net.Conn {
		c.send("EPSV")
		reply := c.reply()
		_, port, _ := strings.Cut(reply, "|||")
		port, _, _ = strings.Cut(port, "|")
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err != nil {
			return nil
		}
		return conn
	}
	return map[string]func(c *client, config *tls.Config){
		"says nothing":   func(*client, *tls.Config) {},
		"leaves at once": func(c *client, _ *tls.Config) { _ = c.Conn.(*net.TCPConn).SetLinger(0); c.Close() },
		"half a command": func(c *client, _ *tls.Config) { _, _ = io.WriteString(c, "USER f") },
		"noise":          func(c *client, _ *tls.Config) { _, _ = io.WriteString(c, strings.Repeat("\xff\xf4\x00x\r\n", 100)) },
		"half a handshake": func(c *client, _ *tls.Config) {
			c.send("AUTH TLS")
			c.reply()
			_, _ = io.WriteString(c, "\x16\x03\x01\x02\x00\x01")
		},
		"a port unused": func(c *client, _ *tls.Config) { in(c); c.send("EPSV\r\nPASV\r\nEPSV"); c.reply() },
		"a port for a list": func(c *client, _ *tls.Config) {
			in(c)
			c.send("EPSV\r\nLIST") // and does not connect
			c.reply()
		},
		"does not read": func(c *client, _ *tls.Config) {
			in(c)
			if data := passive(c); data != nil {
				c.send("RETR big")
				c.reply()
				data.Close()
			}
		},
		"resets": func(c *client, _ *tls.Config) {
			in(c)
			if data := passive(c); data != nil {
				c.send("RETR big")
				_ = data.(*net.TCPConn).SetLinger(0)
				data.Close()
				_ = c.Conn.(*net.TCPConn).SetLinger(0)
			}
		},
		"quits meanwhile": func(c *client, _ *tls.Config) {
			in(c)
			if data := passive(c); data != nil {
				c.send("RETR big\r\nREIN\r\nUSER ftp\r\nQUIT")
				_, _ = io.CopyN(io.Discard, data, 1000)
				data.Close()
			}
		},
		"aborts over TLS": func(c *client, config *tls.Config) {
			c.send("AUTH TLS")
			c.reply()
			conn := tls.Client(c.Conn, config)
			if conn.Handshake() != nil {
				return
			}
			_, _ = io.WriteString(conn, "PBSZ 0\r\nPROT P\r\nUSER ftp\r\nPASS x\r\nEPSV\r\nLIST\r\nABOR\r\nRETR big\r\n")
			_, _ = conn.Read(make([]byte, 100))
		},
		"no TLS on data": func(c *client, config *tls.Config) {
			c.send("AUTH TLS")
			c.reply()
			conn := tls.Client(c.Conn, config)
			if conn.Handshake() != nil {
				return
			}
			_, _ = io.WriteString(conn, "PBSZ 0\r\nPROT P\r\nUSER ann\r\nPASS x\r\nEPSV\r\nSTOR x\r\n")
			_, _ = conn.Read(make([]byte, 1000))
		},
	}
}

// TestRude lets many clients misbehave at once: FTPD_TEST_RUDE, or a few hundred. A polite client is served meanwhile, and at
// the end no descriptor, goroutine, session or passive port is lost.
func TestRude(t *testing.T) {
	count := 400
	if n, err := strconv.Atoi(os.Getenv("FTPD_TEST_RUDE")); err == nil {
		count = n
	}
	_, root := folder(t, map[string]string{"file": "content", "big": strings.Repeat("x", 1<<20)})
	ports := few(40)
	live := new(ftpd.Sessions)
	addr := serveAt(t, &ftpd.Server{
		Accounts: guestsToo{tree.Folder(root)}, TLS: selfSigned(t), Ports: ports, Sessions: live,
		Guard: guard.New(guard.Config{Sessions: -1, AddrSessions: -1, Delay: -1, Failures: -1}), Stall: 10 * time.Second, Idle: 10 * time.Second,
	}, needs.Own())
	polite := secureClient()
	secureLogin(t, addr, "ann", polite).want("QUIT", "221 ") // what is made once is there
	before, goroutines := descriptors(t), runtime.NumGoroutine()
	ways := rude()
	names := make([]string, 0, len(ways))
	for name := range ways {
		names = append(names, name)
	}
	turns := make(chan struct{}, 60)
	var wg sync.WaitGroup
	for range count {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				return
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
			c := &client{quiet{t}, conn, bufio.NewReader(conn)}
			c.reply()
			ways[names[rand.IntN(len(names))]](c, secureClient())
		})
	}
	c := secureLogin(t, addr, "ann", polite)
	data := c.protected("RETR file", polite)
	if got, err := io.ReadAll(data); string(got) != "content" || err != nil {
		t.Errorf("the polite client gets %q, %v", got, err)
	}
	_ = data.Close()
	c.reply()
	c.want("QUIT", "221 ")
	c.Close()
	wg.Wait()
	nothingLeft(t, live, before, goroutines)
	host, _, _ := net.SplitHostPort(addr)
	for port := ports.First; port <= ports.Last; port++ {
		ln, err := net.Listen("tcp", net.JoinHostPort(host, fmt.Sprint(port)))
		if err != nil {
			t.Errorf("port %d is not given back: %v", port, err)
			continue
		}
		ln.Close()
	}
}

// nothingLeft waits until there are no more descriptors and goroutines than before, and no session.
func nothingLeft(t *testing.T, live *ftpd.Sessions, before, goroutines int) {
	t.Helper()
	var left string
	for range 300 {
		left = fmt.Sprintf("%d descriptors of %d, %d goroutines of %d, %d sessions", descriptors(t), before, runtime.NumGoroutine(), goroutines, len(live.All()))
		if descriptors(t) <= before && runtime.NumGoroutine() <= goroutines && len(live.All()) == 0 {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("left: " + left)
}

// quiet is a test that does not fail where a client cannot write: rude ones are cut.
type quiet struct{ testing.TB }

func (quiet) Fatal(...any)          {}
func (quiet) Error(...any)          {}
func (quiet) Errorf(string, ...any) {}

// TestHalfOpen opens thousands of connections that do not log in: FTPD_TEST_HALF_OPEN, or 2,000. Those over the limits get
// 421 and are closed; a client from elsewhere is served. When they have gone nothing is left of them.
func TestHalfOpen(t *testing.T) {
	count := 2000
	if n, err := strconv.Atoi(os.Getenv("FTPD_TEST_HALF_OPEN")); err == nil {
		count = n
	}
	live := new(ftpd.Sessions)
	addr := serve(t, &ftpd.Server{FS: archive(), TLS: selfSigned(t), Sessions: live}) // with the defaults: 50 of an address
	guest(t, from(t, "127.0.0.9", addr)).want("QUIT", "221 ")
	before, goroutines := descriptors(t), runtime.NumGoroutine()
	var open []net.Conn
	var refused int
	for i := range count {
		conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 1, 0, byte(i%30))}}).DialContext(t.Context(), "tcp", addr)
		if err != nil {
			refused++
			continue
		}
		defer conn.Close()
		open = append(open, conn)
		if i%2 == 0 {
			_, _ = io.WriteString(conn, "AUTH TLS\r\n")
		}
		if i >= 30*50 { // each address has its share
			_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			b := make([]byte, 3)
			if _, err := io.ReadFull(conn, b); err == nil && string(b) != "421" {
				t.Fatalf("connection %d is answered %q", i, b)
			}
			conn.Close()
			refused++
		}
	}
	if refused < count-30*50 {
		t.Errorf("%d of %d are refused", refused, count)
	}
	late := guest(t, from(t, "127.0.0.9", addr))
	late.want("QUIT", "221 ")
	for _, conn := range append(open, late.Conn) {
		conn.Close()
	}
	nothingLeft(t, live, before, goroutines)
}
