package embedded

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/enginetest"
)

var update = flag.Bool("update", false, "write the catalogue of the present format anew; that of a released format must stay")

// fixture holds a catalogue as version 1 of the format wrote it, as a tar file.
const fixture = "testdata/format1.tar.gz"

// TestFormat1IsRead proves the promise that a catalogue of a released format stays
// readable. The fixture holds blocks, masks, patches, texts, postings and a dictionary.
func TestFormat1IsRead(t *testing.T) {
	t.Parallel()
	if *update {
		writeFixture(t)
	}
	dir := t.TempDir()
	unpackFixture(t, dir)
	e := openTest(t, dir, Options{Repeats: 1})
	for i := range 40 {
		l, err := e.List(t.Context(), enginetest.Host, index.Path(fmt.Sprintf("/d%d", i)), "", 0)
		if err != nil || len(l.Entries) != 6 || l.Entries[3].Name != fmt.Sprintf("second-%02d.iso", i) {
			t.Fatalf("/d%d: %+v, %v", i, l, err)
		}
	}
	if h, err := e.Host(t.Context(), enginetest.Host); err != nil || h.Doors != nil || len(h.Bases()) != 1 || h.Bases()[0] != enginetest.Host {
		t.Errorf("a host of before there were doors: %+v, %v", h, err)
	}
	for _, bucket := range []string{"masks", "patches", "texts", "abouts"} {
		if n, err := e.store.Keys(bucket); err != nil || n == 0 {
			t.Errorf("the fixture has no %s: %v", bucket, err)
		}
	}
	for words, want := range map[string]int{
		"readme kind:file": 40, "first": 40, "first host:ftp": 0, "second": 40, "second-07": 1,
		"host:other": 84, "size:>1000000": 78, "über": 1, "kind:link": 1,
	} {
		if a := ask(t, e, words); a.Total != want || !a.Exact {
			t.Errorf("%q: found %d, exact %t, want %d", words, a.Total, a.Exact, want)
		}
	}
	// Its references to blocks have no sums.
	below := index.Sum{Directories: 40, Files: 200, Bytes: 40*(int64(len(fixtureText))+100+7) + 39*20*(1+1<<30)}
	if p, err := e.Page(t.Context(), enginetest.Host, "/", index.View{}); err == nil {
		t.Errorf("the fixture has a root: %+v", p)
	}
	sum := index.Sum{}
	for i := range 40 {
		p, err := e.Page(t.Context(), enginetest.Host, index.Path(fmt.Sprintf("/d%d", i)), index.View{})
		if err != nil || !p.Exact || p.Below != p.Own {
			t.Errorf("/d%d: %+v, %v", i, p, err)
		}
		sum.Directories, sum.Files, sum.Bytes = sum.Directories+p.Below.Directories, sum.Files+p.Below.Files, sum.Bytes+p.Below.Bytes
	}
	if sum != below {
		t.Errorf("below is %+v, want %+v", sum, below)
	}
	text, err := e.Text(t.Context(), enginetest.Host, "/d0/INDEX")
	if err != nil || text.Body != fixtureText {
		t.Errorf("text %q, %v", text.Body, err)
	}
	if err := e.Check(t.Context(), func(problem string) { t.Error(problem) }); err != nil {
		t.Error(err)
	}
}

const fixtureText = "readme.txt  how to read the rest\n"

// writeFixture makes the catalogue and packs it.
func writeFixture(t *testing.T) {
	dir := t.TempDir()
	e := openTest(t, dir, Options{Repeats: 1, BlockSize: 32})
	for _, host := range []index.HostID{"ftp://other.example.org/", enginetest.Host} {
		enginetest.Remember(t, e, host)
		putFixture(t, e, host, "first")
	}
	err := e.PutText(t.Context(), index.Text{Host: enginetest.Host, Path: "/d0/INDEX", Size: int64(len(fixtureText)), Body: fixtureText, Taken: time.Unix(1e9, 0)})
	if err != nil {
		t.Fatal(err)
	}
	proves(t, e)
	putFixture(t, e, enginetest.Host, "second") // leaves masks and patches
	proves(t, e)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	files := tar.NewWriter(zip)
	if err := errors.Join(files.AddFS(os.DirFS(dir)), files.Close(), zip.Close()); err != nil {
		t.Fatal(err)
	}
	if packed.Len() > 100_000 {
		t.Fatalf("the fixture has %d bytes", packed.Len())
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(fixture), 0o755), os.WriteFile(fixture, packed.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// putFixture crawls a host of 40 directories, in each of which one name says which crawl
// it was.
func putFixture(t *testing.T, e *Engine, host index.HostID, name string) {
	t.Helper()
	var all []index.Listing
	for i := range 40 {
		all = append(all, index.Listing{Dir: index.Path(fmt.Sprintf("/d%d", i)), Taken: time.Unix(1e9, 0), Way: "MLSD", Entries: []index.Entry{
			{Name: "INDEX", Size: int64(len(fixtureText)), Unix: 1e9, Precision: index.Second},
			{Name: "latest", Kind: index.Link, Target: "readme.txt", Size: index.UnknownSize},
			{Name: "readme.txt", Size: int64(100 + i), Unix: 1e9 - 40, Precision: index.Minute},
			{Name: "sub", Kind: index.Dir, Size: index.UnknownSize},
			{Name: "über", Raw: "\xfcber", Size: 7},
			{Name: fmt.Sprintf("%s-%02d.iso", name, i), Size: int64(i) << 30, Unix: int64(i) * 86400, Precision: index.Day},
		}})
	}
	c := enginetest.Begin(t, e, host, true)
	if err := errors.Join(c.Put(t.Context(), all...), c.Finish(t.Context(), true)); err != nil {
		t.Fatal(err)
	}
}

// unpackFixture unpacks the catalogue into a directory.
func unpackFixture(t *testing.T, dir string) {
	t.Helper()
	packed, err := os.ReadFile(fixture)
	if err != nil {
		t.Fatal(err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	files := tar.NewReader(zip)
	for {
		head, err := files.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(head.Name))
		if head.FileInfo().IsDir() {
			err = os.MkdirAll(path, 0o700)
		} else {
			var data []byte
			if data, err = io.ReadAll(files); err == nil {
				err = errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, data, 0o600))
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
