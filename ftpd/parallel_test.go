package ftpd_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"trawl/ftpd"
)

// TestParallel has 1,000 sessions at once, each of which lists and fetches; all
// get all. They are all logged in before the first of them fetches.
func TestParallel(t *testing.T) {
	const sessions, size = 1000, 64 << 10
	if limit := new(syscall.Rlimit); syscall.Getrlimit(syscall.RLIMIT_NOFILE, limit) != nil || limit.Cur < 6*sessions {
		t.Skipf("needs ulimit -n %d, has %d", 6*sessions, limit.Cur)
	}
	_, root := folder(t, map[string]string{"file": strings.Repeat("x", size)})
	addr := serve(t, &ftpd.Server{FS: ftpd.Dir(root), MaxPerAddr: -1})
	clients := make([]*client, sessions)
	for i := range clients {
		clients[i] = login(t, addr)
		_ = clients[i].SetDeadline(time.Now().Add(time.Minute))
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
	program := need(b, "vsftpd", "vsftpd")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	ln.Close()
	conf := filepath.Join(b.TempDir(), "vsftpd.conf")
	settings := "listen=YES\nlisten_address=127.0.0.1\nlisten_port=" + port + "\nbackground=NO\nanonymous_enable=YES\n" +
		"anon_root=" + dir + "\nxferlog_enable=NO\nmax_clients=0\nsecure_chroot_dir=" + b.TempDir() + "\nseccomp_sandbox=NO\n"
	if err := os.WriteFile(conf, []byte(settings), 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.CommandContext(b.Context(), program, conf)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	addr := "127.0.0.1:" + port
	for range 100 {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			return addr
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.Fatal("vsftpd does not answer")
	return ""
}

// BenchmarkDownload fetches a file of 256 MiB, and one of 4 KiB, from ftpd and
// from vsftpd in turn.
func BenchmarkDownload(b *testing.B) {
	dir, root := folder(b, map[string]string{"large": strings.Repeat("x", 256<<20), "small": strings.Repeat("x", 4<<10)})
	if err := os.Chmod(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // vsftpd reads as user ftp
		b.Fatal(err)
	}
	for name, addr := range map[string]string{"ftpd": serve(b, &ftpd.Server{FS: ftpd.Dir(root)}), "vsftpd": vsftpd(b, dir)} {
		for file, size := range map[string]int64{"large": 256 << 20, "small": 4 << 10} {
			b.Run(file+"/"+name, func(b *testing.B) {
				c := login(b, addr)
				c.want("TYPE I", "200 ")
				_ = c.SetDeadline(time.Time{})
				b.SetBytes(size)
				for b.Loop() {
					data := c.begin("RETR " + file)
					n, err := io.Copy(io.Discard, data)
					data.Close()
					if n != size || err != nil {
						b.Fatalf("%d bytes: %v", n, err)
					}
					c.reply()
				}
			})
		}
	}
}
