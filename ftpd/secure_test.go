package ftpd_test

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/certificate"
	"trawl/ftpd/tree"
)

// guestsToo lets guests read and all others write; "sly" only over TLS.
type guestsToo struct{ store *tree.Store }

func (a guestsToo) Login(_ context.Context, name, _ string) (account.Login, error) {
	l := account.Login{User: name, Home: "/", Secure: name == "sly"}
	rules := tree.Rules{"/": tree.All}
	if account.IsAnonymous(name) {
		l.User, l.Anonymous, rules["/"] = account.Anonymous, true, tree.ReadOnly
	}
	l.View = a.store.View(tree.Options{User: name, Rules: rules})
	return l, nil
}

// selfSigned returns the settings of TLS with a certificate of its own.
func selfSigned(t testing.TB) *ftpd.TLS {
	t.Helper()
	cert, _, err := certificate.SelfSigned(t.TempDir(), []string{"localhost", "127.0.0.1", "::1"})
	if err != nil {
		t.Fatal(err)
	}
	return &ftpd.TLS{Config: certificate.Fixed(cert).Config()}
}

// tlsServer serves a folder over FTPS.
func tlsServer(t testing.TB, set func(*ftpd.Server)) (dir, addr string) {
	t.Helper()
	dir, root := folder(t, map[string]string{"file": "content"})
	srv := &ftpd.Server{Accounts: guestsToo{tree.Folder(root)}, TLS: selfSigned(t)}
	if set != nil {
		set(srv)
	}
	return dir, serve(t, srv)
}

// secureClient is a client whose TLS sessions can be resumed.
func secureClient() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, ServerName: "localhost", ClientSessionCache: tls.NewLRUClientSessionCache(8)}
}

// auth turns a control connection to TLS.
func (c *client) auth(config *tls.Config) {
	c.t.Helper()
	c.want("AUTH TLS", "234 ")
	conn := tls.Client(c.Conn, config)
	if err := conn.HandshakeContext(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	c.Conn, c.r = conn, bufio.NewReader(conn)
}

// secureLogin logs in over TLS, with protected data connections.
func secureLogin(t testing.TB, addr, user string, config *tls.Config) *client {
	t.Helper()
	c := dial(t, addr)
	c.reply()
	c.auth(config)
	for _, step := range []string{"PBSZ 0", "PROT P", "USER " + user, "PASS x"} {
		c.want(step, "")
	}
	c.want("TYPE I", "200 ")
	return c
}

// protected starts a transfer over a protected data connection.
func (c *client) protected(command string, config *tls.Config) *tls.Conn {
	c.t.Helper()
	conn := tls.Client(c.begin(command), config)
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if err := conn.HandshakeContext(c.t.Context()); err != nil {
		c.t.Logf("%s: %v", command, err)
	}
	return conn
}

// TestResume shows which data connections count as those of the client: the ones that resume the session of the control
// connection, with each version of TLS.
func TestResume(t *testing.T) {
	_, addr := tlsServer(t, nil)
	_, lax := tlsServer(t, func(s *ftpd.Server) { s.TLS.Lax = true })
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, test := range []struct {
			name, addr, user string
			data             func(own, other *tls.Config) *tls.Config
			want             string
		}{
			{"own", addr, "ann", func(own, _ *tls.Config) *tls.Config { return own }, "226 "},
			{"none", addr, "ann", func(*tls.Config, *tls.Config) *tls.Config { return secureClient() }, "522 "},
			{"another's", addr, "ann", func(_, other *tls.Config) *tls.Config { return other }, "522 "},
			{"none, guest", addr, "ftp", func(*tls.Config, *tls.Config) *tls.Config { return secureClient() }, "226 "},
			{"none, lax", lax, "ann", func(*tls.Config, *tls.Config) *tls.Config { return secureClient() }, "226 "},
		} {
			t.Run(fmt.Sprint(tls.VersionName(version), " ", test.name), func(t *testing.T) {
				own, other := secureClient(), secureClient()
				own.MaxVersion, other.MaxVersion = version, version
				secureLogin(t, test.addr, "ann", other)
				c := secureLogin(t, test.addr, test.user, own)
				for range 3 {
					data := c.protected("RETR file", test.data(own, other))
					got, err := io.ReadAll(data)
					if reply := c.reply(); !strings.HasPrefix(reply, test.want) || test.want == "226 " && (string(got) != "content" || err != nil) {
						t.Errorf("%q, %v, %q", got, err, reply)
					}
				}
			})
		}
	}
}

