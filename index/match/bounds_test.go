package match_test

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"trawl/search/fold"

	"trawl/index"
	"trawl/index/match"
)

// askBound answers a query with two counters and two collectors that keep less than usual,
// and that are shown no more once they are full.
func (c *catalogue) askBound(t *testing.T, q index.Query, groups, occurrences, places int) index.Answer {
	t.Helper()
	q.Now = today()
	plan, err := match.Compile(q, c.hosts, addr)
	if err != nil {
		t.Fatalf("compile %s: %v", q.Tree, err)
	}
	plan.Bound(groups, occurrences, places)
	counters := []*match.Counter{plan.Counter(), plan.Counter()}
	for i := range c.dirs {
		d, j := &c.dirs[i], counters[i%2]
		if j.Full() {
			break
		}
		j.Begin(d.Host, uint32(i))
		j.Enter(d.Directory)
		for k := range d.entries {
			j.Entry(&d.entries[k], fold.Append(nil, d.entries[k].Name))
		}
	}
	return c.collect(t, plan.Choose(counters...))
}

// TestBounds checks answers for which counters and collectors have too little room: they say
// "at least", and what they say is true. Where only the places of counted results do not
// fit, an answer is as any other.
func TestBounds(t *testing.T) {
	c := load(t)
	const none = math.MaxInt
	for _, sort := range []index.Sort{index.ByRelevance, index.ByName, index.BySize, index.ByTime, index.ByPlaces} {
		q := index.Query{Tree: parse(t, "e | -nothing"), Sort: sort, Facets: true, Places: 3}
		known := c.counts(t, q)
		total := len(known)
		want := c.ask(t, q)
		for _, groups := range []int{1, 20, total / 2, total - 1} {
			a := c.askBound(t, q, groups, none, none)
			if a.Exact || a.Total < groups || a.Total >= total {
				t.Errorf("by %s, room for %d of %d: total %d, exact %t", sort, groups, total, a.Total, a.Exact)
			}
			for _, r := range a.Results {
				if n := known[identity(r)]; r.Count < 1 || r.Count > n || len(r.Places) == 0 || len(r.Places) > r.Count {
					t.Errorf("by %s, room for %d: %s has %d places, of %d there are", sort, groups, identity(r), r.Count, n)
				}
			}
		}
		for what, a := range map[string]index.Answer{
			"room for all":          c.askBound(t, q, total, none, none),
			"room for no sighting":  c.askBound(t, q, none, 0, none),
			"room for 40 sightings": c.askBound(t, q, none, 40, none),
		} {
			if !reflect.DeepEqual(a, want) {
				t.Errorf("by %s, %s: %d, exact %t, %q, want %d, exact %t, %q", sort, what, a.Total, a.Exact, names(a), want.Total, want.Exact, names(want))
			}
		}
		if a := c.askBound(t, q, none, none, 7); a.Exact || a.Total != total || len(a.Results) == 0 {
			t.Errorf("by %s, room for 7 places: total %d of %d, exact %t, %d results", sort, a.Total, total, a.Exact, len(a.Results))
		}
	}
}

// TestOneLargeResult asks for a page of one result that is in more places than are kept:
// the page has it all the same.
func TestOneLargeResult(t *testing.T) {
	c := load(t)
	most := c.ask(t, index.Query{Tree: parse(t, "e | -nothing"), Sort: index.ByPlaces, Limit: 1}).Results[0]
	q := index.Query{Tree: parse(t, fmt.Sprintf("name:%q places:>%d", most.Name, most.Count-1)), Limit: 100, Places: math.MaxInt}
	a := c.askBound(t, q, math.MaxInt, math.MaxInt, 2)
	if len(a.Results) != 1 || a.Results[0].Count != most.Count || a.Total != 1 {
		t.Errorf("%s: total %d, %q", q.Tree, a.Total, names(a))
	}
}

// TestFewPlaces checks that an answer that was cut does not say that something is in few
// places, since it may be in others that were not read.
func TestFewPlaces(t *testing.T) {
	c := load(t)
	for text, want := range map[string]bool{"e places:1": false, "e places:1..3": false, "e places:>1": true, "e": true} {
		a := c.askBound(t, index.Query{Tree: parse(t, text), Facets: true}, 50, math.MaxInt, math.MaxInt)
		if a.Exact || len(a.Results) > 0 != want || a.Total > 0 != want {
			t.Errorf("%s: total %d, exact %t, %d results", text, a.Total, a.Exact, len(a.Results))
		}
		if a := c.ask(t, index.Query{Tree: parse(t, text)}); !a.Exact || len(a.Results) == 0 {
			t.Errorf("%s: exact %t, %d results", text, a.Exact, len(a.Results))
		}
	}
}

// identity returns the properties that distinguish a result from others.
func identity(r index.Result) string {
	return fmt.Sprintf("%s %d %s", fold.String(r.Name), r.Size, r.Kind)
}

// counts walks all pages and returns how many places each result has.
func (c *catalogue) counts(t *testing.T, q index.Query) map[string]int {
	t.Helper()
	out := map[string]int{}
	q.Limit = index.MaxLimit
	for {
		a := c.ask(t, q)
		for _, r := range a.Results {
			out[identity(r)] = r.Count
		}
		if q.Cursor = a.Next; q.Cursor == "" {
			if len(out) != a.Total {
				t.Errorf("%d results on all pages, of %d", len(out), a.Total)
			}
			return out
		}
	}
}

// TestLargePages asks for pages with more places than collectors keep: they have fewer
// results, and together all of them.
func TestLargePages(t *testing.T) {
	c := load(t)
	const none = math.MaxInt
	for _, sort := range []index.Sort{index.ByRelevance, index.ByName, index.BySize} {
		q := index.Query{Tree: parse(t, "e | -nothing"), Sort: sort, Places: 1}
		known := c.counts(t, q)
		var got, want []string
		for q.Limit = index.MaxLimit; ; {
			a := c.askBound(t, q, none, none, 2000)
			if !a.Exact || a.Total != len(known) || a.Next != "" && len(a.Results) == 0 || len(a.Results) == len(known) {
				t.Fatalf("by %s: a page of %d, total %d of %d, exact %t", sort, len(a.Results), a.Total, len(known), a.Exact)
			}
			got = append(got, names(a)...)
			if q.Cursor = a.Next; q.Cursor == "" {
				break
			}
		}
		if want = names(c.ask(t, index.Query{Tree: q.Tree, Sort: sort, Limit: index.MaxLimit})); !reflect.DeepEqual(got, want) {
			t.Errorf("by %s: %d results, want %d: %q", sort, len(got), len(want), got)
		}
	}
}
