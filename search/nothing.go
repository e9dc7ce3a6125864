package search

import (
	"context"
	"math"
	"slices"
	"time"

	"trawl/index"
	"trawl/search/query"
)

// Nothing explains an answer without results. All its counts are of searches that were made.
type Nothing struct {
	Missing []query.Node // parts of the query that match nothing by themselves
	Without []Offer      // what the query finds without one of its parts, or without all that is missing
	Instead []Offer      // near queries, with words that exist, the nearest first
	Nearest []string     // names that these find, not made visible
	NoHosts []NoHost     // hosts of the query that the catalogue does not have
	Future  Offer        // the files that an age excludes because their time is in the future
}

// Offer is a query that finds something.
type Offer struct {
	Text  string // in the language
	Left  string // the part that it is without; "" if it is without none
	Total int    // of its results; 0 if there is no offer
	Exact bool   // else there are at least so many
}

// The bounds of an explanation. It is for an answer that is empty, and has some time besides
// that of the search.
const (
	explaining   = 150 * time.Millisecond // after which no more searches are made
	lookBudget   = 20 * time.Millisecond  // of each search
	mostParts    = 8                      // parts of a query that are looked at, at most
	mostWords    = 16                     // words, likewise
	mostAttempts = 10                     // corrected queries that are tried
	mostInstead  = 3                      // corrected queries that are offered
	mostNearest  = 5                      // names that are offered
	nearWords    = 4                      // near words of each word that are tried
)

// explainer makes the searches of an explanation. It belongs to one goroutine.
type explainer struct {
	searcher index.Searcher
	now      time.Time
	until    time.Time
	most     time.Duration // for all searches
	each     time.Duration // the budget of each
	known    map[string]index.Answer
}

// newExplainer returns an explainer for a request with a budget; a negative one is none.
func newExplainer(s index.Searcher, budget time.Duration, now time.Time) *explainer {
	e := &explainer{searcher: s, now: now, most: explaining, each: lookBudget, known: map[string]index.Answer{}}
	if budget < 0 {
		e.most, e.each = time.Hour, -1
	}
	e.until = time.Now().Add(e.most)
	return e
}

// look searches for the first results of a tree. It reports false if there is no time, or if
// the search failed: an explanation is no reason for an error.
func (e *explainer) look(ctx context.Context, tree query.Node) (index.Answer, bool) {
	tree = query.Simplify(tree)
	text := tree.String()
	if answer, ok := e.known[text]; ok {
		return answer, true
	}
	if time.Now().After(e.until) || len(text) > query.MaxLength {
		return index.Answer{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, 2*e.most)
	defer cancel()
	q := index.Query{Tree: tree, Sort: index.ByRelevance, Limit: mostNearest, Places: 1, Budget: e.each, Now: e.now}
	answer, err := e.searcher.Search(ctx, q)
	if err != nil {
		e.until = time.Time{}
		return index.Answer{}, false
	}
	e.known[text] = answer
	return answer, true
}

// nowhere reports whether it is certain that a tree finds nothing.
func (e *explainer) nowhere(ctx context.Context, tree query.Node) bool {
	answer, ok := e.look(ctx, tree)
	return ok && answer.Total == 0 && answer.Exact
}

// offer returns the query for a tree, if that finds something.
func (e *explainer) offer(ctx context.Context, tree query.Node, left string) (offer Offer, names []string) {
	answer, ok := e.look(ctx, tree)
	if !ok || answer.Total == 0 {
		return Offer{}, nil
	}
	for i := range answer.Results {
		names = append(names, answer.Results[i].Name)
	}
	return Offer{Text: query.Simplify(tree).String(), Left: left, Total: answer.Total, Exact: answer.Exact}, names
}

// explain returns why a tree finds nothing. If strict, no near query does without a word.
func (e *explainer) explain(ctx context.Context, tree query.Node, strict bool) (out Nothing) {
	parts := partsOf(tree)
	if len(parts) <= mostParts {
		for _, part := range parts {
			if _, not := part.(query.Not); !not && e.nowhere(ctx, part) {
				out.Missing = append(out.Missing, part)
			}
		}
	}
	out.NoHosts = e.noHosts(ctx, tree)
	if out.Instead = e.onNearHosts(ctx, tree, out.NoHosts); len(out.Instead) == 0 {
		out.Instead, out.Nearest = e.correct(ctx, tree, strict)
	}
	if len(parts) > 1 && len(parts) <= mostParts {
		out.Without = e.without(ctx, parts, out.Missing)
	}
	out.Future = e.future(ctx, tree)
	return out
}

// without returns what is found without one of the parts or, where several are missing, without
// those.
func (e *explainer) without(ctx context.Context, parts, missing []query.Node) (offers []Offer) {
	if len(missing) > 1 {
		rest := slices.DeleteFunc(slices.Clone(parts), func(part query.Node) bool {
			return slices.ContainsFunc(missing, func(m query.Node) bool { return m.String() == part.String() })
		})
		if offer := e.offerRest(ctx, rest, query.And{Of: missing}.String()); offer.Total > 0 {
			offers = append(offers, offer)
		}
		return offers
	}
	for i, part := range parts {
		if len(missing) == 1 && part.String() != missing[0].String() {
			continue // the missing part stays, so that nothing is found
		}
		rest := slices.Delete(slices.Clone(parts), i, i+1)
		if offer := e.offerRest(ctx, rest, part.String()); offer.Total > 0 {
			offers = append(offers, offer)
		}
	}
	return offers
}

// offerRest offers what is left of the parts, unless that only excludes.
func (e *explainer) offerRest(ctx context.Context, rest []query.Node, left string) Offer {
	tree := query.All(rest)
	excludes := func(n query.Node) bool { _, not := n.(query.Not); return not }
	if tree == nil || !slices.ContainsFunc(rest, func(n query.Node) bool { return !excludes(n) }) {
		return Offer{}
	}
	offer, _ := e.offer(ctx, tree, left)
	return offer
}

// future returns what is found if ages of files are taken for times in the future.
func (e *explainer) future(ctx context.Context, tree query.Node) Offer {
	replaced := false
	ahead := replaceAge(tree, func(age query.Age) query.Node {
		if age.Min > 0 {
			return age // it is for old files
		}
		replaced = true
		return query.Time{From: e.now.Unix() + 1, To: math.MaxInt64}
	})
	if !replaced {
		return Offer{}
	}
	offer, _ := e.offer(ctx, ahead, "")
	return offer
}

// replaceAge returns a tree with other nodes in the place of its ages, where they are not
// excluded.
func replaceAge(tree query.Node, other func(query.Age) query.Node) query.Node {
	return replaceLeaves(tree, func(n query.Node) query.Node {
		if age, ok := n.(query.Age); ok {
			return other(age)
		}
		return n
	})
}

// replaceLeaves returns a tree with other nodes in the place of its leaves, where they are not excluded.
func replaceLeaves(tree query.Node, other func(query.Node) query.Node) query.Node {
	replaceAll := func(of []query.Node) (out []query.Node) {
		for _, n := range of {
			out = append(out, replaceLeaves(n, other))
		}
		return out
	}
	switch n := tree.(type) {
	case query.And:
		return query.And{Of: replaceAll(n.Of)}
	case query.Or:
		return query.Or{Of: replaceAll(n.Of)}
	case query.Not:
		return n
	default:
		return other(n)
	}
}
