package embedded

import (
	"slices"
	"testing"

	"trawl/index"
)

// crawlAll crawls a host whole, as an import hands it over.
func crawlAll(b *testing.B, e *Engine, all []index.Listing) {
	b.Helper()
	c := begin(b, e, testHost, true)
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
func written(b testing.TB, e *Engine) uint64 {
	b.Helper()
	v, err := e.store.view()
	if err != nil {
		b.Fatal(err)
	}
	defer v.close()
	return v.sequence()
}

// BenchmarkStore measures the store without postings: a first crawl, an equal
// one, one with a changed time in every hundredth directory, and decoding.
func BenchmarkStore(b *testing.B) {
	var all []index.Listing
	n := contents(b, benchEntries(), func(l index.Listing) error {
		all = append(all, l)
		return nil
	})
	rate := func(b *testing.B) { b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "entries/s") }
	e := openBare(b, b.TempDir(), Options{})
	remember(b, e, testHost)
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			e := openBare(b, b.TempDir(), Options{})
			remember(b, e, testHost)
			crawlAll(b, e, all)
			b.ReportMetric(float64(diskOf(b, e.store.path))/float64(n), "B/entry")
			closeBare(b, e)
		}
		rate(b)
	})
	crawlAll(b, e, all)
	for name, each := range map[string]int{"equal": 0, "changed=1%": 100} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				for i := 0; each > 0 && i < len(all); i += each {
					all[i].Entries = slices.Clone(all[i].Entries)
					for k := range all[i].Entries {
						all[i].Entries[k].Unix += 60
					}
				}
				before := written(b, e)
				crawlAll(b, e, all)
				b.ReportMetric(float64(written(b, e)-before), "blocks/op")
			}
			rate(b)
		})
	}
	b.Run("decode", func(b *testing.B) {
		v, err := e.store.view()
		if err != nil {
			b.Fatal(err)
		}
		defer v.close()
		var k block
		for b.Loop() {
			if err := v.after(0, func(_ blockID, data []byte) error { return k.decode(data) }); err != nil {
				b.Fatal(err)
			}
		}
		rate(b)
	})
}
