package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"trawl/index"
	"trawl/search/query"
)

// question is what a search page or an API call asks: its parameters q, n, sort,
// reverse, cursor, places and facets.
type question struct {
	Text    string
	Sort    index.Sort
	Reverse bool
	Limit   int
	Cursor  string
	Places  int // 0: as many as the page, or the API, shows
	Facets  bool
}

// mostAtOnce is how many results, and places of each, are told at once.
const mostAtOnce = 1000

// sorts are the orders that can be asked for.
func sorts() []index.Sort {
	return []index.Sort{index.ByRelevance, index.ByName, index.BySize, index.ByTime, index.ByPlaces}
}

// readQuestion reads the parameters of a request. Its errors tell the mend.
func readQuestion(r *http.Request) (question, error) {
	v := r.URL.Query()
	q := question{Text: v.Get("q"), Sort: index.Sort(v.Get("sort")), Cursor: v.Get("cursor"), Limit: index.DefaultLimit}
	q.Sort = cmp.Or(q.Sort, index.ByRelevance)
	if !slices.Contains(sorts(), q.Sort) {
		return q, fmt.Errorf("sort must be relevance, name, size, time or places, not %q", q.Sort)
	}
	for _, number := range []struct {
		name string
		to   *int
	}{{"n", &q.Limit}, {"places", &q.Places}} {
		s := v.Get(number.name)
		if s == "" {
			continue
		}
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > mostAtOnce {
			return q, fmt.Errorf("%s must be a whole number from 1 to %d, not %q", number.name, mostAtOnce, s)
		}
		*number.to = n
	}
	for _, yes := range []struct {
		name string
		to   *bool
	}{{"reverse", &q.Reverse}, {"facets", &q.Facets}} {
		switch s := v.Get(yes.name); s {
		case "", "0", "false":
		case "1", "true":
			*yes.to = true
		default:
			return q, fmt.Errorf("%s must be 0 or 1, not %q", yes.name, s)
		}
	}
	return q, nil
}

// query parses the text. Its errors are *query.Error. Ages are counted from the
// minute, so that those who ask for the same within it ask the same.
func (q question) query(budget time.Duration) (index.Query, error) {
	now := time.Now().Truncate(time.Minute)
	tree, err := query.Parse(q.Text, now)
	if err != nil {
		return index.Query{}, err
	}
	return index.Query{
		Tree: tree, Sort: q.Sort, Reverse: q.Reverse, Limit: q.Limit, Cursor: q.Cursor, Budget: budget, Now: now,
		Places: q.Places, Facets: q.Facets,
	}, nil
}