// TestTicketsOnce uploads as a client that uses each ticket once and reads until the server has ended: it gets a new one
// with each connection. A client that does not read gets nothing that it could leave unread.
func TestTicketsOnce(t *testing.T) {
	dir, addr := tlsServer(t, nil)
	config := secureClient()
	c := secureLogin(t, addr, "ann", config)
	for i := range 5 {
		name := fmt.Sprint("up", i)
		data := c.protected("STOR "+name, config)
		if !data.ConnectionState().DidResume {
			t.Fatal("there is no ticket")
		}
		config.ClientSessionCache.Put("localhost", nil)
		_, _ = io.WriteString(data, name)
		_ = data.CloseWrite()
		if _, err := data.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("the server ends with %v", err)
		}
		if got := c.reply(); !strings.HasPrefix(got, "226 ") {
			t.Fatal(got)
		}
		if got, _ := os.ReadFile(filepath.Join(dir, name)); string(got) != name {
			t.Errorf("stored %q", got)
		}
	}
}

// TestCloseNotify cuts uploads before the client has said that they are whole.
func TestCloseNotify(t *testing.T) {
	dir, addr := tlsServer(t, nil)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		config := secureClient()
		config.MaxVersion = version
		c := secureLogin(t, addr, "ann", config)
		data := c.protected("STOR cut", config)
		_, _ = io.WriteString(data, "the first half")
		data.NetConn().Close()
		if got := c.reply(); !strings.HasPrefix(got, "426 ") {
			t.Errorf("a cut upload: %q", got)
		}
		if _, err := os.Stat(filepath.Join(dir, "cut")); err == nil {
			t.Error("what was cut is there")
		}
		c.want("SIZE cut", "213 14")
		data = c.protected("RETR file", config) // a client that never answers
		if got := c.reply(); !strings.HasPrefix(got, "226 ") {
			t.Errorf("a silent client: %q", got)
		}
		if got, err := io.ReadAll(data); string(got) != "content" || err != nil {
			t.Errorf("RETR: %q, %v", got, err)
		}
		c.send("QUIT")
		c.reply()
		if _, err := c.r.ReadByte(); err != io.EOF {
			t.Errorf("the control connection ends with %v, want close_notify", err)
		}
	}
}

// TestBytes shows that events count the bytes of the file, however they are sent.
func TestBytes(t *testing.T) {
	events := make(chan ftpd.Event, 100)
	_, addr := tlsServer(t, func(s *ftpd.Server) {
		s.Observe = []func(ftpd.Event){func(e ftpd.Event) {
			if e.Kind == ftpd.Stored || e.Kind == ftpd.Sent {
				events <- e
			}
		}}
	})
	config := secureClient()
	c := secureLogin(t, addr, "ann", config)
	text := strings.Repeat("line\n", 10_000)
	for _, coding := range [][2]string{{"TYPE I", "MODE S"}, {"TYPE A", "MODE S"}, {"TYPE I", "MODE Z"}, {"TYPE A", "MODE Z"}} {
		c.want(coding[0], "200 ")
		c.want(coding[1], "200 ")
		var wire bytes.Buffer
		w := io.Writer(&wire)
		if coding[1] == "MODE Z" {
			w = zlib.NewWriter(w)
		}
		sent := text
		if coding[0] == "TYPE A" {
			sent = strings.ReplaceAll(text, "\n", "\r\n")
		}
		_, _ = io.WriteString(w, sent)
		if z, ok := w.(io.Closer); ok {
			z.Close()
		}
		data := c.protected("STOR text", config)
		_, _ = data.Write(wire.Bytes())
		_ = data.Close()
		stored := c.reply()
		data = c.protected("RETR text", config)
		_, _ = io.Copy(io.Discard, data)
		fetched := c.reply()
		for _, reply := range []string{stored, fetched} {
			e := <-events
			if !strings.HasPrefix(reply, "226 ") || !e.Whole || e.Bytes != int64(len(text)) {
				t.Errorf("%v: %s %d bytes of %d, %q", coding, e.Kind, e.Bytes, len(text), reply)
			}
		}
	}
}

