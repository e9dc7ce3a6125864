package web

import (
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"trawl/index"
)

// entriesShown is how many entries of a directory a page lists.
const entriesShown = 500

// The parameters of the page of a directory.
const (
	lookSort    = "sort"
	lookReverse = "reverse"
	lookFilter  = "filter"
	lookFrom    = "from" // the number of the first entry, counted from 1
	lookBelow   = "below"
)

// readLook reads how a directory is looked at. A value that cannot be read is left out:
// the page shows which ones hold.
func readLook(q url.Values) index.View {
	v := index.View{Sort: index.ByName, Reverse: q.Get(lookReverse) == "1", Filter: typed(q.Get(lookFilter)), Limit: entriesShown}
	if by := index.Sort(q.Get(lookSort)); slices.Contains(lookSorts(), by) {
		v.Sort = by
	}
	if n, err := strconv.Atoi(q.Get(lookFrom)); err == nil && n > 1 {
		v.Offset = n - 1
	}
	return v
}

// typed returns a text that a reader typed, without characters that are not shown: a link may have
// brought them.
func typed(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == utf8.RuneError || index.Visible(string(r)) != string(r) {
			return -1
		}
		return r
	}, s))
}

func lookSorts() []index.Sort { return []index.Sort{index.ByName, index.BySize, index.ByTime} }

// looking returns the parameters of a look, those that are no defaults.
func looking(v index.View) string {
	q := url.Values{}
	if v.Sort != index.ByName {
		q.Set(lookSort, string(v.Sort))
	}
	if v.Reverse {
		q.Set(lookReverse, "1")
	}
	if v.Filter != "" {
		q.Set(lookFilter, v.Filter)
	}
	if v.Offset > 0 {
		q.Set(lookFrom, strconv.Itoa(v.Offset+1))
	}
	return q.Encode()
}

// at returns an address with the parameters of a look.
func (l links) at(to string, v index.View) template.URL {
	if parameters := looking(v); parameters != "" {
		to += "?" + parameters
	}
	return l.keep(to)
}

// column is a heading of a listing: a link that sorts by it.
type column struct {
	Name  string
	To    template.URL
	Aria  string // ascending or descending; "" if it is not the order in force
	Class string
}

// columns returns the headings of a directory. That of the order in force turns it round.
func (v visit) columns(to string, look index.View) []column {
	var out []column
	for _, by := range lookSorts() {
		sorted := index.View{Sort: by, Filter: look.Filter}
		c := column{Name: v.Text("browse.by-" + string(by)), Class: "by-" + string(by)}
		if by == look.Sort {
			sorted.Reverse = !look.Reverse
			c.Aria = "ascending"
			if look.Reverse != (by != index.ByName) { // sizes and times begin with the largest
				c.Aria = "descending"
			}
		}
		c.To = v.at(to, sorted)
		out = append(out, c)
	}
	return out
}
