package embedded

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/enginetest"
	"trawl/index/match"
)

// postedBlocks returns the blocks that have postings once all are posted.
func postedBlocks(t *testing.T, e *Engine) []block.ID {
	t.Helper()
	if err := e.postings.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := e.postings.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ids, err := s.All()
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestPostingsCostWhatChanged(t *testing.T) {
	t.Parallel()
	e := openTest(t, t.TempDir(), Options{BlockSize: 16})
	enginetest.Remember(t, e, enginetest.Host)
	r := rand.New(rand.NewPCG(2, 3))
	var all []index.Listing
	for i := range 100 {
		all = append(all, enginetest.RandomListing(r, index.Path("/d"+strings.Repeat("x", i)), 200))
	}
	crawl := func() []block.ID {
		c := enginetest.Begin(t, e, enginetest.Host, true)
		if err := c.Put(t.Context(), all...); err != nil {
			t.Fatal(err)
		}
		if err := c.Finish(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		return postedBlocks(t, e)
	}
	first := crawl()
	if again := crawl(); !slices.Equal(first, again) {
		t.Errorf("an unchanged host was posted again: %d blocks before, %d after", len(first), len(again))
	}
	all[50].Entries = append(all[50].Entries, index.Entry{Name: "new", Kind: index.File, Size: 1})
	young := 0
	for _, id := range crawl() {
		if _, old := slices.BinarySearch(first, id); !old {
			young++
		}
	}
	if young == 0 || young > 4 {
		t.Errorf("one new entry posted %d of %d blocks", young, len(first))
	}
	proves(t, e)
}

// TestSearchDoesNotWait searches what is not posted yet.
func TestSearchDoesNotWait(t *testing.T) {
	t.Parallel()
	e := openTest(t, t.TempDir(), Options{})
	defer e.postings.Hold()() // nothing is posted
	enginetest.Fill(t, e, enginetest.Host, 50)
	if a := ask(t, e, "kind:file"); a.Total == 0 || !a.Exact {
		t.Errorf("found %d", a.Total)
	}
	s, err := e.postings.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if ids, err := s.Blocks(match.All{}, nil); err != nil || len(ids) > 0 {
		t.Errorf("posted: %v, %v", ids, err)
	}
}