// TestInjection sends commands in the clear behind AUTH TLS.
func TestInjection(t *testing.T) {
	_, addr := tlsServer(t, nil)
	for _, behind := range []string{"USER ann\r\n", "NOOP\r\nUSER ann\r\n", "\x16\x03\x01", "x"} {
		c := dial(t, addr)
		c.reply()
		if _, err := io.WriteString(c, "AUTH TLS\r\n"+behind); err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(c.r)
		if !strings.HasPrefix(string(got), "421 ") && strings.Count(string(got), "\n") != 1 {
			t.Errorf("behind AUTH TLS %q is answered: %q", behind, got)
		}
	}
	c := dial(t, addr) // later, but before the handshake
	c.reply()
	c.want("AUTH TLS", "234 ")
	c.send("USER ann")
	if got := c.reply(); strings.HasPrefix(got, "331") {
		t.Error(got)
	}
}

// TestForeign speaks other protocols on the control port, as a page can make a browser do (ALPACA).
func TestForeign(t *testing.T) {
	_, addr := tlsServer(t, nil)
	for name, bytes := range map[string]string{
		"GET":     "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"POST":    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30\r\n\r\nUSER ann\r\nPASS x\r\nSTAT file\r\n",
		"header":  "Host: localhost\r\nUSER ann\r\nPASS x\r\n",
		"HTTP/2":  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"TLS":     "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("x", 500),
		"TLS 1.0": "\x16\x03\x00\x00\x05USER ann\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, addr)
			c.reply()
			_, _ = io.WriteString(c, bytes)
			if got, _ := io.ReadAll(c.r); len(got) > 0 {
				t.Errorf("it is answered: %q", got)
			}
		})
	}
	for _, test := range []struct {
		protocols []string
		ok        bool
	}{{nil, true}, {[]string{"ftp"}, true}, {[]string{"http/1.1", "ftp"}, true}, {[]string{"http/1.1"}, false}, {[]string{"h2", "http/1.1"}, false}} {
		c := dial(t, addr)
		c.reply()
		c.want("AUTH TLS", "234 ")
		config := secureClient()
		config.NextProtos = test.protocols
		if err := tls.Client(c.Conn, config).Handshake(); (err == nil) != test.ok {
			t.Errorf("ALPN %q: %v", test.protocols, err)
		}
	}
}

