package embedded

import (
	"fmt"
	"testing"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/enginetest"
	"trawl/search/query"
)

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
	n := enginetest.FillContents(t, e, enginetest.Host, 50_000)
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

// TestExactNamesFirst holds a search that has no time to the names that are the words of the query: they
// are looked up before all others, however many hold the words, and however few letters these have.
func TestExactNamesFirst(t *testing.T) {
	for name, options := range map[string]Options{"postings": {}, "dictionary": {Repeats: 1}} {
		t.Run(name, func(t *testing.T) {
			e := openTest(t, t.TempDir(), options)
			enginetest.Remember(t, e, enginetest.Host)
			crawl := enginetest.Begin(t, e, enginetest.Host, true)
			var entries []index.Entry
			for i := range 60_000 {
				entries = append(entries, index.Entry{Name: fmt.Sprintf("bjs %05d.x", i), Kind: index.File, Size: int64(i)})
			}
			for _, name := range []string{"b", "js", "zz-b.txt", "js.html", "x b js", "b (js).txt"} {
				entries = append(entries, index.Entry{Name: name, Kind: index.File, Size: 1})
			}
			if err := crawl.Put(t.Context(), index.Listing{Dir: "/", Taken: time.Now(), State: index.Complete, Entries: entries}); err != nil {
				t.Fatal(err)
			}
			if err := crawl.Finish(t.Context(), true); err != nil {
				t.Fatal(err)
			}
			if err := e.postings.CatchUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := e.dictionary.CatchUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			for text, want := range map[string]string{"b": "b", "js": "js", "b js": "b (js).txt"} {
				a, err := e.Search(t.Context(), index.Query{Tree: parse(t, text), Budget: time.Nanosecond})
				if err != nil {
					t.Fatal(err)
				}
				if len(a.Results) == 0 || a.Results[0].Name != want || a.Exact || !a.Results[0].Cut {
					t.Errorf("%q in no time: at least %d, %v", text, a.Total, a.Results)
				}
			}
		})
	}
}
