package embedded

import (
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
