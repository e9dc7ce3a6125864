package enginetest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"trawl/index/indextest/needs"
)

// Eventually waits until a condition holds, and fails the test if it never does.
func Eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// SmallDisk mounts a disk of a size, such as "200k", at dir and returns dir.
func SmallDisk(t *testing.T, dir, size string) string {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := needs.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		needs.Missing(t, "the right to mount (root)")
	}
	t.Cleanup(func() { _ = needs.Unmount(dir) })
	return dir
}

// BytesWritten returns how many bytes this process has passed to write so far.
func BytesWritten(b *testing.B) float64 {
	b.Helper()
	data, err := os.ReadFile("/proc/self/io")
	if err != nil {
		b.Skip(err)
	}
	var read, wrote float64
	if _, err := fmt.Sscanf(string(data), "rchar: %g\nwchar: %g", &read, &wrote); err != nil {
		b.Fatal(err)
	}
	return wrote
}

// DiskUse sums the files below a directory.
func DiskUse(tb testing.TB, dir string) (total int64) {
	tb.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return total
}

// BenchEntries returns how many entries the benchmarks work with: $TRAWL_BENCH, or a few.
func BenchEntries() int {
	if n, err := strconv.Atoi(os.Getenv("TRAWL_BENCH")); err == nil {
		return n
	}
	return 200_000
}
