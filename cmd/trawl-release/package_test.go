package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trawl/index/indextest/needs"
)

// built is Trawl for this machine, as it is published.
type built struct {
	source  *source
	program []byte
	papers  papers
}

// build builds it once for all tests.
var build = sync.OnceValues(func() (*built, error) {
	s, err := openSource(context.Background(), "0.1.0-a")
	if err != nil {
		return nil, err
	}
	program, err := s.build(context.Background(), here())
	if err != nil {
		return nil, err
	}
	papers, err := s.papers(context.Background(), program)
	return &built{s, program, papers}, err
})

func here() platform { return platform{runtime.GOOS, runtime.GOARCH} }

func published(t *testing.T) *built {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the program")
	}
	b, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// debian returns the package of a version of it.
func (b *built) debian(t *testing.T, version string) (name string, data []byte) {
	t.Helper()
	s := *b.source
	s.version = version
	name, data, err := s.debian(here(), b.program, b.papers)
	if err != nil {
		t.Fatal(err)
	}
	return name, data
}

// TestSameBytes builds Trawl in another folder: the bytes are the same. With TRAWL_COLD=1 nothing is kept from the first
// time, which takes minutes.
func TestSameBytes(t *testing.T) {
	b := published(t)
	clone := filepath.Join(t.TempDir(), "elsewhere")
	if out, err := exec.Command("git", "clone", "--quiet", b.source.root, clone).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// The clone gets what is not committed yet.
	if out, err := exec.Command("sh", "-c", `cd "$1" && git ls-files -z --cached --others --exclude-standard | xargs -0 sh -c 'for f; do [ ! -e "$f" ] || cp --parents "$f" "$0"; done' "$2"`,
		"sh", b.source.root, clone).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if os.Getenv("TRAWL_COLD") != "" {
		t.Setenv("GOCACHE", filepath.Join(t.TempDir(), "cache"))
	}
	other := *b.source
	other.root = clone
	again, err := other.build(t.Context(), here())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, b.program) {
		t.Error("the same source gives other bytes in another folder")
	}
	_, first := b.debian(t, "0.1.0-a")
	time.Sleep(time.Second) // the clock is in no package
	if _, second := b.debian(t, "0.1.0-a"); !bytes.Equal(first, second) {
		t.Error("the package has other bytes the second time")
	}
}

func TestArchives(t *testing.T) {
	b := published(t)
	want := []string{"CHANGELOG.md", "LICENSE", "LICENSES", "README.md", "SECURITY.md", "completions/_trawl", "completions/trawl.bash", "doc/installing.md", "man/trawl.1", "man/trawl-serve.1", "trawl.toml"}
	for _, os := range []string{"linux", "windows"} {
		p := platform{os, "arm64"}
		name, data, err := b.source.archive(p, b.program, b.papers)
		if err != nil {
			t.Fatal(err)
		}
		folder := "trawl-0.1.0-a-" + os + "-arm64/"
		got, program := names(t, name, data), folder+"trawl"
		if os == "windows" {
			program += ".exe"
		}
		for _, w := range append(want, strings.TrimPrefix(program, folder)) {
			if !slices.Contains(got, folder+w) {
				t.Errorf("%s lacks %s; it has %q", name, w, got)
			}
		}
		if !slices.IsSorted(got) {
			t.Errorf("%s is in no order: %q", name, got)
		}
	}
}

// names returns the names in a tar.gz or a zip.
func names(t *testing.T, name string, data []byte) (out []string) {
	t.Helper()
	if strings.HasSuffix(name, ".zip") {
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range z.File {
			out = append(out, f.Name)
		}
		return out
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for tape := tar.NewReader(unpacked); ; {
		head, err := tape.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, head.Name)
	}
}

// TestLicences proves that each module that is compiled in brings its licence.
func TestLicences(t *testing.T) {
	b := published(t)
	i := slices.IndexFunc(b.papers, func(f file) bool { return f.name == "LICENSES" })
	for _, want := range []string{"Go go1.", "github.com/blevesearch/bleve/v2 v", "github.com/gin-gonic/gin v", "Apache License", "MIT License"} {
		if !bytes.Contains(b.papers[i].data, []byte(want)) {
			t.Errorf("LICENSES lacks %s", want)
		}
	}
}

func TestLintian(t *testing.T) {
	lintian := needs.Program(t, "lintian", "lintian")
	b := published(t)
	name, data := b.debian(t, "0.1.0")
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(lintian, "--allow-root", "--fail-on", "error,warning", path).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("lintian: %v\n%s", err, out)
	}
}
