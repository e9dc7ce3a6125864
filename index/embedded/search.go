package embedded

import (
	"cmp"
	"context"
	"errors"
	"time"

	"trawl/index"
	"trawl/index/match"
)

// Search keeps index.Searcher. Answers are kept; others are computed from one
// moment of the catalogue, without waiting for writers: what they have not posted
// yet is looked at block by block.
func (e *Engine) Search(ctx context.Context, q index.Query) (index.Answer, error) {
	start := time.Now()
	answer, err := e.answers.get(ctx, questionOf(&q), func(ctx context.Context) (made[state, index.Answer], error) {
		return e.search(ctx, q)
	})
	answer.Took = time.Since(start)
	return answer, err
}

// search computes the answer to a query.
func (e *Engine) search(ctx context.Context, q index.Query) (out made[state, index.Answer], err error) {
	shift, err := e.cores.begin(ctx)
	if err != nil {
		return out, err
	}
	defer shift.end()
	start := time.Now() // the budget is for computing, not for waiting
	m, err := takeMoment(e.store, e.postings, e.roll)
	if err != nil {
		return out, err
	}
	defer m.close()
	v := &verifying{moment: m, shift: shift, rooms: &e.scans, start: start, budget: cmp.Or(q.Budget, index.DefaultBudget)}
	answer, err := e.answer(ctx, q, v)
	if err != nil {
		return out, err
	}
	out = made[state, index.Answer]{answer, m.view.state(), answer.Exact && answer.FacetsExact == q.Facets}
	if answer.Total == 0 && answer.Exact {
		began := time.Now()
		if out.answer.Nearest, err = m.nearest(ctx, q.Tree); err != nil {
			return out, err
		}
		out.whole = time.Since(began) < nearBudget
	}
	return out, nil
}

// answer computes results and facets. Where the roll can tell the results but not the
// facets, these are counted by themselves, in what is left of the budget: a quarter or more.
func (e *Engine) answer(ctx context.Context, q index.Query, v *verifying) (index.Answer, error) {
	plan, err := match.Compile(q, v.moment.hosts)
	if err != nil {
		return index.Answer{}, err
	}
	if !q.Facets || !v.moment.rolled(plan) {
		return e.results(ctx, v.of(plan))
	}
	q.Facets = false
	bare, err := match.Compile(q, v.moment.hosts)
	if err != nil {
		return index.Answer{}, err
	}
	rolled, facets := v.of(bare), v.of(plan)
	if v.budget > 0 {
		rolled.budget = v.budget * 5 / 8
	}
	answer, err := e.results(ctx, rolled)
	if err != nil {
		return answer, err
	}
	if answer.Total == 0 && answer.Exact {
		answer.Facets, answer.FacetsExact = plan.Choose().Facets(), true
		return answer, nil
	}
	if v.budget > 0 {
		facets.start, facets.budget = time.Now(), max(v.budget/4, v.budget-time.Since(v.start))
	}
	answer.Facets, answer.FacetsExact, err = facets.facets(ctx)
	return answer, err
}

// results computes an answer in one go.
func (e *Engine) results(ctx context.Context, v *verifying) (index.Answer, error) {
	whole, err := e.texts.ask(v.plan, v.moment.view)
	if err != nil {
		return index.Answer{}, err
	}
	choice, collectors, exact, err := v.run(ctx)
	if errors.Is(err, errVolume) {
		e.roll.spoil()
		v.moment.noRoll()
		choice, collectors, exact, err = v.of(v.plan).run(ctx)
	}
	if err != nil {
		return index.Answer{}, err
	}
	answer := choice.Answer(exact && whole, collectors...)
	return answer, e.texts.tell(v.moment.view, answer.Results, v.plan.Text())
}
