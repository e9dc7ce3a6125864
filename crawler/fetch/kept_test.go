package fetch_test

import (
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"trawl/crawler/fetch"
	"trawl/crawler/ftp"
	"trawl/crawler/ftp/ftptest"
	"trawl/crawler/pace"
	"trawl/index"
	"trawl/index/indextest/needs"
)

// sockets counts the established TCP connections of which one end has a port of a program:
// the control connection, and the data connections.
func sockets(t *testing.T, program string) (n int) {
	t.Helper()
	out, err := exec.Command(needs.Program(t, "ss", "iproute2"), "-Htnp", "state", "established").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(out), `"`+program)
}

// TestReaderGoes has the reader of a large file go away in the middle: the server has no data
// connection within 2 s, and the kept connection serves the next file.
func TestReaderGoes(t *testing.T) {
	root := ftptest.Ground(t)
	write(t, root, "big.iso", make([]byte, 64<<20))
	write(t, root, "small", []byte("next"))
	for _, peer := range ftptest.Peers()[:3] {
		t.Run(peer.Name, func(t *testing.T) {
			w := newWorld(t, fetch.Limits{})
			addr := peer.Start(t, root)
			id := w.host("ftp://"+addr+"/", nil, "/", index.Entry{Name: "big.iso", Size: 64 << 20}, index.Entry{Name: "small", Size: 4})
			body, err := w.Open(t.Context(), at("big.iso", 64<<20, string(id), "/big.iso"), 1000)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(body, make([]byte, 1<<20)); err != nil {
				t.Fatal(err)
			}
			_ = body.Close()
			for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
				left := sockets(t, "fetch.test")
				if left <= 1 { // the control connection
					break
				}
				if time.Now().After(end) {
					t.Errorf("%d connections are open", left)
					break
				}
			}
			if got, err := w.read(at("small", 4, string(id), "/small"), 0); got != "next" || err != nil {
				t.Errorf("the next file: %q, %v", got, err)
			}
		})
	}
}

// TestReaders has 50 readers at once at a host that takes two connections, while a crawl of
// it holds one: the limit is never exceeded, and the crawl gives way.
func TestReaders(t *testing.T) {
	root := ftptest.Ground(t)
	want := noise(200_000)
	write(t, root, "a.iso", want)
	addr := ftptest.Vsftpd(t, root, "max_per_ip=2")
	w := newWorld(t, fetch.Limits{})
	var gates pace.Gates
	_ = w.Close()
	w.Fetcher = fetch.New(fetch.Config{Catalogue: w.cat, Sources: w.sources, Gates: &gates, Limits: fetch.Limits{Turn: time.Minute}})
	defer func() { _ = w.Close() }()
	id := w.host("ftp://"+addr+"/", func(s *index.Settings) { s.Connections = 2 }, "/", index.Entry{Name: "a.iso", Size: int64(len(want))})
	party := gates.Join(string(id), 2, 0, false)
	defer party.Close()
	pacer := pace.NewPacer(0, 0, nil)
	pacer.Visit(party)
	crawl, err := (&ftp.Source{}).Connect(t.Context(), index.Host{ID: id, Settings: index.Settings{Connections: 2}}, pacer)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = crawl.Close() }()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if got, err := w.read(at("a.iso", int64(len(want)), string(id), "/a.iso"), 0); got != string(want) || err != nil {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		})
	}
	for range 5 {
		_, dirs := crawl.Ways()
		if err := dirs[0].List(t.Context(), "/", func(index.Listing) error { return nil }); err != nil {
			t.Errorf("the crawl: %v", err)
		}
	}
	all.Wait()
}

// BenchmarkLarge reads a file of 256 MiB of vsftpd, and curl does beside it.
func BenchmarkLarge(b *testing.B) {
	const size = 256 << 20
	root := ftptest.Ground(b)
	write(b, root, "big.iso", make([]byte, size))
	addr := ftptest.Vsftpd(b, root)
	b.Run("trawl", func(b *testing.B) {
		f, id := benchFetcher(b, addr, index.Entry{Name: "big.iso", Size: size})
		b.SetBytes(size)
		for b.Loop() {
			drain(b, f, at("big.iso", size, string(id), "/big.iso"))
		}
	})
	b.Run("curl", func(b *testing.B) {
		curl := needs.Program(b, "curl", "curl")
		b.SetBytes(size)
		for b.Loop() {
			if err := exec.Command(curl, "-s", "-o", "/dev/null", "ftp://"+addr+"/big.iso").Run(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkSmall reads 200 files of 2 KB in a row of vsftpd, and each by a fresh login.
func BenchmarkSmall(b *testing.B) {
	root := ftptest.Ground(b)
	var entries []index.Entry
	for i := range 200 {
		name := fmt.Sprintf("%03d", i)
		write(b, root, name, make([]byte, 2<<10))
		entries = append(entries, index.Entry{Name: name, Size: 2 << 10})
	}
	addr := ftptest.Vsftpd(b, root)
	f, id := benchFetcher(b, addr, entries...)
	b.Run("kept", func(b *testing.B) {
		for b.Loop() {
			for _, e := range entries {
				drain(b, f, at(e.Name, e.Size, string(id), "/"+e.Name))
			}
		}
	})
	b.Run("fresh", func(b *testing.B) {
		for b.Loop() {
			for _, e := range entries {
				f, id := benchFetcher(b, addr, e)
				drain(b, f, at(e.Name, e.Size, string(id), "/"+e.Name))
				_ = f.Close()
			}
		}
	})
	b.Run("curl", func(b *testing.B) {
		curl := needs.Program(b, "curl", "curl")
		for b.Loop() {
			for _, e := range entries {
				if err := exec.Command(curl, "-s", "-o", "/dev/null", "ftp://"+addr+"/"+e.Name).Run(); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
