package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"trawl/index"
	"trawl/search/query"
)

// question is what a search page or an API call asks: its parameters q, n,
// sort, reverse and cursor.
type question struct {
	Text    string
	Sort    index.Sort
	Reverse bool
	Limit   int
	Cursor  string
}

// readQuestion reads the parameters of a request. Its errors tell the mend.
func readQuestion(r *http.Request) (question, error) {
	v := r.URL.Query()
	q := question{Text: v.Get("q"), Sort: index.Sort(v.Get("sort")), Cursor: v.Get("cursor"), Limit: index.DefaultLimit}
	switch q.Sort {
	case "":
		q.Sort = index.ByRelevance
	case index.ByRelevance, index.ByName, index.BySize, index.ByTime, index.ByPlaces:
	default:
		return q, fmt.Errorf("sort must be relevance, name, size, time or places, not %q", q.Sort)
	}
	if s := v.Get("n"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > index.MaxLimit {
			return q, fmt.Errorf("n must be a whole number from 1 to %d, not %q", index.MaxLimit, s)
		}
		q.Limit = n
	}
	switch s := v.Get("reverse"); s {
	case "", "0", "false":
	case "1", "true":
		q.Reverse = true
	default:
		return q, fmt.Errorf("reverse must be 0 or 1, not %q", s)
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
	}, nil
}
