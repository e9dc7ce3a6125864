package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jlaffaye/ftp"
)

// service is a trawl serve that a fake service manager has started. A real one would need a machine that systemd has started.
type service struct {
	*exec.Cmd

	t       *testing.T
	manager *net.UnixConn
	said    *lines
}

// lines is what a process has printed so far.
type lines struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// await waits until the process has printed what a pattern says, and returns its last group.
func (s *service) await(pattern string) string {
	s.t.Helper()
	expr := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if m := expr.FindStringSubmatch(s.said.String()); m != nil {
			return m[len(m)-1]
		}
	}
	s.t.Fatalf("it never says %s; it says\n%s", pattern, s.said)
	return ""
}

// hear waits until the manager hears a message that begins so, and returns it.
func (s *service) hear(prefix string) string {
	s.t.Helper()
	var heard []string
	for {
		_ = s.manager.SetReadDeadline(time.Now().Add(time.Minute))
		b := make([]byte, 4096)
		n, err := s.manager.Read(b)
		if err != nil {
			s.t.Fatalf("%s: %v; heard %q; it says\n%s", prefix, err, heard, s.said)
		}
		if heard = append(heard, string(b[:n])); strings.HasPrefix(string(b[:n]), prefix) {
			return string(b[:n])
		}
	}
}

// startService starts trawl serve with a file of 64 MiB.
func startService(t *testing.T, args ...string) *service {
	t.Helper()
	exe, err := exec.LookPath("trawl") // testscript has put it there
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	if err := os.Mkdir(root, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "big.bin"), make([]byte, 64<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(dir, "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: at, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = manager.Close() })
	s := &service{t: t, manager: manager, said: new(lines)}
	s.Cmd = exec.CommandContext(context.WithoutCancel(t.Context()), exe,
		append([]string{"--data", filepath.Join(dir, "data"), "serve", "--http", "127.0.0.1:0", "--ftp", "127.0.0.1:0", "--root", root}, args...)...)
	s.Env = append(os.Environ(), "NOTIFY_SOCKET="+at, "WATCHDOG_USEC=2000000")
	s.Stdout, s.Stderr = s.said, s.said
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Process.Kill() })
	return s
}

// download begins to download the file, and returns it with a piece of it read.
func (s *service) download() *ftp.Response {
	s.t.Helper()
	at := s.await(`on ftp://(127\.0\.0\.1:\d+)/`)
	c, err := ftp.Dial(at, ftp.DialWithTimeout(time.Minute))
	if err != nil {
		s.t.Fatal(err)
	}
	if err := c.Login("anonymous", "a@b"); err != nil {
		s.t.Fatal(err)
	}
	r, err := c.Retr("big.bin")
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := io.ReadFull(r, make([]byte, 1<<10)); err != nil {
		s.t.Fatal(err)
	}
	return r
}

// TestService holds serve to what a service manager expects: it says when it is ready, reloads and ends, shows that it lives, and
// lets what is under way end. Its exit code is 0.
func TestService(t *testing.T) {
	s := startService(t, "--grace", "1m")
	for _, want := range []string{"STATUS=opening the catalogue", "EXTEND_TIMEOUT_USEC=", "READY=1", "STATUS=serving", "WATCHDOG=1", "WATCHDOG=1"} {
		s.hear(want)
	}
	r := s.download()
	_ = s.Process.Signal(syscall.SIGHUP)
	s.hear("RELOADING=1\nMONOTONIC_USEC=")
	s.hear("READY=1")
	_ = s.Process.Signal(syscall.SIGTERM)
	s.hear("STOPPING=1")
	s.await(`ending: 1 transfer has 1m0s; another SIGTERM ends at once`)
	s.hear("STATUS=ending: 1 transfer has")
	s.hear("WATCHDOG=1") // it lives until its end
	if n, err := io.Copy(io.Discard, r); err != nil || n != 64<<20-1<<10 {
		t.Errorf("the transfer under way: %d bytes, %v", n, err)
	}
	_ = r.Close()
	if err := s.Wait(); err != nil {
		t.Errorf("%v; it says\n%s", err, s.said)
	}
}

// TestServiceTwice ends what is under way at the second signal, and still in order.
func TestServiceTwice(t *testing.T) {
	s := startService(t, "--grace", "1h")
	s.hear("READY=1")
	r := s.download()
	defer func() { _ = r.Close() }()
	_ = s.Process.Signal(syscall.SIGTERM)
	s.await(`ending: 1 transfer has 1h`)
	_ = s.Process.Signal(syscall.SIGTERM)
	if err := s.Wait(); err != nil {
		t.Errorf("%v; it says\n%s", err, s.said)
	}
	if _, err := io.Copy(io.Discard, r); err == nil {
		t.Log("the system had all of the file already")
	}
}
