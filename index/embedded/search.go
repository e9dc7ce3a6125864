package embedded

import (
	"cmp"
	"context"
	"errors"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/cache"
	"trawl/index/embedded/internal/dictionary"
	"trawl/index/embedded/internal/scan"
	"trawl/index/embedded/internal/store"
	"trawl/index/match"
)

// Search keeps index.Searcher. Answers are kept; others are computed from one
// moment of the catalogue, without waiting for writers: what they have not posted
// yet is looked at block by block.
func (e *Engine) Search(ctx context.Context, q index.Query) (index.Answer, error) {
	start := time.Now()
	answer, err := e.answers.Get(ctx, questionOf(&q), func(ctx context.Context) (cache.Computed[store.State, index.Answer], error) {
		return e.search(ctx, q)
	})
	answer.Took = time.Since(start)
	return answer, err
}

// search computes the answer to a query.
func (e *Engine) search(ctx context.Context, q index.Query) (out cache.Computed[store.State, index.Answer], err error) {
	shift, err := e.cores.Acquire(ctx)
	if err != nil {
		return out, err
	}
	defer shift.Release()
	start := time.Now() // the budget is for computing, not for waiting
	m, err := scan.Open(e.store, e.postings, e.roll)
	if err != nil {
		return out, err
	}
	defer m.Close()
	v := &scan.Search{Moment: m, Lease: shift, Scans: &e.scans, Start: start, Budget: cmp.Or(q.Budget, index.DefaultBudget)}
	answer, err := e.answer(ctx, q, v)
	if err != nil {
		return out, err
	}
	out = cache.Computed[store.State, index.Answer]{Answer: answer, State: m.View.State(), Whole: answer.Exact && answer.FacetsExact == q.Facets}
	if answer.Total == 0 && answer.Exact {
		began := time.Now()
		if out.Answer.Nearest, err = m.Nearest(ctx, q.Tree); err != nil {
			return out, err
		}
		out.Whole = time.Since(began) < scan.NearBudget
	}
	return out, nil
}

// answer computes results and facets. Where the roll can tell the results but not the
// facets, these are counted by themselves, in what is left of the budget: a quarter or more.
func (e *Engine) answer(ctx context.Context, q index.Query, v *scan.Search) (index.Answer, error) {
	plan, err := match.Compile(q, v.Moment.Hosts)
	if err != nil {
		return index.Answer{}, err
	}
	if !q.Facets || !v.Moment.UsesDictionary(plan) {
		return e.results(ctx, v.With(plan))
	}
	q.Facets = false
	bare, err := match.Compile(q, v.Moment.Hosts)
	if err != nil {
		return index.Answer{}, err
	}
	rolled, facets := v.With(bare), v.With(plan)
	if v.Budget > 0 {
		rolled.Budget = v.Budget * 5 / 8
	}
	answer, err := e.results(ctx, rolled)
	if err != nil {
		return answer, err
	}
	if answer.Total == 0 && answer.Exact {
		answer.Facets, answer.FacetsExact = plan.Choose().Facets(), true
		return answer, nil
	}
	if v.Budget > 0 {
		facets.Start, facets.Budget = time.Now(), max(v.Budget/4, v.Budget-time.Since(v.Start))
	}
	answer.Facets, answer.FacetsExact, err = facets.Facets(ctx)
	return answer, err
}

// results computes an answer in one go.
func (e *Engine) results(ctx context.Context, v *scan.Search) (index.Answer, error) {
	whole, err := e.texts.Resolve(v.Plan, v.Moment.View)
	if err != nil {
		return index.Answer{}, err
	}
	choice, collectors, exact, err := v.Run(ctx)
	if errors.Is(err, dictionary.ErrDamaged) {
		e.roll.MarkDamaged()
		v.Moment.DropDictionary()
		choice, collectors, exact, err = v.With(v.Plan).Run(ctx)
	}
	if err != nil {
		return index.Answer{}, err
	}
	answer := choice.Answer(exact && whole, collectors...)
	return answer, e.texts.Annotate(v.Moment.View, answer.Results, v.Plan.Text())
}
