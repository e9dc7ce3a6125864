// Package request reads what a request asks of the catalogue, for the pages, the API and the exports.
package request

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"trawl/index"
	"trawl/search"
)

// Most is how many results, and places of each, are sent at once.
const Most = 1000

// Read reads the parameters q, n, sort, reverse, cursor, places and facets
// of a search page or an API call. Its errors say how to mend them.
func Read(r *http.Request) (search.Request, error) {
	v := r.URL.Query()
	asked := search.Request{Text: v.Get("q"), Cursor: v.Get("cursor"), Limit: index.DefaultLimit}
	asked.Sort = cmp.Or(index.Sort(v.Get("sort")), index.ByRelevance)
	if !slices.Contains(search.Sorts(), asked.Sort) {
		return asked, fmt.Errorf("sort must be %s, not %q", search.SortNames("or"), asked.Sort)
	}
	for _, number := range []struct {
		name string
		to   *int
	}{{"n", &asked.Limit}, {"places", &asked.Places}} {
		s := v.Get(number.name)
		if s == "" {
			continue
		}
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > Most {
			return asked, fmt.Errorf("%s must be a whole number from 1 to %d, not %q", number.name, Most, s)
		}
		*number.to = n
	}
	for _, yes := range []struct {
		name string
		to   *bool
	}{{"reverse", &asked.Reverse}, {"facets", &asked.Facets}} {
		switch s := v.Get(yes.name); s {
		case "", "0", "false":
		case "1", "true":
			*yes.to = true
		default:
			return asked, fmt.Errorf("%s must be 0 or 1, not %q", yes.name, s)
		}
	}
	return asked, nil
}

// Present returns the time from which the ages of a query are counted. It is the
// minute, so that all who ask for the same within it ask the same.
func Present() time.Time { return time.Now().Truncate(time.Minute) }

// SayAge says in the header Age (RFC 9111 section 5.1) how old an answer may be, in seconds: it may lack what crawls
// under way have brought since.
func SayAge(h http.Header, a *search.Answer) {
	if a.Age > 0 {
		h.Set("Age", strconv.Itoa(int(math.Ceil(a.Age.Seconds()))))
	}
}
