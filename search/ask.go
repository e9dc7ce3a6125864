package search

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"trawl/index"
	"trawl/search/query"
)

// Answer is the answer to a request.
type Answer struct {
	index.Answer
	Query index.Query // that was answered
	Text  string      // the request's own, or how that is written in the language if it was read otherwise
	Note  string      // how the text was read, in one line; "" if it was read literally

	Nothing // if nothing was found
}

// Ask answers a request. It reads the text, and where that finds nothing or cannot be read,
// in the other ways that query.Others has, until one finds something. An answer without
// results is explained. An error about the text is a *query.Error; if its mend is sure, no other
// way is tried. The page that a cursor asks for is of the reading that the cursor belongs to.
func Ask(ctx context.Context, s index.Searcher, r Request, now time.Time) (Answer, error) {
	if err := r.check(); err != nil {
		return Answer{}, err
	}
	literal, refused := query.Read(r.Text, now)
	if wrong := (*query.Error)(nil); errors.As(refused, &wrong) && wrong.Sure {
		return Answer{}, refused
	}
	var answer Answer
	if refused == nil {
		var err error
		answer, err = r.read(ctx, s, literal, now)
		switch {
		case r.Cursor != "" && errors.Is(err, index.ErrCursor):
			refused = err
		case err != nil || r.Cursor != "" || answer.Total > 0 || !answer.Exact:
			return answer, err
		}
	}
	others := query.Others(r.Text, now)
	if refused == nil {
		others = slices.DeleteFunc(others, func(other query.Reading) bool { return !keepsExclusions(literal.Tree, other.Tree) })
	}
	other, found, err := r.readOtherwise(ctx, s, others, now)
	if found || err != nil {
		return other, err
	}
	return r.explain(ctx, s, answer, others, refused, now)
}

// read searches for what a reading of the text asks.
func (r Request) read(ctx context.Context, s index.Searcher, reading query.Reading, now time.Time) (Answer, error) {
	q := r.query(reading.Tree, now)
	found, err := s.Search(ctx, q)
	answer := Answer{Answer: found, Query: q, Text: r.Text, Note: reading.Note}
	if reading.Note != "" {
		answer.Text = reading.Tree.String()
	}
	return answer, err
}

// readOtherwise tries other readings. The budget of the request is for all of them together.
func (r Request) readOtherwise(ctx context.Context, s index.Searcher, others []query.Reading, now time.Time) (answer Answer, found bool, err error) {
	limited := r
	began, all := time.Now(), cmp.Or(r.Budget, index.DefaultBudget)
	if all > 0 {
		limited.Budget = max(all/2, time.Millisecond)
	}
	for _, reading := range others {
		if all > 0 && time.Since(began) > all {
			break
		}
		answer, err := limited.read(ctx, s, reading, now)
		switch {
		case r.Cursor != "" && errors.Is(err, index.ErrCursor):
			continue
		case err != nil:
			return Answer{}, false, err
		case r.Cursor != "" || answer.Total > 0:
			return answer, true, nil
		}
	}
	return Answer{}, false, nil
}

// explain returns the answer where no reading finds anything: the literal one, explained. If
// the text cannot be read literally, that error is the answer, unless another reading leads to
// queries that find something.
func (r Request) explain(ctx context.Context, s index.Searcher, literal Answer, others []query.Reading, refused error, now time.Time) (Answer, error) {
	if r.Cursor != "" {
		return Answer{}, refused
	}
	e := newExplainer(s, r.Budget, now)
	if refused == nil {
		literal.Nothing = e.explain(ctx, literal.Query.Tree, false)
		if len(literal.Instead) > 0 || len(others) == 0 {
			return literal, nil
		}
	}
	for _, reading := range others {
		if refused == nil && !keepsFilters(literal.Query.Tree, reading.Tree) {
			continue
		}
		nothing := e.explain(ctx, reading.Tree, true)
		if len(nothing.Instead) == 0 {
			continue
		}
		if refused == nil {
			literal.Instead, literal.Nearest = nothing.Instead, nothing.Nearest
			return literal, nil
		}
		return Answer{
			Answer: index.Answer{Exact: true}, Query: r.query(reading.Tree, now), Text: reading.Tree.String(), Note: reading.Note, Nothing: nothing,
		}, nil
	}
	return literal, refused
}

// keepsFilters reports whether another reading has all that a tree excludes and filters by.
func keepsFilters(tree, other query.Node) bool {
	have := partsOf(other)
	return !slices.ContainsFunc(partsOf(tree), func(part query.Node) bool {
		switch part.(type) {
		case query.Word, query.Glob, query.Regexp, query.Or:
			return false
		default:
			return !slices.ContainsFunc(have, func(n query.Node) bool { return n.String() == part.String() })
		}
	})
}

// keepsExclusions reports whether another reading has all that a tree excludes. A reading in
// which NOT is a word excludes nothing by it.
func keepsExclusions(tree, other query.Node) bool {
	have := partsOf(other)
	not := func(n query.Node) bool {
		word, ok := n.(query.Word)
		return ok && strings.EqualFold(word.Text, "not")
	}
	return slices.ContainsFunc(have, not) || !slices.ContainsFunc(partsOf(tree), func(part query.Node) bool {
		_, excludes := part.(query.Not)
		return excludes && !slices.ContainsFunc(have, func(n query.Node) bool { return n.String() == part.String() })
	})
}

// partsOf returns the branches of an And, or the one node that is all.
func partsOf(tree query.Node) []query.Node {
	if and, ok := tree.(query.And); ok {
		return and.Of
	}
	return []query.Node{tree}
}
