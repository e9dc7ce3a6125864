package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// formats holds a data directory of each combination of formats that was ever written, as NAME.tar.gz, and the combination as
// NAME.txt. In each, before.ls was imported for m1, m2 and m3, and then after.ls for m1. The names begin with a number, the
// newest has the highest.
const formats = "testdata/formats"

// formatQueries are 50 questions to such a data directory.
func formatQueries() (all []string) {
	for _, host := range []string{"", "host:m1", "host:m2.example.org"} {
		for _, q := range []string{
			"debian", "debian *.iso", "music live", "Музыка", "über", "manual NOT pdf", "release 01*", "ext:mp3", "ext:gz", "type:audio",
			"size:>1MB", "size:<10KB", "fresh", "time:>2018", "path:/pub/docs", "kernel-6.1 patch",
		} {
			all = append(all, strings.TrimSpace(q+" "+host))
		}
	}
	return append(all, "kind:dir", "*.iso")
}

// answersOf returns what trawl over a data directory answers to questions, in lines that are sorted.
func answersOf(t *testing.T, dir string, questions ...string) (answers []string) {
	t.Helper()
	run := inProcess(t, dir)
	for _, q := range questions {
		out, said, code := run(append([]string{"search", "-n", "0", "--urls"}, strings.Fields(q)...)...)
		if code > exitSome {
			t.Fatalf("%s: %s", q, said)
		}
		lines := strings.Split(out, "\n")
		slices.Sort(lines)
		answers = append(answers, q+": "+strings.Join(lines, "\n"))
	}
	return answers
}

// same compares answers, and says which question is answered otherwise.
func same(t *testing.T, got, want []string) {
	t.Helper()
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("the answer is\n%s\nand must be\n%s", got[i], want[i])
			return
		}
	}
}

// does runs trawl and returns what it prints.
func does(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, said, code := inProcess(t, dir)(args...)
	if code != 0 {
		t.Fatalf("trawl %v: %s%s", args, out, said)
	}
	return out
}

// TestUpgrade holds a data directory of each format to open: it answers as one of today does, is sound, is crawled on, and is
// backed up and restored.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	fresh := filepath.Join(t.TempDir(), "data")
	for _, host := range []string{"m1", "m2", "m3"} {
		does(t, fresh, "import", filepath.Join(formats, "before.ls"), "--host", "ftp://"+host+".example.org/")
	}
	does(t, fresh, "import", filepath.Join(formats, "after.ls"), "--host", "ftp://m1.example.org/")
	all := formatQueries()
	want := answersOf(t, fresh, all...)
	found := 0
	for _, a := range want {
		found += strings.Count(a, "ftp://")
	}
	if found < 1000 {
		t.Fatalf("the questions find %d places", found)
	}
	does(t, fresh, "import", filepath.Join(formats, "after.ls"), "--host", "ftp://m2.example.org/")
	later := answersOf(t, fresh, all[:16]...)
	fixtures, err := filepath.Glob(filepath.Join(formats, "*.tar.gz"))
	if err != nil || len(fixtures) < 4 {
		t.Fatalf("%d data directories, %v", len(fixtures), err)
	}
	for _, fixture := range fixtures {
		t.Run(strings.TrimSuffix(filepath.Base(fixture), ".tar.gz"), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "data")
			unpackTar(t, fixture, dir)
			same(t, answersOf(t, dir, all...), want)
			does(t, dir, "check")
			does(t, dir, "import", filepath.Join(formats, "after.ls"), "--host", "ftp://m2.example.org/")
			file, there := filepath.Join(t.TempDir(), "b.tar.zst"), filepath.Join(t.TempDir(), "there")
			does(t, dir, "backup", file)
			does(t, there, "restore", file)
			does(t, there, "check")
			same(t, answersOf(t, there, all[:16]...), later)
		})
	}
}

// unpackTar unpacks a tar.gz into a directory.
func unpackTar(t *testing.T, file, dir string) {
	t.Helper()
	packed, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	zip, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	for files := tar.NewReader(zip); ; {
		head, err := files.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if head.Typeflag != tar.TypeReg {
			continue
		}
		data, err := io.ReadAll(files)
		path := filepath.Join(dir, filepath.FromSlash(head.Name))
		if err = errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFormatsHaveFixtures holds who changes the version of a format to add a data directory of it.
func TestFormatsHaveFixtures(t *testing.T) {
	t.Parallel()
	is := versionsOf(t)
	texts, err := filepath.Glob(filepath.Join(formats, "*.txt"))
	if err != nil || len(texts) == 0 {
		t.Fatalf("no formats: %v", err)
	}
	newest, err := os.ReadFile(slices.Max(texts))
	if err != nil {
		t.Fatal(err)
	}
	if is != string(newest) {
		t.Errorf("the versions of the formats are\n%sand the newest data directory in %s has\n%sadd one that this build makes (see CONTRIBUTING.md)", is, formats, newest)
	}
}

// versionsOf returns a line for each constant in the engine that is a version of a format.
func versionsOf(t *testing.T) string {
	t.Helper()
	sources, err := filepath.Glob("../../index/embedded/internal/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	constant := regexp.MustCompile(`(?m)^\s*(?:const )?(\w*[vV]ersion)\s*= (\d+)`)
	var lines []string
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range constant.FindAllStringSubmatch(string(text), -1) {
			lines = append(lines, filepath.Base(filepath.Dir(source))+"/"+filepath.Base(source)+" "+m[1]+" "+m[2]+"\n")
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// TestNewerFormat holds a data directory of a newer Trawl to be refused in one line, and to stay as it is.
func TestNewerFormat(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	unpackTar(t, filepath.Join(formats, "4-0.1.0.tar.gz"), dir)
	db, err := bolt.Open(filepath.Join(dir, "trawl.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte{2}) })
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(dir, "trawl.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"check"}, {"search", "debian"}, {"backup", filepath.Join(t.TempDir(), "b")}} {
		out, said, code := inProcess(t, dir)(args...)
		if code != exitBad || out != "" || strings.Count(said, "\n") != 1 || !strings.Contains(said, "it was made by a newer Trawl") {
			t.Errorf("%v: %d, %s%s", args, code, out, said)
		}
	}
	if after, err := os.ReadFile(filepath.Join(dir, "trawl.db")); err != nil || string(after) != string(before) {
		t.Errorf("it was changed: %v", err)
	}
}
