package indextest

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"trawl/search/fold"

	"pgregory.net/rapid"

	"trawl/index"
	"trawl/search/query"
)

// ask asks both a random query, all its pages.
func (w *work) ask(t *rapid.T) {
	text := drawQuery(t, 2)
	switch rapid.IntRange(0, 5).Draw(t, "text") {
	case 0:
		text = drawText(t)
	case 1:
		text = drawText(t) + " (" + text + ")"
	}
	w.answers(t, text, drawOrder(t))
}

// drawOrder draws a query without its tree.
func drawOrder(t *rapid.T) index.Query {
	return index.Query{
		Facets:  rapid.Bool().Draw(t, "facets"),
		Reverse: rapid.Bool().Draw(t, "reverse"),
		Sort:    rapid.SampledFrom([]index.Sort{index.ByRelevance, index.ByName, index.BySize, index.ByTime, index.ByPlaces}).Draw(t, "sort"),
		Limit:   rapid.IntRange(1, 30).Draw(t, "limit"),
		Places:  rapid.IntRange(0, 3).Draw(t, "places"),
	}
}

// answers walks the pages of an answer and compares all of them with the truth.
// Engines may differ in the scores of texts.
func (w *work) answers(t *rapid.T, text string, q index.Query) {
	tree, err := query.Parse(text, then())
	if err != nil {
		t.Skip(err)
	}
	q.Tree, q.Now, q.Budget = tree, then(), -1
	got, want := w.pages(t, q), w.truth(q)
	w.numbered(t, q)
	if strings.Contains(text, "text:") {
		for _, a := range []*index.Answer{&got, &want} {
			w.plainTexts(t, a, q)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s, sort %s, reverse %t, limit %d:\n%s", text, q.Sort, q.Reverse, q.Limit, differ(got, want))
	}
}

// numbered holds the numbers of answers that are kept to being of one answer each.
func (w *work) numbered(t *rapid.T, q index.Query) {
	for range 2 {
		a, err := w.engine.Search(context.Background(), q)
		w.must(err)
		number := a.Kept
		if a.Took, a.Kept = 0, 0; number == 0 {
			continue
		}
		if before, ok := w.kept[number]; ok && !reflect.DeepEqual(a, before) {
			t.Fatalf("%s: two answers have the number %d:\n%s", q.Tree, number, differ(a, before))
		}
		w.kept[number] = a
	}
}

// pages returns what the engine finds, put together page by page.
func (w *work) pages(t *rapid.T, q index.Query) index.Answer {
	var all index.Answer
	for limit := cmp.Or(q.Limit, index.DefaultLimit); ; {
		a, err := w.engine.Search(context.Background(), q)
		w.must(err)
		results := append(all.Results, a.Results...)
		switch {
		case q.Cursor != "" && (a.Total != all.Total || !a.Exact || !reflect.DeepEqual(a.Facets, all.Facets)):
			t.Fatalf("%s: a page of %d results, exact %t, %+v, after one of %d, %+v", q.Tree, a.Total, a.Exact, a.Facets, all.Total, all.Facets)
		case a.Next != "" && len(a.Results) != limit || len(a.Results) > limit:
			t.Fatalf("%s: a page of %d, and the limit is %d", q.Tree, len(a.Results), limit)
		case a.Next == "":
			a.Results, a.Took, a.Kept = results, 0, 0
			return a
		}
		all = a
		all.Results, q.Cursor = results, a.Next
	}
}

// truth returns all results of Brute as one page, so that Brute does not choose results
// and places.
func (w *work) truth(q index.Query) index.Answer {
	places := cmp.Or(q.Places, index.DefaultPlaces)
	q.Limit, q.Places = index.MaxLimit, 1<<20
	a, err := w.brute.Search(context.Background(), q)
	w.must(err)
	if a.Next != "" {
		w.Fatalf("%s finds more than %d", q.Tree, index.MaxLimit)
	}
	for i := range a.Results {
		r := &a.Results[i]
		hosts := map[index.HostID]bool{}
		for _, p := range r.Places {
			hosts[p.Host] = true
		}
		if r.Hosts != len(hosts) || r.Count != len(r.Places) {
			w.Fatalf("%s: %d places on %d hosts, and the result says %d on %d", q.Tree, len(r.Places), len(hosts), r.Count, r.Hosts)
		}
		r.Places, r.About = r.Places[:min(len(r.Places), places)], ""
	}
	w.brute.describe(a.Results)
	a.Took = 0
	return a
}

// plainTexts removes from the answer to a text: query the parts in which engines may
// differ: scores, the order by them, and the marks in the line, which must be some of the
// words of the query.
func (w *work) plainTexts(t *rapid.T, a *index.Answer, q index.Query) {
	for i := range a.Results {
		r := &a.Results[i]
		r.Score = 0
		if r.Text == nil {
			t.Fatalf("%s finds %s without its text", q.Tree, r.Name)
		}
		last := -1
		for _, m := range r.Text.Marks {
			if m.Start <= last || m.End > len(r.Text.Line) || !strings.Contains(fold.String(q.Tree.String()), fold.String(r.Text.Line[m.Start:m.End])) {
				t.Fatalf("%s marks %v in %q", q.Tree, r.Text.Marks, r.Text.Line)
			}
			last = m.End
		}
		r.Text = &index.Snippet{Host: r.Text.Host, Path: r.Text.Path, Line: r.Text.Line}
	}
	if q.Sort == index.ByRelevance {
		slices.SortFunc(a.Results, func(x, y index.Result) int {
			return cmp.Or(strings.Compare(fold.String(x.Name), fold.String(y.Name)), cmp.Compare(x.Size, y.Size), cmp.Compare(x.Kind, y.Kind))
		})
	}
}

// differ describes where two answers begin to differ.
func differ(got, want index.Answer) string {
	n := 0
	for n < min(len(got.Results), len(want.Results)) && reflect.DeepEqual(got.Results[n], want.Results[n]) {
		n++
	}
	return fmt.Sprintf("%s\nwant\n%s", printFrom(got, n), printFrom(want, n))
}

// printFrom writes an answer and its result n, if there is one.
func printFrom(a index.Answer, n int) string {
	out := fmt.Sprintf("total %d, exact %t, %+v, exact %t\n", a.Total, a.Exact, a.Facets, a.FacetsExact)
	if n == len(a.Results) {
		return out
	}
	out += fmt.Sprintf("result %d: %+v", n, a.Results[n])
	if text := a.Results[n].Text; text != nil {
		out += fmt.Sprintf(" %+v", *text)
	}
	return out
}
