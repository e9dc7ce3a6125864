package postings

import (
	"slices"
	"testing"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/segment"
)

func TestTerms(t *testing.T) {
	t.Parallel()
	b := &block.Block{}
	b.Reset(7)
	b.Open(&block.Dir{Path: []byte("/Pub/x"), Shown: []byte("/Pub/x")})
	b.Add(&index.Entry{Name: "Café.ISO", Size: 700 << 20, Unix: 1_700_000_000, Precision: index.Day})
	b.Open(&block.Dir{Path: []byte("/pub/Xyz"), Shown: []byte("/pub/Xyz")})
	b.Add(&index.Entry{Name: "ab", Kind: index.Dir, Size: index.UnknownSize})
	got := NewExtractor().Terms(b)
	want := segment.Terms{
		Names: "\x00cacafafefe e i isisoso\x00\x00abab\x00",
		Dirs:  "pubxyz",
		Keys: []string{
			"S\x1e", "T" + monthKey('T', month(1_700_000_000))[1:], "eiso", "h\x00\x00\x00\x07", "k\x00", "k\x01",
			"s\x1e", "t" + monthKey('t', month(1_700_000_000))[1:],
		},
	}
	if got.Names != want.Names || got.Dirs != want.Dirs || !slices.Equal(got.Keys, want.Keys) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestClassesNeverFall(t *testing.T) {
	t.Parallel()
	sizes := []int64{index.UnknownSize, 0, 1, 2, 1023, 1024, 1 << 40, 1<<63 - 1}
	times := []int64{-1 << 63, -1 << 40, -1, 0, 1, 1_700_000_000, 1 << 40, 1<<63 - 1}
	for i := 1; i < len(sizes); i++ {
		if sizeClass(sizes[i-1]) > sizeClass(sizes[i]) {
			t.Errorf("sizeClass falls at %d", sizes[i])
		}
	}
	for i := 1; i < len(times); i++ {
		if month(times[i-1]) > month(times[i]) {
			t.Errorf("month falls at %d", times[i])
		}
	}
}
