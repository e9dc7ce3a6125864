package store

import (
	"math/rand/v2"
	"slices"
	"testing"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/enginetest"
)

// crawlAll crawls a host whole, as an import hands it over.
func crawlAll(b *testing.B, e *Store, all []index.Listing) {
	b.Helper()
	c := beginCrawl(b, e, enginetest.Host, true)
	for batch := range slices.Chunk(all, 4096) {
		if err := c.Put(b.Context(), batch...); err != nil {
			b.Fatal(err)
		}
	}
	if err := c.Finish(b.Context(), true); err != nil {
		b.Fatal(err)
	}
}

// written returns how many blocks were ever written, and dropped at once.
func written(b testing.TB, e *Store) uint64 {
	b.Helper()
	v, err := e.View()
	if err != nil {
		b.Fatal(err)
	}
	defer v.Close()
	return v.Sequence()
}

// touch changes the time of about one entry in a hundred: of all entries of one
// stretch of directories, of each hundredth directory, or of entries anywhere.
func touch(all []index.Listing, how string, round int) (changed int) {
	for i := range all {
		switch {
		case how == "equal",
			how == "stretch" && i*100/len(all) != round%100,
			how == "directories" && i%100 != round%100:
			continue
		}
		all[i].Entries = slices.Clone(all[i].Entries)
		for k := range all[i].Entries {
			if how != "anywhere" || rand.IntN(100) == 0 {
				all[i].Entries[k].Unix += 60
				changed++
			}
		}
	}
	return changed
}

// BenchmarkStore measures the store without postings: a first crawl, an equal
// one, some with one entry in a hundred changed, a hundred of these, and decoding.
func BenchmarkStore(b *testing.B) {
	var all []index.Listing
	n := enginetest.Contents(b, enginetest.BenchEntries(), func(l index.Listing) error {
		all = append(all, l)
		return nil
	})
	rate := func(b *testing.B) { b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "entries/s") }
	e := openBare(b, b.TempDir(), 0)
	enginetest.Remember(b, e, enginetest.Host)
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			e := openBare(b, b.TempDir(), 0)
			enginetest.Remember(b, e, enginetest.Host)
			crawlAll(b, e, all)
			b.ReportMetric(float64(enginetest.DiskUse(b, e.Path))/float64(n), "B/entry")
			closeBare(b, e)
		}
		rate(b)
	})
	crawlAll(b, e, all)
	round := 0
	for _, how := range []string{"equal", "stretch", "directories", "anywhere"} {
		b.Run("again="+how, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				changed := touch(all, how, round)
				round++
				before, out := written(b, e), enginetest.BytesWritten(b)
				b.StartTimer()
				crawlAll(b, e, all)
				b.ReportMetric(float64(written(b, e)-before), "blocks/op")
				b.ReportMetric(enginetest.BytesWritten(b)-out, "written-B/op")
				b.ReportMetric(float64(changed), "changed/op")
			}
			rate(b)
		})
	}
	b.Run("hundred=anywhere", func(b *testing.B) {
		for b.Loop() {
			before, out := written(b, e), enginetest.BytesWritten(b)
			for range 100 {
				touch(all, "anywhere", 0)
				crawlAll(b, e, all)
			}
			b.ReportMetric(float64(written(b, e)-before), "blocks/op")
			b.ReportMetric(enginetest.BytesWritten(b)-out, "written-B/op")
			b.ReportMetric(float64(enginetest.DiskUse(b, e.Path))/float64(n), "B/entry")
		}
	})
	b.Run("decode", func(b *testing.B) {
		v, err := e.View()
		if err != nil {
			b.Fatal(err)
		}
		defer v.Close()
		var k block.Block
		for b.Loop() {
			if err := v.After(0, func(_ block.ID, data []byte) error { return k.Decode(data) }); err != nil {
				b.Fatal(err)
			}
		}
		rate(b)
	})
}

// BenchmarkFlat measures one directory whose entries come in no order, in parts.
func BenchmarkFlat(b *testing.B) {
	n := enginetest.BenchEntries()
	for b.Loop() {
		e := openBare(b, b.TempDir(), 0)
		enginetest.Remember(b, e, enginetest.Host)
		enginetest.PutFlat(b, beginCrawl(b, e, enginetest.Host, true), enginetest.Flat(n))
		b.ReportMetric(float64(enginetest.DiskUse(b, e.Path))/float64(n), "B/entry")
		closeBare(b, e)
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "entries/s")
}
