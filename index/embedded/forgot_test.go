package embedded

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/enginetest"
)

// TestForgot reports what crawls and corrections forget, and nothing of what changes or comes.
func TestForgot(t *testing.T) {
	var mu sync.Mutex
	lost := map[index.Path]bool{}
	e := openTest(t, t.TempDir(), Options{BlockSize: 4, Forgot: func(id index.HostID, paths ...index.Path) {
		mu.Lock()
		defer mu.Unlock()
		for _, p := range paths {
			if id != enginetest.Host {
				t.Errorf("%s of %s", p, id)
			}
			lost[p] = true
		}
	}})
	enginetest.Remember(t, e, enginetest.Host)
	listing := func(dir index.Path, names ...string) index.Listing {
		l := index.Listing{Dir: dir, Taken: time.Unix(1, 0)}
		for _, name := range names {
			entry := index.Entry{Name: strings.TrimSuffix(name, "/"), Size: 1}
			if entry.Name != name {
				entry.Kind, entry.Size = index.Dir, index.UnknownSize
			}
			l.Entries = append(l.Entries, entry)
		}
		return l
	}
	crawl := func(listings ...index.Listing) {
		t.Helper()
		c := enginetest.Begin(t, e, enginetest.Host, false)
		if err := c.Put(t.Context(), listings...); err != nil {
			t.Fatal(err)
		}
		if err := c.Finish(t.Context(), true); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(what string, want ...index.Path) {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if got := slices.Sorted(maps.Keys(lost)); !slices.Equal(got, want) {
			t.Errorf("%s: forgotten are %q, want %q", what, got, want)
		}
		clear(lost)
	}
	crawl(listing("/", "a", "b", "caf\xe9", "kept/", "old/", "unseen/"), listing("/kept", "1", "2"), listing("/old", "x", "deep/"), listing("/old/deep", "y"),
		listing("/unseen", "z"))
	expect("the first crawl")
	larger := listing("/kept", "1", "3")
	larger.Entries[0].Size = 2
	crawl(listing("/", "a", "kept/", "unseen/"), larger)
	expect("the second crawl", "/b", "/caf\xe9", "/kept/2", "/old", "/old/deep", "/old/deep/y", "/old/x", "/unseen/z")
	if err := e.Correct(t.Context(), enginetest.Host, "/a", nil); err != nil {
		t.Fatal(err)
	}
	expect("a correction", "/a")
	c := enginetest.Begin(t, e, enginetest.Host, false)
	some := listing("/", "new")
	some.State = index.Truncated
	if err := c.Put(t.Context(), some, index.Listing{Dir: "/kept", State: index.Denied, Taken: time.Unix(2, 0)}); err != nil {
		t.Fatal(err)
	}
	if err := c.Finish(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	expect("a crawl that was cut off")
}
