package sftp_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/crawler/sftp"
	"trawl/index"
)

// fill makes a directory of n empty files and returns it and their names.
func fill(t testing.TB, n int) (dir string, names map[string]bool) {
	t.Helper()
	dir, names = t.TempDir(), make(map[string]bool, n)
	for i := range n {
		name := fmt.Sprintf("package-%07d_1.%d-%d_amd64.deb", i, i%97, i%7)
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		names[name] = true
	}
	return dir, names
}

// count lists a directory and returns how many entries came; each deletes its name
// from names.
func count(t testing.TB, srv crawler.Server, dir string, names map[string]bool) (entries int) {
	t.Helper()
	err := srv.Ways()[0].List(t.Context(), index.Path(dir), func(l index.Listing) error {
		if l.State != index.Complete {
			t.Errorf("%s: %s", l.State, l.Why)
		}
		for i := range l.Entries {
			delete(names, l.Entries[i].Name)
		}
		entries += len(l.Entries)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return entries
}

// TestLargeOpenSSH lists 20,000 files of OpenSSH's server, in 200 packets: each once,
// and over a round-trip time of 100 ms without waiting for each.
func TestLargeOpenSSH(t *testing.T) {
	t.Parallel()
	const files, rtt = 20_000, 100 * time.Millisecond
	dir, names := fill(t, files)
	daemon := startSSHD(t)
	host := daemon.host(dir)
	host.ID, _, _, _ = index.ParseHost("sftp://" + far(t, daemon.addr, rtt) + dir)
	srv := connect(t, &sftp.Source{}, host)
	start := time.Now()
	if n := count(t, srv, dir, names); n != files || len(names) > 0 {
		t.Errorf("%d entries, %d names missing", n, len(names))
	}
	if took := time.Since(start); took > files/100*rtt/2 {
		t.Errorf("%v", took)
	}
}

// BenchmarkMillion lists a million files of OpenSSH's server, and has its own client
// and rclone list the same.
func BenchmarkMillion(b *testing.B) {
	const files = 1_000_000
	dir, names := fill(b, files)
	daemon := startSSHD(b)
	b.Run("trawl", func(b *testing.B) {
		for b.Loop() {
			srv := connect(b, &sftp.Source{}, daemon.host(dir))
			most := highest(b)
			if n := count(b, srv, dir, names); n != files || len(names) > 0 {
				b.Fatalf("%d entries, %d names missing", n, len(names))
			}
			b.ReportMetric(float64(most())/(1<<20), "MiB-heap")
		}
		b.ReportMetric(files*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
	})
	_, port, _ := strings.Cut(daemon.addr, ":")
	for name, args := range map[string][]string{
		"sftp": {"sftp", "-q", "-b", "-", "-P", port, "-i", daemon.keyFile, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", daemon.user + "@127.0.0.1"},
		"rclone": {
			"rclone", "lsf", "--config", "/dev/null", "--sftp-host", "127.0.0.1", "--sftp-port", port, "--sftp-user", daemon.user,
			"--sftp-key-file", daemon.keyFile, "--sftp-shell-type", "none", ":sftp:" + dir,
		},
	} {
		b.Run(name, func(b *testing.B) {
			if _, err := exec.LookPath(args[0]); err != nil {
				b.Skip("needs the Debian package of " + args[0])
			}
			for b.Loop() {
				cmd := exec.CommandContext(b.Context(), args[0], args[1:]...)
				cmd.Stdin = strings.NewReader("ls -1f " + dir + "\n")
				out, err := cmd.Output()
				if n := strings.Count(string(out), ".deb"); err != nil || n != files {
					b.Fatalf("%d lines, %v", n, err)
				}
			}
			b.ReportMetric(files*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
		})
	}
}

// highest watches the heap; what it returns ends that and tells by how much it grew at
// most.
func highest(t testing.TB) func() uint64 {
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan uint64)
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	go func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		var most uint64
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			select {
			case <-ctx.Done():
				told <- most - before.HeapAlloc
				return
			case <-tick.C:
			}
		}
	}()
	return func() uint64 {
		cancel()
		return <-told
	}
}
