package ftpd_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/guard"
	"trawl/index/indextest/needs"
)

// TestParallel has 1,000 sessions at once, each of which lists and fetches; all
// get all. They are all logged in before the first of them fetches.
func TestParallel(t *testing.T) {
	const sessions, size = 1000, 64 << 10
	if limit := new(syscall.Rlimit); syscall.Getrlimit(syscall.RLIMIT_NOFILE, limit) != nil || limit.Cur < 6*sessions {
		t.Skipf("needs ulimit -n %d, has %d", 6*sessions, limit.Cur)
	}
	_, root := folder(t, map[string]string{"file": strings.Repeat("x", size)})
	addr := serveAt(t, &ftpd.Server{FS: ftpd.Dir(root), Guard: guard.New(guard.Config{AddrSessions: -1})}, needs.Own())
	clients := make([]*client, sessions)
	for i := range clients {
		clients[i] = login(t, addr)
		_ = clients[i].SetDeadline(time.Now().Add(5 * time.Minute))
	}
	lost := make(chan string, sessions)
	var wg sync.WaitGroup
	for _, c := range clients {
		wg.Go(func() {
			for command, want := range map[string]int{"RETR file": size, "NLST": len("file\r\n")} {
				if data, reply, err := c.tryFetch(command); len(data) != want || !strings.HasPrefix(reply, "226 ") {
					lost <- fmt.Sprintf("%s: %d bytes, %q, %v", command, len(data), reply, err)
				}
			}
		})
	}
	wg.Wait()
	close(lost)
	for what := range lost {
		t.Error(what)
	}
}

// vsftpd serves dir with Debian's vsftpd until b ends and returns its address.
func vsftpd(b *testing.B, dir string) string {
	program := needs.Program(b, "vsftpd", "vsftpd")
	addr := needs.Port(b)
	_, port, _ := net.SplitHostPort(addr)
	conf := filepath.Join(b.TempDir(), "vsftpd.conf")
	settings := "listen=YES\nlisten_address=127.0.0.1\nlisten_port=" + port + "\nbackground=NO\nanonymous_enable=YES\n" +
		"anon_root=" + dir + "\nxferlog_enable=NO\nmax_clients=0\nsecure_chroot_dir=" + b.TempDir() + "\nseccomp_sandbox=NO\n"
	if err := os.WriteFile(conf, []byte(settings), 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), program, conf)
	start(b, cmd)
	return answering(b, addr)
}

// served serves dir with ftpd in a process of its own, as vsftpd is one.
func served(b *testing.B, dir string) string {
	addr := needs.Port(b)
	cmd := exec.CommandContext(b.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), serveDir+"="+dir, serveAddr+"="+addr)
	start(b, cmd)
	return answering(b, addr)
}

// start runs cmd until b ends, or is killed.
func start(b *testing.B, cmd *exec.Cmd) {
	cmd.SysProcAttr = needs.Tied()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// answering returns addr when somebody listens there.
func answering(b *testing.B, addr string) string {
	for range 100 {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			return addr
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.Fatalf("nobody answers at %s", addr)
	return ""
}

// BenchmarkDownload fetches a file of 256 MiB, and one of 4 KiB, from ftpd and
// from vsftpd by turns, and reports the medians and how much faster ftpd is.
func BenchmarkDownload(b *testing.B) {
	dir, root := folder(b, map[string]string{"large": strings.Repeat("x", 256<<20), "small": strings.Repeat("x", 4<<10)})
	root.Close()
	for _, d := range []string{dir, filepath.Dir(dir)} { // vsftpd reads as user ftp
		if err := os.Chmod(d, 0o755); err != nil {
			b.Fatal(err)
		}
	}
	ours, theirs := login(b, served(b, dir)), login(b, vsftpd(b, dir))
	for _, c := range []*client{ours, theirs} {
		c.want("TYPE I", "200 ")
		_ = c.SetDeadline(time.Time{})
	}
	for file, size := range map[string]int64{"large": 256 << 20, "small": 4 << 10} {
		b.Run(file, func(b *testing.B) {
			took := map[*client][]time.Duration{}
			for b.Loop() {
				for _, c := range []*client{ours, theirs} {
					start := time.Now()
					c.download(file, size)
					took[c] = append(took[c], time.Since(start))
				}
			}
			mine, other := median(took[ours]), median(took[theirs])
			b.ReportMetric(0, "ns/op") // of both: it says nothing
			b.ReportMetric(mine.Seconds()*1000, "ms-ftpd")
			b.ReportMetric(other.Seconds()*1000, "ms-vsftpd")
			b.ReportMetric(other.Seconds()/mine.Seconds(), "x-vsftpd")
		})
	}
}

// download fetches a file and throws it away.
func (c *client) download(file string, size int64) {
	data := c.begin("RETR " + file)
	defer data.Close()
	if n, err := io.Copy(io.Discard, data); n != size || err != nil {
		c.t.Fatalf("%d bytes: %v", n, err)
	}
	if got := c.reply(); !strings.HasPrefix(got, "226 ") {
		c.t.Fatalf("the transfer ends with %q", got)
	}
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
