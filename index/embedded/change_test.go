package embedded

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/enginetest"
	"trawl/search/query"
)

// A small change is found at once, and everything that keeps a catalogue goes on
// with the masks and patches that it leaves.
func TestSmallChange(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := openTest(t, dir, Options{})
	enginetest.Fill(t, e, enginetest.Host, 300)
	update := func(change func(l *index.Listing)) {
		c := enginetest.Begin(t, e, enginetest.Host, true)
		var all []index.Listing
		for i := range 300 {
			l, err := e.List(t.Context(), enginetest.Host, index.Path(fmt.Sprintf("/d%d", i)), "", 0)
			if err != nil {
				t.Fatal(err)
			}
			change(&l)
			all = append(all, l)
		}
		if err := c.Put(t.Context(), all...); err != nil {
			t.Fatal(err)
		}
		if err := c.Finish(t.Context(), true); err != nil {
			t.Fatal(err)
		}
	}
	find := func(words string) int64 {
		t.Helper()
		tree, err := query.Parse(words, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		a, err := e.Search(t.Context(), index.Query{Tree: tree, Budget: -1})
		if err != nil || !a.Exact {
			t.Fatal(a, err)
		}
		n := int64(0)
		for i := range a.Results {
			n += int64(a.Results[i].Count)
		}
		return n
	}
	keysIn := func(bucket string) int {
		t.Helper()
		n, err := e.store.Keys(bucket)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	whole := func() {
		t.Helper()
		if err := e.Check(t.Context(), func(problem string) { t.Error(problem) }); err != nil {
			t.Fatal(err)
		}
	}
	update(func(l *index.Listing) {
		l.Entries = append(l.Entries, index.Entry{Name: "zz-once"})
	})
	dirs := keysIn("dirs")
	update(func(l *index.Listing) {
		l.Entries[0].Unix++
		l.Entries[len(l.Entries)-1].Name = "zz-twice"
	})
	if n := keysIn("dirs"); n != dirs || keysIn("masks") == 0 || keysIn("patches") == 0 {
		t.Errorf("%d blocks, want %d, with %d masks and %d patches", n, dirs, keysIn("masks"), keysIn("patches"))
	}
	for range 2 {
		if once, twice := find("zz-once"), find("zz-twice"); once != 0 || twice != 300 {
			t.Errorf("found %d gone and %d new entries, want 0 and 300", once, twice)
		}
		if words, err := e.Complete(t.Context(), "onc", 9); err != nil || len(words) > 0 {
			t.Errorf("completed to what is gone: %q, %v", words, err)
		}
		whole()
		if err := errors.Join(e.Rebuild(t.Context()), e.Compact(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	update(func(l *index.Listing) {
		l.Entries = l.Entries[:len(l.Entries)-1]
	})
	whole()
	if n := find("zz"); n != 0 {
		t.Errorf("found %d entries that are gone", n)
	}
	if err := e.Remove(t.Context(), enginetest.Host); err != nil {
		t.Fatal(err)
	}
	whole()
	for _, bucket := range []string{"masks", "patches", "patched", "blocks"} {
		if n := keysIn(bucket); n > 0 {
			t.Errorf("%d keys are left in %s", n, bucket)
		}
	}
}
