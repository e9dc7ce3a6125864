package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/enginetest"
	"trawl/index/embedded/internal/store"
	"trawl/search/query"
)

// BenchmarkImport puts listings and waits until all is posted.
func BenchmarkImport(b *testing.B) {
	var all []index.Listing
	n := enginetest.Contents(b, enginetest.BenchEntries(), func(l index.Listing) error {
		all = append(all, l)
		return nil
	})
	for b.Loop() {
		dir := b.TempDir()
		e := openTest(b, dir, Options{})
		enginetest.Remember(b, e, enginetest.Host)
		start := time.Now()
		c := enginetest.Begin(b, e, enginetest.Host, true)
		for rest := all; len(rest) > 0; {
			k, entries := 0, 0
			for k < len(rest) && entries < 100_000 {
				entries += len(rest[k].Entries)
				k++
			}
			if err := c.Put(b.Context(), rest[:k]...); err != nil {
				b.Fatal(err)
			}
			rest = rest[k:]
		}
		if err := c.Finish(b.Context(), true); err != nil {
			b.Fatal(err)
		}
		put := time.Since(start)
		if err := e.postings.CatchUp(b.Context()); err != nil {
			b.Fatal(err)
		}
		all := time.Since(start)
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.Sys>>20), "MiB")
		if err := e.Close(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n)/all.Seconds(), "entries/s")
		b.ReportMetric(float64(n)/put.Seconds(), "put/s")
		b.ReportMetric(float64(enginetest.DiskUse(b, dir))/float64(n), "B/entry")
		b.ReportMetric(float64(enginetest.DiskUse(b, filepath.Join(dir, "postings")))/float64(n), "posted-B/entry")
	}
}

// benchQueries are of many kinds.
func benchQueries() []string {
	return []string{
		"kernel", "readme", "changelog", "libx11", "vmlinuz", "zzzzqq", "python3 json", "*.png", "lib*amd64*",
		"ext:iso", "size:>1G", "time:<30d kernel", "type:image logo", "/readme\\.(txt|md)$/", "copyright", "ko", "a",
		"usr share doc", "\"man page\"", "host:example kernel", "-png logo", "libreoffice help", "index.html",
	}
}

// cpu returns the time that the process has computed, on all cores.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkSearch answers queries, without a budget, over a catalogue that
// $TRAWL_BENCH_DIR keeps between runs.
func BenchmarkSearch(b *testing.B) {
	dir := os.Getenv("TRAWL_BENCH_DIR")
	fresh := dir == ""
	if fresh {
		dir = b.TempDir()
	} else if _, err := os.Stat(filepath.Join(dir, store.File)); err != nil {
		fresh = true
	}
	e := openTest(b, dir, Options{Answers: -1})
	if fresh {
		enginetest.FillContents(b, e, enginetest.Host, enginetest.BenchEntries())
	}
	if err := e.postings.CatchUp(b.Context()); err != nil {
		b.Fatal(err)
	}
	for _, text := range benchQueries() {
		tree, err := query.Parse(text, time.Now())
		if err != nil {
			b.Fatal(err)
		}
		b.Run(text, func(b *testing.B) {
			var a index.Answer
			before := cpu(b)
			for b.Loop() {
				if a, err = e.Search(b.Context(), index.Query{Tree: tree, Budget: -1}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric((cpu(b)-before).Seconds()*1000/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(a.Total), "results")
		})
	}
}

// BenchmarkPage makes pages of 500 entries: of the root of a large host, and of the middle of a directory of
// 40,000.
func BenchmarkPage(b *testing.B) {
	e := openTest(b, b.TempDir(), Options{})
	n := enginetest.FillContents(b, e, enginetest.Host, enginetest.BenchEntries())
	const large = index.HostID("ftp://large.example.org/")
	enginetest.Remember(b, e, large)
	l := index.Listing{Dir: "/", Taken: time.Unix(1e9, 0)}
	for i := range 40_000 {
		name := fmt.Sprintf("linux-image-%d.%d.0-%d_%d_amd64.deb", i%7, i%20, i%300, i)
		l.Entries = append(l.Entries, index.Entry{Name: name, Size: int64(i*7919) % 100_000, Unix: int64(i * 31), Precision: index.Second})
	}
	c := enginetest.Begin(b, e, large, true)
	if err := errors.Join(c.Put(b.Context(), l), c.Finish(b.Context(), true)); err != nil {
		b.Fatal(err)
	}
	for _, of := range []struct {
		name string
		host index.HostID
		view index.View
	}{
		{"root", enginetest.Host, index.View{Limit: 500}},
		{"large/name", large, index.View{Offset: 20_000, Limit: 500}},
		{"large/size", large, index.View{Sort: index.BySize, Offset: 20_000, Limit: 500}},
		{"large/time", large, index.View{Sort: index.ByTime, Offset: 39_500, Limit: 500}},
		{"large/filter", large, index.View{Filter: "-299_", Limit: 500}},
	} {
		b.Run(of.name, func(b *testing.B) {
			before := cpu(b)
			for b.Loop() {
				if p, err := e.Page(b.Context(), of.host, "/", of.view); err != nil || !p.Exact {
					b.Fatal(p, err)
				}
			}
			b.ReportMetric((cpu(b)-before).Seconds()*1000/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(n), "entries")
		})
	}
}
