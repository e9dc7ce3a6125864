package gone_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trawl/index"
	"trawl/web/gone"
)

const host = index.HostID("ftp://h.example/")

// book returns the Book of a file.
func book(t *testing.T, file string, log *strings.Builder) *gone.Book {
	t.Helper()
	b := gone.At(file, slog.New(slog.NewTextHandler(log, nil)))
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// TestAgain opens a Book again.
func TestAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gone.log")
	var log strings.Builder
	paths := []index.Path{"/pub/a b.iso", "/pub/caf\xe9.txt", "/line\nbreak", "/100%", "/1 ftp://h/ /x"}
	first := book(t, file, &log)
	first.Add(host, paths...)
	first.Add(host, paths[0])
	first.Add("sftp://h.example:2222/", "/other", index.Path("/"+strings.Repeat("x", 1<<20)))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again := book(t, file, &log)
	for _, p := range paths {
		if !again.Has(host, p) {
			t.Errorf("%q is not gone", p)
		}
	}
	if !again.Has("sftp://h.example:2222/", "/other") || again.Has(host, "/other") || again.Has(host, "/x") {
		t.Error("paths of one host are gone on another")
	}
	if got := lines(t, file); len(got) != len(paths)+1 || !strings.HasSuffix(got[0], " ftp://h.example/ /pub/a%20b.iso\n") {
		t.Errorf("the file is %q", got)
	}
	if log.Len() > 0 {
		t.Error(log.String())
	}
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.SplitAfter(strings.TrimSuffix(string(text), "\n")+"\n", "\n")[:strings.Count(string(text), "\n")]
}

// TestMost adds more paths than are remembered: the oldest are forgotten, and the file does not grow.
func TestMost(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gone.log")
	var log strings.Builder
	b := book(t, file, &log)
	for i := 0; i < 3*gone.Most; i += 50 {
		var some []index.Path
		for k := range 50 {
			some = append(some, index.Path(fmt.Sprintf("/%d", i+k)))
		}
		b.Add(host, some...)
	}
	if b.Has(host, "/0") || b.Has(host, index.Path(fmt.Sprintf("/%d", 2*gone.Most-1))) {
		t.Error("more are remembered than may be")
	}
	for _, i := range []int{2 * gone.Most, 3*gone.Most - 1} {
		if !b.Has(host, index.Path(fmt.Sprintf("/%d", i))) {
			t.Errorf("/%d is forgotten", i)
		}
	}
	if n := len(lines(t, file)); n > 2*gone.Most {
		t.Errorf("the file has %d lines", n)
	}
}

// TestDamaged reads files with lines that nobody wrote whole.
func TestDamaged(t *testing.T) {
	now := time.Now().Unix()
	old := time.Now().Add(-gone.Age - time.Hour).Unix()
	file := filepath.Join(t.TempDir(), "gone.log")
	text := fmt.Sprintf("%d %s /old\n%d %s /good\n\x00\x00\n%d\nx y /z\n%d %s relative\n%d %s /bad%%zz\n%d %s /future\n%d %s /to", old, host, now, host, now, now, host, now, host,
		now+1e6, host, now, host)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	b := book(t, file, &log)
	for p, want := range map[index.Path]bool{"/good": true, "/old": false, "/future": false, "/z": false, "/new": false} {
		if got := b.Has(host, p); got != want {
			t.Errorf("%s: %v", p, got)
		}
	}
	b.Add(host, "/new")
	got := lines(t, file)
	if last := got[len(got)-1]; !strings.HasSuffix(last, " /new\n") {
		t.Errorf("the last line is %q", last)
	}
	if again := book(t, file, &log); !again.Has(host, "/good") || !again.Has(host, "/new") {
		t.Errorf("lost: %q", got)
	}
}

// TestNoDisk remembers in memory what cannot be written, and says so once.
func TestNoDisk(t *testing.T) {
	var log strings.Builder
	b := book(t, filepath.Join(t.TempDir(), "missing", "gone.log"), &log)
	for i := range 5 {
		b.Add(host, index.Path(fmt.Sprintf("/%d", i)))
	}
	if !b.Has(host, "/0") || !b.Has(host, "/4") {
		t.Error("forgotten")
	}
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("%d lines: %s", n, log.String())
	}
}
