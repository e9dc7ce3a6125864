// Package enginetest fills catalogues for the tests of the engine's parts: with random listings
// ([Fill]) or with real names ([FillContents]). Only tests import it.
package enginetest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"trawl/index"
)

// Host is the host that tests crawl.
const Host index.HostID = "ftp://ftp.example.org/"

// Recorder records crawls of hosts: a store, an engine.
type Recorder interface {
	index.Hosts
	index.Recorder
}

// Fill crawls a host with n directories of random entries.
func Fill(t testing.TB, e Recorder, id index.HostID, n int) {
	t.Helper()
	if err := TryFill(t, e, id, n); err != nil {
		t.Fatal(err)
	}
}

// TryFill does what Fill does, and returns how the crawl ended.
func TryFill(t testing.TB, e Recorder, id index.HostID, n int) error {
	t.Helper()
	Remember(t, e, id)
	c := Begin(t, e, id, true)
	r := rand.New(rand.NewPCG(1, 1))
	var all []index.Listing
	for i := range n {
		all = append(all, RandomListing(r, index.Path(fmt.Sprintf("/d%d", i)), 200))
	}
	if err := c.Put(t.Context(), all...); err != nil {
		t.Fatal(err)
	}
	return c.Finish(t.Context(), true)
}

// FillContents crawls a host with the first n entries of Contents, and returns how many they are.
func FillContents(tb testing.TB, e Recorder, id index.HostID, n int) int {
	tb.Helper()
	Remember(tb, e, id)
	c := Begin(tb, e, id, true)
	var some []index.Listing
	entries := 0
	put := func() error {
		err := c.Put(tb.Context(), some...)
		some, entries = some[:0], 0
		return err
	}
	total := Contents(tb, n, func(l index.Listing) error {
		some = append(some, l)
		if entries += len(l.Entries); entries < 100_000 {
			return nil
		}
		return put()
	})
	if err := put(); err != nil {
		tb.Fatal(err)
	}
	if err := c.Finish(tb.Context(), true); err != nil {
		tb.Fatal(err)
	}
	return total
}

// Remember adds a host.
func Remember(t testing.TB, e Recorder, id index.HostID) {
	t.Helper()
	if err := e.Update(t.Context(), id, func(*index.Host) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

// Begin starts a crawl.
func Begin(t testing.TB, e Recorder, id index.HostID, fresh bool) index.Crawl {
	t.Helper()
	c, err := e.Begin(t.Context(), id, fresh)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
