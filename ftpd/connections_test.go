package ftpd_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	proxyproto "github.com/pires/go-proxyproto"

	"trawl/ftpd"
	"trawl/index/indextest/needs"
)

// from connects from an address of loopback.
func from(t testing.TB, address, to string) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	conn, err := d.DialContext(t.Context(), "tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

// guest logs in over a connection.
func guest(t testing.TB, conn net.Conn) *client {
	t.Helper()
	c := &client{t, conn, bufio.NewReader(conn)}
	c.reply()
	c.want("USER ftp", "331 ")
	c.want("PASS x", "230 ")
	return c
}

// few returns ports. At an address of [needs.Own] they are free.
func few(n uint16) ftpd.Ports { return ftpd.Ports{First: 30_000, Last: 30_000 + n - 1} }

// TestFairPorts lets one client take all passive ports. Others get theirs all the same, and no port is of two sessions.
func TestFairPorts(t *testing.T) {
	addr := serveAt(t, &ftpd.Server{FS: archive(), Ports: few(4)}, needs.Own())
	taken := map[string]bool{}
	var greedy []*client
	for range 4 {
		c := guest(t, from(t, "127.0.0.2", addr))
		greedy = append(greedy, c)
		port := c.want("EPSV", "229 ")
		if taken[port] {
			t.Errorf("%s is of two sessions", port)
		}
		taken[port] = true
	}
	guest(t, from(t, "127.0.0.2", addr)).want("EPSV", "425 ")
	for i := range 2 {
		c := guest(t, from(t, fmt.Sprint("127.0.0.", 3+i), addr))
		port := c.want("EPSV", "229 ")
		if !taken[port] {
			t.Errorf("%s is not of the range", port)
		}
	}
	guest(t, from(t, "127.0.0.3", addr)).want("EPSV", "425 ") // it has its share
	for _, c := range greedy[:2] {                            // the oldest ones
		c.want("NLST", "425 ")
	}
}

// TestPublic shows which address PASV gives.
func TestPublic(t *testing.T) {
	for _, test := range []struct {
		name   string
		public ftpd.Public
		want   string
	}{
		{"none", ftpd.Public{}, "127,0,0,1"},
		{"not for loopback", ftpd.Public{Host: "192.0.2.1"}, "127,0,0,1"},
		{"by network", ftpd.Public{For: map[netip.Prefix]string{netip.MustParsePrefix("127.0.0.0/8"): "192.0.2.1"}}, "192,0,2,1"},
		{"narrowest", ftpd.Public{For: map[netip.Prefix]string{
			netip.MustParsePrefix("0.0.0.0/0"): "192.0.2.1", netip.MustParsePrefix("127.0.0.0/16"): "192.0.2.2", netip.MustParsePrefix("10.0.0.0/8"): "192.0.2.3",
		}}, "192,0,2,2"},
		{"narrowest is own", ftpd.Public{For: map[netip.Prefix]string{
			netip.MustParsePrefix("0.0.0.0/0"): "192.0.2.1", netip.MustParsePrefix("127.0.0.0/16"): "",
		}}, "127,0,0,1"},
		{"name", ftpd.Public{For: map[netip.Prefix]string{netip.MustParsePrefix("127.0.0.0/8"): "localhost"}}, "127,0,0,1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := login(t, serve(t, &ftpd.Server{FS: archive(), Public: test.public}))
			c.want("PASV", "227 Entering Passive Mode ("+test.want+",")
		})
	}
	c := login(t, serve(t, &ftpd.Server{FS: archive(), Public: ftpd.Public{For: map[netip.Prefix]string{netip.MustParsePrefix("127.0.0.0/8"): "nowhere.invalid"}}}))
	c.want("PASV", "425 ")
	c.want("EPSV", "229 ")
}

