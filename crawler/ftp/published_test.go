package ftp_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/crawler/ftp/ftptest"
	"trawl/index"
	"trawl/index/indextest/needs"
)

// TestPublished reads lists that an archive publishes, packed in all ways.
func TestPublished(t *testing.T) {
	root := ftptest.Tree(t, 500, 60)
	want := ftptest.Find(t, root)
	addr := ftptest.Vsftpd(t, root)
	for _, tt := range []struct{ name, list, pack string }{
		{"ls-lR", "ls -laR .", "cat"},
		{"ls-lR.gz", "ls -laR .", "gzip -c"},
		{"ls-lR.bz2", "ls -laR .", "bzip2 -c"},
		{"ls-lR.xz", "ls -laR .", "xz -c"},
		{"ls-lR.zst", "ls -laR .", "zstd -c"},
		{"ls-lR.Z", "ls -laR .", "compress -c"},
		{"find-ls.gz", "find . -ls", "gzip -c"},
		{"INDEX", "find . -ls", "cat"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, err := exec.CommandContext(t.Context(), needs.Program(t, "sh", "dash"), "-c", "cd "+root+" && LC_ALL=C "+tt.list).Output()
			if err != nil {
				t.Fatal(err)
			}
			publish(t, filepath.Join(root, tt.name), tt.pack, list)
			srv := connect(t, addr, nil)
			if got := srv.Known().Published; got != "/"+tt.name {
				t.Fatalf("Published %q", got)
			}
			if first := waysOf(srv)[0].name; first != tt.name {
				t.Fatalf("the first way is %q", first)
			}
			got, err := walk(t.Context(), waysOf(srv)[0])
			if err != nil {
				t.Fatal(err)
			}
			compare(t, want, got)
		})
	}
}

// TestKnown asks nothing anew that is known: FEAT, at which the server hangs by now, is
// left out, and where the list was it is looked for again.
func TestKnown(t *testing.T) {
	liar := ftptest.StartLiar(t, ftptest.HalfList)
	first := connect(t, liar.Addr, nil).Known()
	if first.Published != "/ls-lR.gz" || len(first.Features) == 0 {
		t.Fatalf("found out: %+v", first)
	}
	for _, tt := range []struct {
		lie       ftptest.Lie
		published string
	}{{ftptest.HalfList, "/ls-lR.gz"}, {ftptest.HangFeat, ""}} {
		liar.Become(tt.lie)
		start := time.Now()
		known := connect(t, liar.Addr, func(h *index.Host) { h.Known = first }).Known()
		if !slices.Equal(known.Features, first.Features) || known.Published != tt.published {
			t.Errorf("%s: known is %+v", tt.lie, known)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: it took %s", tt.lie, took)
		}
	}
}

// packers are the Debian packages of the programs that pack.
var packers = map[string]string{
	"cat": "coreutils", "gzip": "gzip", "bzip2": "bzip2", "xz": "xz-utils", "zstd": "zstd", "compress": "ncompress",
}

// publish writes a list, packed, and removes it when the test ends.
func publish(t *testing.T, name, pack string, list []byte) {
	t.Helper()
	program, flags, _ := strings.Cut(pack, " ")
	cmd := exec.CommandContext(t.Context(), needs.Program(t, program, packers[program]), strings.Fields(flags)...)
	cmd.Stdin = bytes.NewReader(list)
	packed, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", pack, err)
	}
	if err := os.WriteFile(name, packed, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(name) })
}

// TestPublishedStale does not use lists that are old, and detects files that are no lists.
func TestPublishedStale(t *testing.T) {
	root := t.TempDir()
	addr := ftptest.Vsftpd(t, root)
	name := filepath.Join(root, "ls-lR.gz")
	good := ".:\ntotal 0\n-rw-r--r-- 1 ftp ftp 5 Jan  1  2020 a\n"
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 5000 {
		_, _ = z.Write(bytes.Repeat([]byte("a line that does not end "), 1000))
	}
	_ = z.Close()
	publish(t, name, "gzip -c", []byte(good))
	old := time.Now().Add(-8 * 24 * time.Hour)
	if err := os.Chtimes(name, old, old); err != nil {
		t.Fatal(err)
	}
	srv := connect(t, addr, nil)
	if slices.ContainsFunc(waysOf(srv), func(w way) bool { return w.name == "ls-lR.gz" }) {
		t.Error("an old list is used")
	}
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"cut", gzipped(good)[:40], "unexpected EOF"},
		{"not gzip", []byte("\x1f\x8bnonsense"), "unpack gzip"},
		{"a page", gzipped("<html>Not here</html>\n"), "not understood"},
		{"names only", gzipped(strings.Repeat("./pub/a\n./pub/b\n./pub/c\n./README\n", 3)), ""},
		{"a bomb", bomb.Bytes(), "300 times its size"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			publish(t, name, "cat", tt.data)
			way := wayOf(t, connect(t, addr, nil), "ls-lR.gz")
			err := way.Tree(t.Context(), "/", func(index.Listing) error { return nil })
			if !errors.Is(err, crawler.ErrBroken) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want ErrBroken: %s", err, tt.want)
			}
		})
	}
}

func gzipped(s string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.Bytes()
}
