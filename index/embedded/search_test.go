package embedded

import (
	"testing"
	"time"

	"trawl/index"
	"trawl/search/query"
)

// fillContents puts the first n entries of the corpus.
func fillContents(tb testing.TB, e *Engine, id index.HostID, n int) int {
	tb.Helper()
	remember(tb, e, id)
	c := begin(tb, e, id, true)
	var some []index.Listing
	entries := 0
	put := func() error {
		err := c.Put(tb.Context(), some...)
		some, entries = some[:0], 0
		return err
	}
	total := contents(tb, n, func(l index.Listing) error {
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

func parse(tb testing.TB, text string) query.Node {
	tb.Helper()
	tree, err := query.Parse(text, time.Now())
	if err != nil {
		tb.Fatal(err)
	}
	return tree
}

func ask(tb testing.TB, e *Engine, text string) index.Answer {
	tb.Helper()
	a, err := e.Search(tb.Context(), index.Query{Tree: parse(tb, text), Budget: -1})
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func TestSearchContents(t *testing.T) {
	e := openTest(t, t.TempDir(), Options{})
	n := fillContents(t, e, testHost, 50_000)
	t.Log(n, "entries")
	for _, text := range []string{"kernel", "readme", "changelog", "*.png", "ext:gz", "size:>1G", "usr lib", "ko"} {
		a := ask(t, e, text)
		t.Log(text, a.Total, a.Exact, a.Took)
		if len(a.Results) > 0 {
			t.Log(a.Results[0])
		}
	}
	if err := e.Check(t.Context(), func(problem string) { t.Error(problem) }); err != nil {
		t.Fatal(err)
	}
}
