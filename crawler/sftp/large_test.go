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
	"trawl/index/indextest/needs"
)

// numberedName is the name of file i.
func numberedName(i int) string { return fmt.Sprintf("package-%07d_1.%d-%d_amd64.deb", i, i%97, i%7) }

// fill makes a directory of n empty files.
func fill(t testing.TB, n int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for i := range n {
		f, err := os.Create(filepath.Join(dir, numberedName(i)))
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	return dir
}

// checkFilled lists a directory that fill made and finds each file once.
func checkFilled(t testing.TB, srv crawler.Server, dir string, n int) {
	t.Helper()
	seen := make([]bool, n)
	entries := 0
	err := onlyWay(srv).List(t.Context(), index.Path(dir), func(l index.Listing) error {
		if l.State != index.Complete {
			t.Errorf("%s: %s", l.State, l.Why)
		}
		for _, e := range l.Entries {
			var i int
			if _, err := fmt.Sscanf(e.Name, "package-%d", &i); err != nil || i >= n || seen[i] || e.Name != numberedName(i) {
				t.Fatalf("%q, %v", e.Name, err)
			}
			seen[i] = true
			entries++
		}
		return nil
	})
	if err != nil || entries != n {
		t.Errorf("%d entries, %v", entries, err)
	}
}

// TestLargeOpenSSH lists 20,000 files of OpenSSH's server, in 200 packets: each once,
// and over a round-trip time of 100 ms without waiting for each.
func TestLargeOpenSSH(t *testing.T) {
	t.Parallel()
	const files, rtt = 20_000, 100 * time.Millisecond
	dir := fill(t, files)
	daemon := startSSHD(t)
	host := daemon.host(dir)
	host.ID, _, _, _ = crawler.Schemes(&sftp.Source{}).Parse("sftp://" + far(t, daemon.addr, rtt) + dir)
	srv := connect(t, &sftp.Source{}, host)
	start := time.Now()
	checkFilled(t, srv, dir, files)
	if took := time.Since(start); took > files/100*rtt/2 {
		t.Errorf("%v", took)
	}
}

// BenchmarkMillion lists a million files of OpenSSH's server, and has its own client
// and rclone list the same.
func BenchmarkMillion(b *testing.B) {
	const files = 1_000_000
	dir := fill(b, files)
	daemon := startSSHD(b)
	b.Run("trawl", func(b *testing.B) {
		for b.Loop() {
			srv := connect(b, &sftp.Source{}, daemon.host(dir))
			most := highest(b)
			checkFilled(b, srv, dir, files)
			b.ReportMetric(float64(most())/(1<<20), "MiB-heap")
		}
		b.ReportMetric(files*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
	})
	_, port, _ := strings.Cut(daemon.addr, ":")
	debian := map[string]string{"sftp": "openssh-client", "rclone": "rclone"}
	for name, args := range map[string][]string{
		"sftp": {"sftp", "-q", "-b", "-", "-P", port, "-i", daemon.keyFile, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", daemon.user + "@127.0.0.1"},
		"rclone": {
			"rclone", "lsf", "--config", "/dev/null", "--sftp-host", "127.0.0.1", "--sftp-port", port, "--sftp-user", daemon.user,
			"--sftp-key-file", daemon.keyFile, "--sftp-shell-type", "none", ":sftp:" + dir,
		},
	} {
		b.Run(name, func(b *testing.B) {
			program := needs.Program(b, name, debian[name])
			for b.Loop() {
				cmd := exec.CommandContext(b.Context(), program, args[1:]...)
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

// highest watches the heap. The function that it returns ends the watch and returns by how
// much the heap grew at most.
func highest(t testing.TB) func() uint64 {
	ctx, cancel := context.WithCancel(t.Context())
	grown := make(chan uint64)
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
				grown <- most - before.HeapAlloc
				return
			case <-tick.C:
			}
		}
	}()
	return func() uint64 {
		cancel()
		return <-grown
	}
}
