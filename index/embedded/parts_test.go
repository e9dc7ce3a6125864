package embedded

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"trawl/index"
)

// flat returns the entries of one large directory in no order.
func flat(n int) []index.Entry {
	entries := make([]index.Entry, n)
	for i := range entries {
		entries[i] = index.Entry{Name: fmt.Sprintf("file-%08d.tar.gz", i), Size: int64(i), Unix: 1_700_000_000 + int64(i)*60, Precision: index.Minute}
	}
	r := rand.New(rand.NewPCG(1, 1))
	r.Shuffle(n, func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	return entries
}

// putFlat records a directory in parts as a server lists them.
func putFlat(tb testing.TB, c *crawl, entries []index.Entry) {
	tb.Helper()
	const size = 10_000
	for part := range slices.Chunk(entries, size) {
		l := index.Listing{Dir: "/big", Taken: time.Unix(1e9, 0), Way: "LIST", Entries: part, More: true}
		if err := c.Put(tb.Context(), l); err != nil {
			tb.Fatal(err)
		}
	}
	if err := c.Put(tb.Context(), index.Listing{Dir: "/big", Taken: time.Unix(1e9, 0), Way: "LIST"}); err != nil {
		tb.Fatal(err)
	}
}

// TestLargeDirectory proves a directory that is too large for memory: what it
// held before, changed and dropped names, names twice, and an equal listing.
func TestLargeDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := openBare(t, dir, Options{})
	remember(t, e, testHost)
	c := begin(t, e, testHost, true)
	entries := flat(3 * partsSize)
	gone := index.Entry{Name: "file-00000007.gone", Kind: index.Dir, Size: index.UnknownSize}
	last := entries[5] // listed again with another size
	last.Size = 1 << 40
	putFlat(t, c, slices.Concat(entries[:partsSize+77], []index.Entry{gone}))
	putFlat(t, c, slices.Concat(entries, []index.Entry{last}))
	check(t, e)
	entries[5] = last
	slices.SortFunc(entries, byWire)
	l, err := e.List(t.Context(), testHost, "/big", "", 0)
	if err != nil || l.State != index.Complete || !slices.Equal(l.Entries, entries) {
		t.Fatalf("%d entries, %s, %v", len(l.Entries), l.State, err)
	}
	if _, err := c.Seen(t.Context(), "/big"); err != nil {
		t.Error(err)
	}
	before := written(t, e)
	putFlat(t, c, entries)
	if after := written(t, e); after != before {
		t.Errorf("an equal listing has written %d blocks", after-before)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"+asideSuffix))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}
