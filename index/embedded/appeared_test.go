package embedded

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/enginetest"
)

// appeared collects what an engine reports as new, a line each.
type appeared struct{ lines []string }

func (a *appeared) add(came index.Arrivals) {
	if came.Whole != nil {
		a.lines = append(a.lines, fmt.Sprintf("host %d", came.Whole.Files))
	}
	for _, one := range came.Entries {
		mark := "+"
		if one.Changed {
			mark = "~"
		}
		a.lines = append(a.lines, mark+one.Shown)
	}
	if came.More > 0 {
		a.lines = append(a.lines, fmt.Sprintf("more %d", came.More))
	}
}

// take returns the lines since it was called last.
func (a *appeared) take() []string {
	out := a.lines
	a.lines = nil
	slices.Sort(out)
	return out
}

// complete has the engine know that a host was crawled whole, as the crawler does after Finish.
func complete(t *testing.T, e *Engine) {
	t.Helper()
	if err := e.Update(t.Context(), enginetest.Host, func(h *index.Host) error {
		h.Health.Complete = time.Now()
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// TestAppeared reports what comes and changes on a host that was crawled whole, and the host itself when it is.
func TestAppeared(t *testing.T) {
	var came appeared
	e := openTest(t, t.TempDir(), Options{BlockSize: 4, Appeared: came.add})
	enginetest.Remember(t, e, enginetest.Host)
	file := func(name string, size, unix int64) index.Entry {
		return index.Entry{Name: name, Size: size, Unix: unix, Precision: index.Second}
	}
	folder := func(name string) index.Entry {
		return index.Entry{Name: name, Kind: index.Dir, Size: index.UnknownSize}
	}
	listing := func(dir index.Path, entries ...index.Entry) index.Listing {
		return index.Listing{Dir: dir, Taken: time.Unix(1, 0), Entries: entries}
	}
	crawl := func(whole bool, listings ...index.Listing) {
		t.Helper()
		c := enginetest.Begin(t, e, enginetest.Host, false)
		if err := c.Put(t.Context(), listings...); err != nil {
			t.Fatal(err)
		}
		if err := c.Finish(t.Context(), whole); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(what string, want ...string) {
		t.Helper()
		if got := came.take(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	raw := index.Entry{Name: "café", Raw: "caf\xe9", Size: 1}
	crawl(false, listing("/", file("a", 1, 1), folder("d")))
	expect("a crawl that was cut off")
	crawl(true, listing("/", file("a", 1, 1), file("b", 1, 1), folder("d")), listing("/d", file("x", 1, 1)))
	expect("the first complete crawl", "host 3")
	complete(t, e)
	crawl(true, listing("/", file("a", 2, 1), file("b", 1, 3601), raw, folder("d"), folder("n")), listing("/d", file("y", 1, 1)), listing("/n", file("deep", 1, 1)))
	expect("the second", "+/café", "+/d/y", "+/n", "+/n/deep", "~/a")
	now := file("b", 7, 7)
	if err := e.Correct(t.Context(), enginetest.Host, "/b", &now); err != nil {
		t.Fatal(err)
	}
	expect("a correction", "~/b")
	if err := e.Amend(t.Context(), enginetest.Host, listing("/d", file("y", 1, 1), file("z", 1, 1))); err != nil {
		t.Fatal(err)
	}
	expect("an amendment", "+/d/z")
	many := listing("/n")
	for i := range 20_000 {
		many.Entries = append(many.Entries, file(fmt.Sprintf("%05d", i), 1, 1))
	}
	crawl(false, many)
	if got := came.take(); len(got) != 16_385 || got[len(got)-1] != "more 3616" {
		t.Errorf("many: %d lines, the last %q", len(got), got[len(got)-1])
	}
}
