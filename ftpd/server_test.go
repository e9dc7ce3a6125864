package ftpd_test

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/guard"
	"trawl/index/indextest/needs"
)

func TestIdle(t *testing.T) {
	c := login(t, serve(t, &ftpd.Server{FS: archive(), Idle: 2 * time.Second}))
	if got := c.reply(); !strings.HasPrefix(got, "421 No command for 2s") {
		t.Errorf("got %q", got)
	}
	if _, err := c.r.ReadByte(); err != io.EOF {
		t.Errorf("the connection is still there: %v", err)
	}
}

// TestFlood sends lines that are too long, and one that has no end.
func TestFlood(t *testing.T) {
	c := login(t, serve(t, &ftpd.Server{FS: archive()}))
	c.want("SIZE "+strings.Repeat("x", 8192), "550 ")
	c.want("SIZE "+strings.Repeat("x", 20000), "500 ")
	c.want("NOOP", "200 ")
	go func() { _, _ = c.Write([]byte(strings.Repeat("x", 1<<20))) }()
	if got := c.reply(); !strings.HasPrefix(got, "421 ") && !strings.Contains(got, "reset") {
		t.Errorf("got %q", got)
	}
	c = dial(t, c.RemoteAddr().String())
	c.reply()
	for range 50 {
		c.want("XYZZY /", "500 ")
	}
	c.want("XYZZY", "421 ")
}

// TestShutdown ends the server while one session idles and another transfers.
func TestShutdown(t *testing.T) {
	for _, test := range []struct {
		name  string
		file  string
		grace time.Duration
		reply string
	}{
		{"finished", "big", time.Minute, "226 "},
		{"cut", "endless", 100 * time.Millisecond, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := endless(t)
			if err := root.WriteFile("big", make([]byte, 32<<20), 0o600); err != nil {
				t.Fatal(err)
			}
			ln, err := net.Listen("tcp", needs.Own())
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			served := make(chan error, 1)
			srv := &ftpd.Server{FS: ftpd.Dir(root), Grace: test.grace}
			go func() { served <- srv.Serve(ctx, ln) }()
			idle, busy := login(t, ln.Addr().String()), login(t, ln.Addr().String())
			data := busy.begin("RETR " + test.file)
			cancel()
			if got := idle.reply(); !strings.HasPrefix(got, "421 ") {
				t.Errorf("the idle session gets %q", got)
			}
			n, _ := io.Copy(io.Discard, data)
			if got := busy.reply(); !strings.HasPrefix(got, test.reply) || test.reply != "" && n != 32<<20 {
				t.Errorf("%d bytes came, then %q", n, got)
			}
			if err := <-served; err != nil {
				t.Errorf("Serve: %v", err)
			}
			if _, err := net.Dial("tcp", ln.Addr().String()); err == nil {
				t.Error("the port still answers")
			}
		})
	}
}

// TestLimits fills the server.
func TestLimits(t *testing.T) {
	for name, srv := range map[string]*ftpd.Server{
		"per address": {Guard: guard.New(guard.Config{AddrSessions: 2})},
		"in all":      {Guard: guard.New(guard.Config{Sessions: 2})},
	} {
		t.Run(name, func(t *testing.T) {
			srv.FS = archive()
			addr := serve(t, srv)
			first := login(t, addr)
			login(t, addr)
			third := dial(t, addr)
			if got := third.reply(); !strings.HasPrefix(got, "421 ") {
				t.Errorf("the third gets %q", got)
			}
			first.want("QUIT", "221 ")
			for range 3000 {
				if got := dial(t, addr).reply(); strings.HasPrefix(got, "220 ") {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
			t.Error("there is no room although one left")
		})
	}
}
