package ssh_test

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"trawl/ftpd"
	"trawl/ftpd/guard"
	"trawl/ftpd/ssh"
	"trawl/ftpd/tree"
	"trawl/index/indextest/needs"
)

// TestStalled lets 10,000 connections from 200 addresses stall before the login, with the common limits: others get in
// meanwhile, memory is bounded, and they end by themselves.
func TestStalled(t *testing.T) {
	const many, each = 10_000, 50
	t.Parallel() // it mostly waits
	if testing.Short() {
		t.Skip("it opens 10,000 connections")
	}
	var files syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files))
	if files.Cur < many+5000 {
		needs.Missing(t, fmt.Sprintf("the right to open %d files", many+5000))
	}
	h := serve(t, func(s *ssh.Server, _ *tree.Options) {
		s.Guard = guard.New(guard.Config{User: guard.Limits{LoginTime: 10 * time.Second}})
	})
	before := weight()
	all := make([]net.Conn, many)
	for i := range all {
		from := net.TCPAddr{IP: net.IPv4(127, 1, byte(i/each/100), byte(i/each%100+1))}
		c, err := (&net.Dialer{LocalAddr: &from}).DialContext(t.Context(), "tcp", h.addr)
		must(t, err)
		defer c.Close()
		if i%2 == 0 {
			_, _ = c.Write([]byte("SSH-2.0-stalled\r\n")) // the server may have refused it
		}
		all[i] = c
	}
	comes(t, h)
	if n := len(h.live.All()); n > guard.DefaultConfig().Sessions {
		t.Errorf("there are %d sessions", n)
	}
	if got := weight() - before; got > 300<<20 {
		t.Errorf("they take %d MiB", got>>20)
	}
	for _, c := range all {
		must(t, c.SetReadDeadline(time.Now().Add(2*time.Minute)))
		buf := make([]byte, 4096)
		for {
			if _, err := c.Read(buf); err != nil {
				if os.IsTimeout(err) {
					t.Fatal("a stalled connection stays")
				}
				break
			}
		}
	}
	if h.events.Count(ftpd.LoginFailed) > 0 || h.events.Count(ftpd.LoggedIn) != 1 {
		t.Errorf("%d logins have failed, and %d not", h.events.Count(ftpd.LoginFailed), h.events.Count(ftpd.LoggedIn))
	}
}

// comes logs ann in and lets her ask something. She tries again, as people do.
func comes(t *testing.T, h *host) {
	t.Helper()
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		c, err := h.dial("ann", gossh.PublicKeys(h.key))
		if err == nil {
			t.Cleanup(func() { _ = c.Close() })
			if kind, _ := open(t, c).ask(16, "."); kind != 104 {
				t.Error("a session is not answered beside stalled ones")
			}
			return
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("nobody gets in beside stalled connections: %v", err)
		}
	}
}

// weight returns the bytes of heap and stacks that are in use.
func weight() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}
