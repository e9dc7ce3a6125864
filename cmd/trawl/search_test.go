package main

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"trawl/index"
	"trawl/search"
)

// results is how many results a cutSearcher has, and atOnce how many it gives at most.
const results, atOnce = 2500, 1000

// cutSearcher answers in pages, one of which the budget cut.
type cutSearcher struct {
	cut     int
	budgets []time.Duration
}

func (s *cutSearcher) Complete(context.Context, string, int) ([]string, error) { return nil, nil }

func (s *cutSearcher) Similar(context.Context, []string, int, time.Duration) ([][]string, error) {
	return nil, nil
}

func (s *cutSearcher) Search(_ context.Context, q index.Query) (index.Answer, error) {
	at, _ := strconv.Atoi(q.Cursor)
	end := min(at+min(q.Limit, atOnce), results)
	a := index.Answer{Total: results, Exact: len(s.budgets) != s.cut, Results: make([]index.Result, end-at)}
	for i := range a.Results {
		a.Results[i].Places = make([]index.Place, 1)
	}
	if end < results {
		a.Next = strconv.Itoa(end)
	}
	s.budgets = append(s.budgets, q.Budget)
	return a, nil
}

// TestSearchPages holds a search of several pages to say what is missing on any of them,
// and one for all results to have no budget.
func TestSearchPages(t *testing.T) {
	usual := index.DefaultBudget
	for _, tt := range []struct {
		limit   int
		budget  time.Duration
		set     bool
		cut     int // page
		budgets []time.Duration
		err     string
	}{
		{0, usual, false, 0, []time.Duration{-1, -1, -1}, ""},
		{0, 5 * time.Second, true, 1, []time.Duration{5e9, 5e9, 5e9}, "2,500 of at least 2,500 results; --budget 0 counts them all\n"},
		{0, usual, false, 2, []time.Duration{-1, -1, -1}, "2,500 of at least 2,500 results; a part could not be counted or read\n"},
		{1500, usual, false, 1, []time.Duration{usual, usual}, "1,500 of at least 2,500 results; --budget 0 counts them all\n"},
		{1500, usual, false, 3, []time.Duration{usual, usual}, ""},
	} {
		var out, errs bytes.Buffer
		a := &app{out: &terminal{Writer: &out}, err: &terminal{Writer: &errs}, now: time.Now}
		s := &cutSearcher{cut: tt.cut - 1}
		opts := searchOptions{limit: tt.limit, sort: "name", budget: tt.budget}
		opts.settle(func(flag string) bool { return flag == "limit" || flag == "budget" && tt.set }, false)
		if err := pages(t.Context(), s, a, opts.request("x"), opts); err != nil {
			t.Errorf("-n %d: %v", tt.limit, err)
		}
		want := tt.limit
		if want == 0 {
			want = results
		}
		if got := strings.Count(out.String(), "\n"); got != want {
			t.Errorf("-n %d prints %d results", tt.limit, got)
		}
		if !slices.Equal(s.budgets, tt.budgets) || errs.String() != tt.err {
			t.Errorf("-n %d, page %d cut: budgets %v, want %v; said %q, want %q", tt.limit, tt.cut, s.budgets, tt.budgets, errs.String(), tt.err)
		}
	}
}

// TestConclude holds the last word on an answer that was cut to what can be done about
// it, also where no page after the first mentions it.
func TestConclude(t *testing.T) {
	for _, tt := range []struct {
		printed int
		budget  time.Duration
		want    string
	}{
		{0, time.Second, "nothing found in time; --budget 0 searches to the end\n"},
		{0, 0, "nothing found, but a part could not be counted or read\n"},
		{1000, time.Second, "1,000 of at least 1,000 results; --budget 0 counts them all\n"},
	} {
		var errs bytes.Buffer
		a := &app{out: &terminal{Writer: &errs}, err: &terminal{Writer: &errs}}
		if err := conclude(a, &search.Answer{}, tt.printed, searchOptions{budget: tt.budget}); (err != nil) != (tt.printed == 0) || errs.String() != tt.want {
			t.Errorf("%d printed, budget %s: %q, %v", tt.printed, tt.budget, errs.String(), err)
		}
	}
}

// TestPlace holds the links that people are shown to be links.
func TestPlace(t *testing.T) {
	for _, tt := range []struct {
		place      index.Place
		kind       index.Kind
		want, link string // on a terminal, and elsewhere; a line for each door
	}{
		{
			index.Place{Host: "ftp://h/", Path: "/Музыка/100% #1?", Shown: "/Музыка/100% #1?", Marks: []index.Range{{Start: 1, End: 5}}},
			index.Dir,
			"ftp://h/\x1b[1mМу\x1b[0mзыка/100%25%20%231%3F/", "ftp://h/%D0%9C%D1%83%D0%B7%D1%8B%D0%BA%D0%B0/100%25%20%231%3F/",
		},
		{index.Place{Host: "ftp://h/", Path: "/a\x1b\u202eb", Shown: "/a\x1b\u202eb"}, index.File, "ftp://h/a%1B%E2%80%AEb", "ftp://h/a%1B%E2%80%AEb"},
		{index.Place{Host: "ftp://h/", Path: "/caf\xe9", Shown: "/café"}, index.File, "ftp://h/caf%E9", "ftp://h/caf%E9"},
		{index.Place{Host: "gopher://h/", Path: "/0/a", Shown: "/0/a", Down: true}, index.Dir, "gopher://h/1/0/a  (host is down)", "gopher://h/1/0/a  (host is down)"},
		{
			index.Place{Host: "ftp://h/", Doors: []index.HostID{"ftps://h/", "ftp://h/"}, Path: "/a b", Shown: "/a b", Stale: true, Seen: time.Unix(0, 0)},
			index.Dir,
			"ftps://h/a%20b/  (not seen since 1970-01-01)\nftp://h/a%20b/", "ftps://h/a%20b/  (not seen since 1970-01-01)\nftp://h/a%20b/",
		},
	} {
		if got := place(&terminal{tty: true, bold: true}, schemes(), tt.kind, &tt.place); strings.Join(got, "\n") != tt.want {
			t.Errorf("on a terminal %q, want %q", got, tt.want)
		}
		if got := place(&terminal{}, schemes(), tt.kind, &tt.place); strings.Join(got, "\n") != tt.link {
			t.Errorf("%q, want %q", got, tt.link)
		}
	}
}
