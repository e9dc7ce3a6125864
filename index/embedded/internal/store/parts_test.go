package store

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/enginetest"
)

// TestLargeDirectory proves a directory that is too large for memory: what it
// held before, changed and dropped names, names twice, and an equal listing.
func TestLargeDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := openBare(t, dir, 0)
	enginetest.Remember(t, e, enginetest.Host)
	c := beginCrawl(t, e, enginetest.Host, true)
	const many = 200_000 // some spans
	entries := slices.Concat(slices.Collect(enginetest.Flat(many))...)
	gone := index.Entry{Name: "file-00000007.gone", Kind: index.Dir, Size: index.UnknownSize}
	last := entries[5] // listed again with another size
	last.Size = 1 << 40
	enginetest.PutFlat(t, c, slices.Chunk(slices.Concat(entries[:many/2+77], []index.Entry{gone}), 9999))
	enginetest.PutFlat(t, c, slices.Chunk(slices.Concat(entries, []index.Entry{last}), 9999))
	check(t, e)
	entries[5] = last
	slices.SortFunc(entries, byWire)
	l, err := e.List(t.Context(), enginetest.Host, "/big", "", 0)
	if err != nil || l.State != index.Complete || !slices.Equal(l.Entries, entries) {
		t.Fatalf("%d entries, %s, %v", len(l.Entries), l.State, err)
	}
	if _, err := c.Seen(t.Context(), "/big"); err != nil {
		t.Error(err)
	}
	before := written(t, e)
	enginetest.PutFlat(t, c, slices.Chunk(entries, 9999))
	if after := written(t, e); after != before {
		t.Errorf("an equal listing has written %d blocks", after-before)
	}
	// What a kill between two spans leaves.
	half := index.Listing{Dir: "/big", Taken: time.Unix(1e9, 0), Way: "LIST", Entries: entries[1:1000], More: true}
	if _, err := c.put(t.Context(), []index.Listing{half}, span{to: entries[1000].Name}); err != nil {
		t.Fatal(err)
	}
	check(t, e)
	l, err = e.List(t.Context(), enginetest.Host, "/big", "", 0)
	if err != nil || l.State != index.Truncated || !slices.Equal(l.Entries, entries[1:]) {
		t.Errorf("after one span %d entries, %s, %v", len(l.Entries), l.State, err)
	}
	if _, err := c.Seen(t.Context(), "/big"); !errors.Is(err, index.ErrNotFound) {
		t.Errorf("seen after one span: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"+spoolSuffix))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}
