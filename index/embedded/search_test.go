package embedded

import (
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