// TestTLSDemanded talks to servers that want TLS.
func TestTLSDemanded(t *testing.T) {
	_, offered := tlsServer(t, nil)
	_, demanded := tlsServer(t, func(s *ftpd.Server) { s.TLS.Demand = true })
	_, users := tlsServer(t, func(s *ftpd.Server) { s.TLS.Users = true })
	for _, test := range []struct {
		name, addr string
		clear      []string
		secured    []string
	}{
		{"offered", offered, []string{
			"AUTH KERBEROS => 504 ", "PBSZ 0 => 503 ", "PROT P => 503 ", "CCC => 533 ", "USER sly => 331 ", "PASS x => 530 ", "USER ftp => 331 ", "PASS x => 230 ", "EPSV => 229 ",
		}, []string{
			"AUTH TLS => 503 ", "PROT P => 503 PBSZ", "PBSZ 0 => 200 PBSZ=0", "PROT C => 200 ", "PROT S => 536 ", "PROT X => 504 ", "CCC => 534 ",
			"USER sly => 331 ", "PASS x => 230 ", "PROT C => 534 ", "EPSV => 521 ", "PASV => 521 ", "PORT 127,0,0,1,9,9 => 521 ", "EPRT |1|127.0.0.1|5000| => 521 ",
			"PROT P => 200 ", "EPSV => 229 ", "USER ftp => 331 ", "PASS x => 230 ", "PROT C => 200 ", "EPSV => 229 ",
		}},
		{"of users", users, []string{
			"USER ann => 530 ", "USER nobody => 530 ", "PASS x => 503 ", "USER anonymous => 331 ", "PASS x => 230 ", "USER ann => 530 ",
		}, []string{"USER ann => 331 ", "PASS x => 230 "}},
		{"demanded", demanded, []string{
			"FEAT => 211-Features:", "USER ftp => 530 ", "USER ann => 530 ", "PASS x => 503 ", "EPSV => 530 ",
		}, []string{
			"PBSZ 0 => 200 ", "PROT C => 534 ", "USER ftp => 331 ", "PASS x => 230 ", "EPSV => 521 ", "PROT P => 200 ", "EPSV => 229 ", "CCC => 534 ",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := dial(t, test.addr)
			c.reply()
			steps := func(all []string) {
				for _, step := range all {
					command, reply, _ := strings.Cut(step, " => ")
					c.want(command, reply)
				}
			}
			steps(test.clear)
			c.auth(secureClient())
			steps(test.secured)
		})
	}
	for _, form := range []string{"TLS", "tls", "TLS-C", "SSL", "TLS-P"} {
		c := dial(t, offered)
		c.reply()
		c.want("AUTH "+form, "234 ")
	}
	c := dial(t, offered)
	c.reply()
	c.want("AUTH TLS", "234 ")
	old := secureClient()
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if err := tls.Client(c.Conn, old).Handshake(); err == nil {
		t.Error("TLS 1.1 is taken")
	}
}

// TestImplicit serves explicit and implicit FTPS at once.
func TestImplicit(t *testing.T) {
	_, root := folder(t, map[string]string{"file": "content"})
	var listeners []net.Listener
	for range 2 {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, ln)
	}
	addrs := []string{listeners[0].Addr().String(), listeners[1].Addr().String()}
	listeners[1] = ftpd.Implicit(listeners[1])
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	srv := &ftpd.Server{Accounts: guestsToo{tree.Folder(root)}, TLS: selfSigned(t)}
	go func() { served <- srv.Serve(ctx, listeners...) }()
	defer func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	secureLogin(t, addrs[0], "ann", secureClient()).want("QUIT", "221 ")
	config := secureClient()
	conn, err := tls.Dial("tcp", addrs[1], config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the test is over
	c := &client{t, conn, bufio.NewReader(conn)}
	c.reply()
	c.want("USER ann", "331 ")
	c.want("PASS x", "230 ")
	data := c.protected("RETR file", config)
	if got, err := io.ReadAll(data); string(got) != "content" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if got := c.reply(); !strings.HasPrefix(got, "226 ") {
		t.Error(got)
	}
}

// TestStalledHandshake begins TLS and sends nothing, on the control connection and on a data connection.
func TestStalledHandshake(t *testing.T) {
	_, addr := tlsServer(t, func(s *ftpd.Server) { s.Stall = 200 * time.Millisecond })
	c := dial(t, addr)
	c.reply()
	c.want("AUTH TLS", "234 ")
	if _, err := c.r.ReadByte(); err == nil {
		t.Error("a stalled handshake is answered")
	}
	c = secureLogin(t, addr, "ann", secureClient())
	c.begin("RETR file")
	if got := c.reply(); !strings.HasPrefix(got, "522 ") {
		t.Error(got)
	}
	c.begin("RETR file")
	c.want("ABOR", "")
	c.want("NOOP", "")
}
