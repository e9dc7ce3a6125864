package scan

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/cores"
	"trawl/index/embedded/internal/dictionary"
	"trawl/index/embedded/internal/postings"
	"trawl/index/embedded/internal/store"
	"trawl/index/embedded/internal/texts"
	"trawl/index/match"
)

// Searcher answers queries over the parts of an engine. Its methods may be called from
// several goroutines.
type Searcher struct {
	store      *store.Store
	postings   *postings.Postings
	dictionary *dictionary.Dictionary
	texts      *texts.Index
	cores      *cores.Pool
	addr       func(index.HostID) string // of a host, with its port; or nil
	readers    sync.Pool                 // of *reader
}

// NewSearcher returns a searcher that computes on the cores of a pool. addr returns the address of a
// host with its port; it may be nil.
func NewSearcher(s *store.Store, p *postings.Postings, d *dictionary.Dictionary, t *texts.Index, c *cores.Pool,
	addr func(index.HostID) string,
) *Searcher {
	return &Searcher{
		store: s, postings: p, dictionary: d, texts: t, cores: c, addr: addr,
		readers: sync.Pool{New: func() any { return new(reader) }},
	}
}

// Found is what a search, or a look through names, computes.
type Found[T any] struct {
	Answer T
	State  store.State // of the catalogue that the answer is of
	Whole  bool        // more time would change nothing
}

// Search computes the answer to a query from a Snapshot of the catalogue. It waits for no
// writer: it reads the blocks that have no postings yet one by one. The error is that of
// ctx, index.ErrCrowded where too many search, one of the query, or one of reading.
func (s *Searcher) Search(ctx context.Context, q index.Query) (out Found[index.Answer], err error) {
	lease, err := s.cores.Acquire(ctx)
	if err != nil {
		return out, err
	}
	defer lease.Release()
	defer store.Guarded(&err)()
	limit := budget{time.Now(), cmp.Or(q.Budget, index.DefaultBudget)} // without the time of waiting
	snap, err := Open(s.store, s.postings, s.dictionary)
	if err != nil {
		return out, err
	}
	defer snap.Close()
	out.State = snap.view.State()
	if out.Answer, err = s.answer(ctx, q, &run{snapshot: snap, lease: lease, readers: &s.readers, budget: limit}); err != nil {
		return Found[index.Answer]{}, err
	}
	out.Whole = out.Answer.Exact && out.Answer.FacetsExact == q.Facets
	return out, nil
}

// answer computes results and facets. Where the dictionary knows the results but not the
// facets, facets are counted apart, in what is left of the budget.
func (s *Searcher) answer(ctx context.Context, q index.Query, base *run) (index.Answer, error) {
	plan, err := match.Compile(q, base.snapshot.hosts, s.addr)
	if err != nil {
		return index.Answer{}, err
	}
	if !q.Facets || !base.snapshot.names.Answers(plan) {
		return s.results(ctx, base.with(plan, base.budget))
	}
	q.Facets = false
	bare, err := match.Compile(q, base.snapshot.hosts, s.addr)
	if err != nil {
		return index.Answer{}, err
	}
	answer, err := s.results(ctx, base.with(bare, base.budget.forResults()))
	if err != nil {
		return answer, err
	}
	if answer.Total == 0 && answer.Exact {
		answer.Facets, answer.FacetsExact = plan.Choose().Facets(), true
		return answer, nil
	}
	answer.Facets, answer.FacetsExact, err = base.with(plan, base.budget.forFacets()).facets(ctx)
	return answer, err
}

// results computes an answer without facets apart. A damaged dictionary is reported to its
// owner, and done without.
func (s *Searcher) results(ctx context.Context, r *run) (index.Answer, error) {
	allTexts, err := s.texts.Resolve(r.plan, r.snapshot.view)
	if err != nil {
		return index.Answer{}, err
	}
	choice, collectors, exact, err := r.run(ctx)
	if errors.Is(err, dictionary.ErrDamaged) {
		s.dictionary.MarkDamaged()
		r.snapshot.dropDictionary()
		choice, collectors, exact, err = r.with(r.plan, r.budget).run(ctx)
	}
	if err != nil {
		return index.Answer{}, err
	}
	answer := choice.Answer(exact && allTexts, collectors...)
	return answer, s.texts.Annotate(r.snapshot.view, answer.Results, r.plan.Text())
}
