package store

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/enginetest"
)

// txID returns the number of the last transaction that was written.
func txID(t testing.TB, e *Store) int {
	t.Helper()
	v, err := e.View()
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	return v.shown.tx.ID()
}

func TestEqualListingsWriteNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := openBare(t, dir, 0)
	enginetest.Remember(t, e, enginetest.Host)
	r := rand.New(rand.NewPCG(1, 1))
	var all []index.Listing
	for i := range 200 {
		all = append(all, enginetest.RandomListing(r, index.Path(fmt.Sprintf("/d%d", i)), 200))
	}
	put := func(c *crawl, listings ...index.Listing) {
		if err := c.Put(t.Context(), listings...); err != nil {
			t.Fatal(err)
		}
	}
	seen := func(c *crawl) (n int) {
		for i := range all {
			if _, err := c.Seen(t.Context(), all[i].Dir); err == nil {
				n++
			}
		}
		return n
	}
	put(beginCrawl(t, e, enginetest.Host, true), all...)
	closeBare(t, e) // without an end of the crawl, as a kill
	e = openBare(t, dir, 0)
	if n := seen(beginCrawl(t, e, enginetest.Host, false)); n != len(all) {
		t.Fatalf("%d directories that have changed are seen after a kill, want %d", n, len(all))
	}
	closeBare(t, e)

	e = openBare(t, dir, 0)
	c := beginCrawl(t, e, enginetest.Host, true)
	before := txID(t, e)
	put(c, all[:100]...)
	put(c, all[100:]...)
	if n := txID(t, e) - before; n > 0 {
		t.Errorf("equal listings have written %d transactions", n)
	}
	if n := seen(c); n != len(all) {
		t.Errorf("%d equal directories are seen, want %d", n, len(all))
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	closeBare(t, e)

	e = openBare(t, dir, 0)
	c = beginCrawl(t, e, enginetest.Host, false)
	if n := seen(c); n != len(all) {
		t.Errorf("%d directories are seen after Close, want %d", n, len(all))
	}
	c.seen.writtenAt = time.Time{} // long ago
	all[7].Entries = nil
	put(c, all[7])
	put(c, all[8])
	if n := c.seen.pending; n != 0 {
		t.Errorf("%d hashes are not kept", n)
	}
	if err := c.Finish(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	check(t, e)
	if l, err := e.List(t.Context(), enginetest.Host, "/d7", "", 0); err != nil || len(l.Entries) > 0 {
		t.Errorf("/d7: %+v, %v", l, err)
	}
}
