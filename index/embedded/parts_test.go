package embedded

import (
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"trawl/index"
)

// flat returns the entries of one large directory, some at a time and in no
// order.
func flat(n int) iter.Seq[[]index.Entry] {
	const part, stride = 10_000, 7_368_787 // a prime
	return func(yield func([]index.Entry) bool) {
		for at := 0; at < n; at += part {
			entries := make([]index.Entry, min(part, n-at))
			for k := range entries {
				i := (at + k) * stride % n
				entries[k] = index.Entry{Name: fmt.Sprintf("file-%08d.tar.gz", i), Size: int64(i), Unix: 1_700_000_000 + int64(i)*60, Precision: index.Minute}
			}
			if !yield(entries) {
				return
			}
		}
	}
}

// putFlat records a directory in parts as a server lists them.
func putFlat(tb testing.TB, c *crawl, parts iter.Seq[[]index.Entry]) {
	tb.Helper()
	l := index.Listing{Dir: "/big", Taken: time.Unix(1e9, 0), Way: "LIST"}
	for part := range parts {
		l.Entries, l.More = part, true
		if err := c.Put(tb.Context(), l); err != nil {
			tb.Fatal(err)
		}
	}
	l.Entries, l.More = nil, false
	if err := c.Put(tb.Context(), l); err != nil {
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
	const many = 200_000 // some spans
	entries := slices.Concat(slices.Collect(flat(many))...)
	gone := index.Entry{Name: "file-00000007.gone", Kind: index.Dir, Size: index.UnknownSize}
	last := entries[5] // listed again with another size
	last.Size = 1 << 40
	putFlat(t, c, slices.Chunk(slices.Concat(entries[:many/2+77], []index.Entry{gone}), 9999))
	putFlat(t, c, slices.Chunk(slices.Concat(entries, []index.Entry{last}), 9999))
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
	putFlat(t, c, slices.Chunk(entries, 9999))
	if after := written(t, e); after != before {
		t.Errorf("an equal listing has written %d blocks", after-before)
	}
	// What a kill between two spans leaves.
	half := index.Listing{Dir: "/big", Taken: time.Unix(1e9, 0), Way: "LIST", Entries: entries[1:1000], More: true}
	if _, err := c.put(t.Context(), []index.Listing{half}, span{to: entries[1000].Name}); err != nil {
		t.Fatal(err)
	}
	check(t, e)
	l, err = e.List(t.Context(), testHost, "/big", "", 0)
	if err != nil || l.State != index.Truncated || !slices.Equal(l.Entries, entries[1:]) {
		t.Errorf("after one span %d entries, %s, %v", len(l.Entries), l.State, err)
	}
	if _, err := c.Seen(t.Context(), "/big"); !errors.Is(err, index.ErrNotFound) {
		t.Errorf("seen after one span: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"+asideSuffix))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}
