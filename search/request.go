package search

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"trawl/index"
	"trawl/search/query"
)

// Request is a search as a person or a program asks for it. The zero values of
// all but Text are defaults.
type Request struct {
	Text    string        // in the query language
	Sort    index.Sort    // "" is index.ByRelevance
	Reverse bool          // turns the order round
	Limit   int           // results a page; 0 is index.DefaultLimit
	Places  int           // places a result at most; 0 is index.DefaultPlaces
	Cursor  string        // index.Answer.Next of the page before; "" is the first page
	Facets  bool          // count facets too
	Budget  time.Duration // after which counting is cut short; 0 is index.DefaultBudget, negative is none
}

// Query returns the query that the text asks if it is read literally, with ages counted from
// now. An error about the text is a *query.Error, which says where it is wrong.
func (r Request) Query(now time.Time) (index.Query, error) {
	if err := r.check(); err != nil {
		return index.Query{}, err
	}
	tree, err := query.Parse(r.Text, now)
	if err != nil {
		return index.Query{}, err
	}
	return r.query(tree, now), nil
}

// check returns an error about what is no text.
func (r Request) check() error {
	if by := cmp.Or(r.Sort, index.ByRelevance); !slices.Contains(Sorts(), by) {
		return fmt.Errorf("no order %q; there is %s", by, SortNames("and"))
	}
	return nil
}

// query returns the query for a tree.
func (r Request) query(tree query.Node, now time.Time) index.Query {
	return index.Query{
		Tree: tree, Sort: cmp.Or(r.Sort, index.ByRelevance), Reverse: r.Reverse, Limit: r.Limit, Places: r.Places,
		Cursor: r.Cursor, Facets: r.Facets, Budget: r.Budget, Now: now,
	}
}

// Sorts returns the orders that can be asked for, the default one first.
func Sorts() []index.Sort {
	return []index.Sort{index.ByRelevance, index.ByName, index.BySize, index.ByTime, index.ByPlaces}
}

// SortNames returns the names of the orders for a sentence, the last two joined
// by a conjunction.
//
//	or => relevance, name, size, time or places
func SortNames(conjunction string) string {
	var names []string
	for _, by := range Sorts() {
		names = append(names, string(by))
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " " + conjunction + " " + names[last]
}