// TestProxy connects through a proxy, which is trusted by its address, with both versions of the header.
func TestProxy(t *testing.T) {
	events := make(chan ftpd.Event, 100)
	addr := serve(t, &ftpd.Server{
		FS: archive(), Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.5/32")},
		Observe: []func(ftpd.Event){func(e ftpd.Event) { events <- e }},
	})
	header := func(version byte, client string) []byte {
		h := &proxyproto.Header{
			Version: version, Command: proxyproto.PROXY, TransportProtocol: proxyproto.TCPv4,
			SourceAddr: &net.TCPAddr{IP: net.ParseIP(client), Port: 5000}, DestinationAddr: &net.TCPAddr{IP: net.ParseIP("192.0.2.9"), Port: 21},
		}
		b, err := h.Format()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, version := range []byte{1, 2} {
		conn := from(t, "127.0.0.5", addr)
		_, _ = conn.Write(header(version, "198.51.100.7"))
		c := guest(t, conn)
		if e := <-events; e.Peer.Addr().String() != "198.51.100.7" {
			t.Errorf("version %d: the client is %v", version, e.Peer)
		}
		c.want("TYPE I", "200 ")
		reply := c.want("PASV", "227 Entering Passive Mode (192,0,2,9,") // where the client has connected to
		var a [6]int
		if _, err := fmt.Sscanf(reply[strings.Index(reply, "("):], "(%d,%d,%d,%d,%d,%d)", &a[0], &a[1], &a[2], &a[3], &a[4], &a[5]); err != nil {
			t.Fatal(err)
		}
		data := fmt.Sprint("127.0.0.1:", a[4]<<8|a[5])
		c.send("RETR README")
		for _, refused := range []struct{ from, says string }{
			{"127.0.0.5", "203.0.113.1"},  // another client of the proxy
			{"127.0.0.6", "198.51.100.7"}, // one who is no proxy and says that it is
			{"127.0.0.6", ""},
		} {
			stranger, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(refused.from)}}).DialContext(t.Context(), "tcp", data)
			if err != nil { // it may be reset before it knows that it is connected
				continue
			}
			_ = stranger.SetDeadline(time.Now().Add(20 * time.Second))
			if refused.says != "" {
				_, _ = stranger.Write(header(version, refused.says))
			}
			if got, _ := io.ReadAll(stranger); len(got) > 0 {
				t.Errorf("%v gets %q", refused, got)
			}
			stranger.Close()
		}
		right := from(t, "127.0.0.5", data)
		_, _ = right.Write(header(version, "198.51.100.7"))
		if got, err := io.ReadAll(right); string(got) != "read me\n" {
			t.Errorf("version %d: the client gets %q, %v", version, got, err)
		}
		c.reply()
		if got := c.reply(); !strings.HasPrefix(got, "226 ") {
			t.Error(got)
		}
		c.want("PORT 127,0,0,5,9,9", "501 ") // the proxy is not the client
		c.want("QUIT", "221 ")
		for e := range events {
			if e.Kind == ftpd.Disconnected {
				break
			}
		}
	}
	for name, test := range map[string]struct{ from, sends string }{
		"no header from the proxy":  {"127.0.0.5", "USER ftp\r\n"},
		"a header from no proxy":    {"127.0.0.6", string(header(1, "198.51.100.7"))},
		"half a header":             {"127.0.0.5", "PROXY TCP4 198.51"},
		"a header of another thing": {"127.0.0.5", "PROXY TCP4 a b c d\r\n"},
	} {
		conn := from(t, test.from, addr)
		_, _ = io.WriteString(conn, test.sends)
		_ = conn.(*net.TCPConn).CloseWrite()
		got, _ := io.ReadAll(conn)
		if strings.Contains(string(got), "331") || test.from == "127.0.0.5" && len(got) > 0 {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestSlowReader reads a large file a bit at a time, slower than a piece within Stall. Its transfer goes on.
func TestSlowReader(t *testing.T) {
	c := login(t, serve(t, &ftpd.Server{FS: ftpd.Dir(endless(t)), Stall: 2 * time.Second}))
	data := c.begin("RETR endless")
	_ = data.(*net.TCPConn).SetReadBuffer(4 << 10)
	b := make([]byte, 256<<10)
	for start := time.Now(); time.Since(start) < 6*time.Second; time.Sleep(100 * time.Millisecond) {
		if _, err := io.ReadFull(data, b); err != nil {
			t.Fatalf("the slow reader is cut: %v", err)
		}
	}
	c.want("ABOR", "426 ")
}
