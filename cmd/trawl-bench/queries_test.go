package main

import (
	"testing"
	"time"

	"trawl/search/query"
)

// TestQueries holds the mix to what it is said to be: 200 queries that can be read, no
// two the same, of all kinds.
func TestQueries(t *testing.T) {
	kinds := map[string]int{}
	seen := map[string]bool{}
	for _, q := range readQueries(queryFile) {
		tree, err := query.Parse(q.text, time.Now())
		if err != nil {
			t.Errorf("%s: %v", q.text, err)
			continue
		}
		if seen[tree.String()] {
			t.Errorf("%s is asked twice", q.text)
		}
		seen[tree.String()] = true
		count(kinds, tree)
		if q.short {
			kinds["short"]++
		}
		if q.plocate != nil {
			kinds["plocate"]++
		}
	}
	if len(seen) != 200 {
		t.Errorf("%d queries", len(seen))
	}
	for _, kind := range []string{"word", "glob", "regexp", "filter", "not", "or", "short", "plocate"} {
		if kinds[kind] < 3 {
			t.Errorf("%d queries of the kind %s", kinds[kind], kind)
		}
	}
}

// count counts the nodes of a tree.
func count(kinds map[string]int, tree query.Node) {
	switch n := tree.(type) {
	case query.And:
		for _, of := range n.Of {
			count(kinds, of)
		}
	case query.Or:
		kinds["or"]++
		for _, of := range n.Of {
			count(kinds, of)
		}
	case query.Not:
		kinds["not"]++
		count(kinds, n.Of)
	case query.Word:
		kinds["word"]++
	case query.Glob:
		kinds["glob"]++
	case query.Regexp:
		kinds["regexp"]++
	default:
		kinds["filter"]++
	}
}
