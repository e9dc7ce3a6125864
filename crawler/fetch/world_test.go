package fetch_test

import (
	"cmp"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/crawler/fetch"
	"trawl/crawler/ftp"
	"trawl/crawler/gopher"
	"trawl/crawler/sftp"
	"trawl/index"
	"trawl/index/indextest"
)

// world is a catalogue with files on some hosts, and a Fetcher of them.
type world struct {
	*testing.T

	*fetch.Fetcher

	cat     *indextest.Brute
	sources []crawler.Source
}

// newWorld returns a world without hosts.
func newWorld(t *testing.T, limits fetch.Limits, sources ...crawler.Source) *world {
	t.Helper()
	limits.Silence = cmp.Or(limits.Silence, 10*time.Second)
	if sources == nil {
		sources = []crawler.Source{&ftp.Source{}, &sftp.Source{}, &gopher.Source{}}
	}
	w := &world{T: t, cat: indextest.NewBrute(), sources: sources}
	w.Fetcher = fetch.New(fetch.Config{Catalogue: w.cat, Sources: sources, Limits: limits})
	t.Cleanup(func() { _ = w.Close() })
	return w
}

// host adds a host with one directory.
func (w *world) host(url string, set func(*index.Settings), dir index.Path, entries ...index.Entry) index.HostID {
	w.Helper()
	return record(w.T, w.cat, url, set, dir, entries...)
}

// record adds a host with one directory to a catalogue.
func record(t testing.TB, cat *indextest.Brute, url string, set func(*index.Settings), dir index.Path, entries ...index.Entry) index.HostID {
	t.Helper()
	id := index.HostID(url)
	err := cat.Update(t.Context(), id, func(h *index.Host) error {
		if set != nil {
			set(&h.Settings)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := cat.Begin(t.Context(), id, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Put(t.Context(), index.Listing{Dir: dir, Taken: time.Now(), Entries: entries}); err != nil {
		t.Fatal(err)
	}
	if err := c.Finish(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	return id
}

// benchFetcher returns a Fetcher of a host of FTP with some files.
func benchFetcher(b *testing.B, addr string, entries ...index.Entry) (*fetch.Fetcher, index.HostID) {
	b.Helper()
	cat := indextest.NewBrute()
	id := record(b, cat, "ftp://"+addr+"/", nil, "/", entries...)
	f := fetch.New(fetch.Config{Catalogue: cat, Sources: []crawler.Source{&ftp.Source{}}})
	b.Cleanup(func() { _ = f.Close() })
	return f, id
}

// drain reads a file.
func drain(b *testing.B, f *fetch.Fetcher, file fetch.File) {
	b.Helper()
	body, err := f.Open(b.Context(), file, 0)
	if err != nil {
		b.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, body); n != file.Size || err != nil {
		b.Fatalf("%d bytes, %v", n, err)
	}
	_ = body.Close()
}

// at returns a file of some places.
func at(name string, size int64, places ...string) fetch.File {
	f := fetch.File{Name: name, Size: size}
	for i := 0; i < len(places); i += 2 {
		f.Places = append(f.Places, index.Place{Host: index.HostID(places[i]), Path: index.Path(places[i+1])})
	}
	return f
}

// read reads a file from an offset on.
func (w *world) read(f fetch.File, offset int64) (string, error) {
	b, err := w.Open(w.Context(), f, offset)
	if err != nil {
		return "", err
	}
	got, err := io.ReadAll(b)
	_ = b.Close()
	return string(got), err
}

// noise returns so many bytes that are always the same, and never twice.
func noise(n int) []byte {
	all := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{}).Read(all)
	return all
}

// write writes a file of a tree that servers may read, and dates it.
func write(t testing.TB, root, name string, content []byte) {
	t.Helper()
	file := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, then(), then()); err != nil {
		t.Fatal(err)
	}
}

// then is the time of all files.
func then() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC) }
