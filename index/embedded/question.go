package embedded

import (
	"cmp"
	"context"
	"slices"
	"time"
	"unsafe"

	"trawl/index"
	"trawl/index/embedded/internal/cache"
	"trawl/index/embedded/internal/scan"
	"trawl/index/embedded/internal/store"
	"trawl/index/match"
	"trawl/search/query"
)

// question is a query as answers knows it: those that are equal have equal
// answers in the same state of the catalogue.
type question struct {
	tree    string
	sort    index.Sort
	reverse bool
	limit   int
	places  int
	cursor  string
	facets  bool
	budget  time.Duration
	now     int64 // in seconds since 1970, if ages depend on it
}

// questionOf returns the question that q asks, and sets the time in q that ages
// are counted from.
func questionOf(q *index.Query) question {
	out := question{
		sort: cmp.Or(q.Sort, index.ByRelevance), reverse: q.Reverse, cursor: q.Cursor, facets: q.Facets,
		limit: cmp.Or(q.Limit, index.DefaultLimit), places: cmp.Or(q.Places, index.DefaultPlaces),
		budget: cmp.Or(q.Budget, index.DefaultBudget),
	}
	if q.Tree == nil {
		return out
	}
	out.tree = q.Tree.String()
	if ages(q.Tree) {
		if q.Now.IsZero() {
			q.Now = time.Now()
		}
		out.now = q.Now.Unix()
	}
	return out
}

// ages tells whether a tree asks how old something is.
func ages(n query.Node) bool {
	switch n := n.(type) {
	case query.And:
		return slices.ContainsFunc(n.Of, ages)
	case query.Or:
		return slices.ContainsFunc(n.Of, ages)
	case query.Not:
		return ages(n.Of)
	case query.Age:
		return true
	default:
		return false
	}
}

// weighAnswer returns the bytes that an answer and its question take. Hosts' names
// are not counted: they are the catalogue's.
func weighAnswer(q *question, a *index.Answer) int {
	n := overhead(q) + len(q.tree) + len(q.cursor) + len(a.Next) + cap(a.Results)*sizeOf[index.Result]() + weighTexts(a.Nearest)
	for i := range a.Results {
		r := &a.Results[i]
		n += len(r.Name) + len(r.About) + cap(r.Marks)*sizeOf[index.Range]() + cap(r.Places)*sizeOf[index.Place]()
		for j := range r.Places {
			p := &r.Places[j]
			n += len(p.Path) + len(p.Shown) + cap(p.Marks)*sizeOf[index.Range]()
		}
		if t := r.Text; t != nil {
			n += sizeOf[index.Snippet]() + len(t.Host) + len(t.Path) + len(t.Line) + cap(t.Marks)*sizeOf[index.Range]()
		}
	}
	n += cap(a.Facets) * sizeOf[index.Facet]()
	for _, f := range a.Facets {
		n += cap(f.Values) * sizeOf[index.FacetValue]()
		for _, v := range f.Values {
			n += len(v.Value) + len(v.Query)
		}
	}
	return n
}

// started is a word that is to be completed.
type started struct {
	start string // folded
	n     int
}

// completionsPart is the part of the room for answers that completions have.
const completionsPart = 16

// Complete keeps index.Searcher. What it returns is folded, the most frequent
// first. Everybody types the same first letters, and what few letters begin is dear:
// completions are kept as answers are.
func (e *Engine) Complete(ctx context.Context, prefix string, n int) ([]string, error) {
	start := match.Fold(prefix)
	if start == "" || n <= 0 {
		return nil, nil
	}
	return e.completions.Get(ctx, started{start, n}, func(ctx context.Context) (out cache.Computed[store.State, []string], err error) {
		shift, err := e.cores.Acquire(ctx)
		if err != nil {
			return out, err
		}
		defer shift.Release()
		began := time.Now()
		if out.State, err = e.store.State(); err != nil {
			return out, err
		}
		m, err := scan.Open(e.store, e.postings, e.roll)
		if err != nil {
			return out, err
		}
		defer m.Close()
		out.Answer, err = m.Complete(ctx, []byte(start), n)
		out.Whole = time.Since(began) < scan.CompleteBudget
		return out, err
	})
}

func weighCompletion(q *started, words *[]string) int {
	return overhead(q) + len(q.start) + weighTexts(*words)
}

// overhead returns the bytes that keeping an answer takes beside what it holds.
func overhead[Q any](*Q) int {
	const pointers = 256 // of the map, the list and the channel
	return cache.EntrySize[question, store.State, index.Answer]() + sizeOf[Q]() + pointers
}

func weighTexts(of []string) int {
	n := cap(of) * sizeOf[string]()
	for _, s := range of {
		n += len(s)
	}
	return n
}

func sizeOf[T any]() int {
	var t T
	return int(unsafe.Sizeof(t))
}
