package crawler_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"trawl/crawler"
	"trawl/index"
)

// TestWaiting crawls hosts that name more directories than can be kept in mind:
// each crawl ends, what was known stays, and the next host has the room again.
func TestWaiting(t *testing.T) {
	limits := quick()
	limits.Memory = 1 << 20
	for _, ways := range [][]string{{"MLSD"}, {"TREE", "MLSD"}} {
		t.Run(ways[0], func(t *testing.T) {
			t.Parallel()
			good := makeArchive(4, 60)
			f := &fake{tree: good, ways: ways, lanes: 4}
			m := newMemory(t, id)
			c := newCrawler(m, f, limits)
			for range 2 {
				if s, err := c.Crawl(t.Context(), id, crawler.Options{}); err != nil || !s.Complete {
					t.Fatalf("%+v, %v", s, err)
				}
				f.list = endless
				s, err := c.Crawl(t.Context(), id, crawler.Options{})
				if s.Complete || !strings.Contains(fmt.Sprint(s.LastError, err), "the limit") {
					t.Errorf("endless names: %+v, %v", s, err)
				}
				f.list = nil
				held := m.archive(t, id)
				for d := range good {
					if _, ok := held[d]; !ok {
						t.Errorf("%s was lost", d)
					}
				}
			}
		})
	}
}

// endless lists a directory that holds more and more directories.
func endless(_ context.Context, way string, dir index.Path) ([]index.Listing, error) {
	var parts []index.Listing
	for part := range 100 {
		l := index.Listing{Dir: dir, Way: way, More: true}
		for i := range 1000 {
			l.Entries = append(l.Entries, index.Entry{Name: fmt.Sprintf("d%d-%d", part, i), Kind: index.Dir, Size: index.UnknownSize})
		}
		parts = append(parts, l)
	}
	return parts, nil
}
