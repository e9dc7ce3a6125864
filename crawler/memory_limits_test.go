package crawler_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"trawl/crawler"
	"trawl/index"
)

// TestWaiting crawls hosts that name more directories than can be kept in mind:
// each crawl ends, what was known stays, and the next host has the room again.
func TestWaiting(t *testing.T) {
	limits := quick()
	limits.Memory, limits.Stall = 1<<20, time.Minute
	for _, ways := range [][]string{{"MLSD"}, {"TREE", "MLSD"}} {
		t.Run(ways[0], func(t *testing.T) {
			t.Parallel()
			good := makeArchive(4, 60)
			f := &fake{tree: good, ways: ways, connections: 4}
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

// TestMostDirectories crawls a host with as many directories as the memory for them
// holds, and one with more: each byte is worth the same as with the default limit.
func TestMostDirectories(t *testing.T) {
	const memory, byDefault = 2 << 20, 192 << 20
	for _, tt := range []struct {
		tree       bool
		fits, less int // roots of the numbers of directories, by default
	}{
		{false, 3400, 3600},
		{true, 2400, 2540},
	} {
		scaled := func(n int) int { return int(float64(n) * math.Sqrt(float64(memory)/byDefault)) }
		for fan, fits := range map[int]bool{scaled(tt.fits): true, scaled(tt.less): false} {
			m := newMemory(t, id)
			c := newCrawler(nowhere{m}, &wide{fan: fan, tree: tt.tree}, crawler.Limits{Memory: memory})
			s, err := c.Crawl(t.Context(), id, crawler.Options{})
			if s.Complete != fits || !fits && !strings.Contains(fmt.Sprint(s.LastError, err), "the limit") {
				t.Errorf("%d directories, by a tree %t: want all %t: %+v, %v", fan*fan, tt.tree, fits, s, err)
			}
		}
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

// TestTorn crawls a host whose bulk answer lists a directory in parts, breaks it off and
// goes on: the directories below are listed once.
func TestTorn(t *testing.T) {
	t.Parallel()
	for _, torn := range []index.Path{"/", "/pub"} {
		a := archive{"/": nil}
		for i := range 5 {
			a.file(a.mkdir(a.mkdir(a.mkdir("/", "pub"+"abcd"[:i%5]), "d"), "e"), "f", int64(i))
		}
		for i := range 5 {
			a.mkdir("/pub", fmt.Sprint("g", i))
		}
		f := &fake{tree: a, ways: []string{"TREE", "MLSD"}, list: func(_ context.Context, way string, dir index.Path) ([]index.Listing, error) {
			if way != "TREE" || dir != torn {
				return nil, nil
			}
			l := index.Listing{Dir: dir, Way: way, Entries: a[dir][:3], More: true}
			return []index.Listing{l, {Dir: dir, Way: way, State: index.Truncated, Entries: a[dir][3:4]}}, nil
		}}
		m := newMemory(t, id)
		s, err := newCrawler(m, f, quick()).Crawl(t.Context(), id, crawler.Options{})
		if err != nil || !s.Complete || s.Directories != int64(len(a)) {
			t.Errorf("%s: %+v, %v, want %d directories", torn, s, err, len(a))
		}
		same(t, m.archive(t, id), a)
	}
}
