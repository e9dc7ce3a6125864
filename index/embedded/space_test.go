package embedded

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/enginetest"
)

// TestSpaceAfterCrawl holds what a catalogue takes right after its first crawl, whatever the order
// is in which directories arrive. In no order they make the store write blocks anew again and again.
// If Finish left these pages free, an entry would take 91 bytes here. In tree order it would take 46
// if the file always grew by 4 MiB.
func TestSpaceAfterCrawl(t *testing.T) {
	t.Parallel()
	const most = 36 // bytes an entry
	inOrder := manyListings(5000, 20)
	inNoOrder := slices.Clone(inOrder)
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(inNoOrder), func(i, j int) { inNoOrder[i], inNoOrder[j] = inNoOrder[j], inNoOrder[i] })
	for _, tt := range []struct {
		name     string
		listings []index.Listing
	}{{"in tree order", inOrder}, {"in no order", inNoOrder}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			e := openTest(t, dir, Options{})
			enginetest.Remember(t, e, enginetest.Host)
			c := enginetest.Begin(t, e, enginetest.Host, true)
			entries := 0
			for some := range slices.Chunk(tt.listings, 500) {
				if err := c.Put(t.Context(), some...); err != nil {
					t.Fatal(err)
				}
				for i := range some {
					entries += len(some[i].Entries)
				}
			}
			if err := c.Finish(t.Context(), true); err != nil {
				t.Fatal(err)
			}
			proves(t, e)
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			each := float64(enginetest.DiskUse(t, dir)) / float64(entries)
			t.Logf("%.1f bytes an entry", each)
			if each > most {
				t.Errorf("%.1f bytes an entry on the disk, want at most %d", each, most)
			}
		})
	}
}

// manyListings returns so many listings, in tree order, of so many files each.
func manyListings(dirs, files int) []index.Listing {
	r := rand.New(rand.NewPCG(1, 1))
	all := make([]index.Listing, dirs)
	for i := range all {
		l := index.Listing{Dir: index.Path(fmt.Sprintf("/pub/linux/package-%05d", i)), Taken: time.Unix(1_700_000_000, 0), Way: "LIST"}
		for k := range files {
			l.Entries = append(l.Entries, index.Entry{
				Name: fmt.Sprintf("module-%d.%d.%d-%02d.tar.gz", i, r.IntN(20), r.IntN(20), k), Size: r.Int64N(1 << r.IntN(30)),
				Unix: 1_400_000_000 + r.Int64N(300_000_000), Precision: index.Minute,
			})
		}
		all[i] = l
	}
	return all
}
