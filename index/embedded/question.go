package embedded

import (
	"cmp"
	"time"
	"unsafe"

	"trawl/index"
	"trawl/index/embedded/internal/cache"
	"trawl/index/embedded/internal/store"
	"trawl/search/query"
)

// question is the key of an answer in the cache: equal questions have equal answers in the
// same state of the catalogue.
type question struct {
	tree    string
	sort    index.Sort
	reverse bool
	limit   int
	places  int
	cursor  string
	facets  bool
	budget  time.Duration
	now     int64 // in seconds since 1970; 0 unless ages are asked for
}

// questionOf returns the question that q asks. It sets the time in q from which ages are
// counted.
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
	if query.Relative(q.Tree) {
		if q.Now.IsZero() {
			q.Now = time.Now()
		}
		out.now = q.Now.Unix()
	}
	return out
}

// weighAnswer returns the bytes that an answer and its question take, without the names of
// hosts, which belong to the catalogue.
func weighAnswer(q *question, a *index.Answer) int {
	n := overhead(q) + len(q.tree) + len(q.cursor) + len(a.Next) + cap(a.Results)*sizeOf[index.Result]()
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

// started is the key of a completion in the cache.
type started struct {
	start string
	n     int
}

// misspelt is the key of near words in the cache.
type misspelt struct {
	words string // joined by NULs
	n     int
	whole bool // there is no budget
}

// weighSimilar returns the bytes that near words and their question take.
func weighSimilar(q *misspelt, words *[][]string) int {
	n := overhead(q) + len(q.words) + cap(*words)*sizeOf[[]string]()
	for _, near := range *words {
		n += weighTexts(near)
	}
	return n
}

// completionsPart is the part, one in so many, that completions get of the memory for answers,
// and near words likewise.
const completionsPart = 16

// weighCompletion returns the bytes that a completion and its question take.
func weighCompletion(q *started, words *[]string) int {
	return overhead(q) + len(q.start) + weighTexts(*words)
}

// overhead returns the bytes that keeping an answer takes besides the answer itself.
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
