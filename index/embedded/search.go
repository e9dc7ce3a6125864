package embedded

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"trawl/index"
	"trawl/index/match"
)

// nearBudget bounds the time that is spent on names which are near to what was
// not found.
const nearBudget = 50 * time.Millisecond

// Search keeps index.Searcher. Answers are kept; others are computed from one
// moment of the catalogue, without waiting for writers: what they have not posted
// yet is looked at block by block.
func (e *Engine) Search(ctx context.Context, q index.Query) (index.Answer, error) {
	start := time.Now()
	answer, err := e.answers.get(ctx, questionOf(&q), func(ctx context.Context) (made[index.Answer], error) {
		return e.search(ctx, q)
	})
	answer.Took = time.Since(start)
	return answer, err
}

// search computes the answer to a query.
func (e *Engine) search(ctx context.Context, q index.Query) (out made[index.Answer], err error) {
	shift, err := e.cores.begin(ctx)
	if err != nil {
		return out, err
	}
	defer shift.end()
	start := time.Now() // the budget is for computing, not for waiting
	m, err := e.moment()
	if err != nil {
		return out, err
	}
	defer m.close()
	v := &verifying{moment: m, shift: shift, rooms: &e.scans, start: start, budget: cmp.Or(q.Budget, index.DefaultBudget)}
	answer, err := e.answer(ctx, q, v)
	if err != nil {
		return out, err
	}
	out = made[index.Answer]{answer, m.view.state(), answer.Exact && answer.FacetsExact == q.Facets}
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
	plan, err := match.Compile(q, v.moment.hosts, e.addr)
	if err != nil {
		return index.Answer{}, err
	}
	if !q.Facets || !v.moment.rolled(plan) {
		return e.results(ctx, v.of(plan))
	}
	q.Facets = false
	bare, err := match.Compile(q, v.moment.hosts, e.addr)
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
	whole, err := e.texts.ask(v.plan, v.moment)
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
	return answer, e.texts.tell(v.moment, answer.Results, v.plan.Text())
}

// moment is the catalogue at one moment, as a search sees it: the roll and the postings,
// and a view of the store that was taken after them.
type moment struct {
	roll   *rollState
	posted *snapshot
	view   *view
	hosts  []index.Host // ordered by ID; positions in it are ordinals
	nos    []hostNo     // of hosts
	places map[hostNo]int
}

// moment returns the present. It must be closed.
func (e *Engine) moment() (m *moment, err error) {
	m = &moment{}
	defer func() {
		if err != nil {
			m.close()
		}
	}()
	if m.posted, err = e.postings.snapshot(); err != nil {
		return nil, err
	}
	if err := m.see(e); err != nil {
		return nil, fmt.Errorf("read the store: %w", err)
	}
	t, err := m.view.hostTable()
	if err != nil {
		return nil, fmt.Errorf("read the hosts: %w", err)
	}
	m.hosts, m.nos, m.places = t.hosts, t.nos, t.places
	return m, nil
}

// see takes the roll, and a view of the store that still tells all that has changed since
// that roll: once there is another one it may not.
func (m *moment) see(e *Engine) (err error) {
	for {
		m.roll = e.roll.hold()
		if m.view, err = e.store.view(); err != nil || e.roll.is(m.roll) {
			return err
		}
		m.view.close()
		m.view = nil
		m.noRoll()
	}
}

// noRoll does without the roll from here on.
func (m *moment) noRoll() {
	m.roll.letGo()
	m.roll = &rollState{}
}

func (m *moment) close() {
	if m.view != nil {
		m.view.close()
	}
	if m.posted != nil {
		m.posted.close()
	}
	if m.roll != nil {
		m.roll.letGo()
	}
}

// candidates returns the blocks that may hold what meets c: those that the
// postings tell, and all that are younger than the postings. Some may be gone.
func (m *moment) candidates(c match.Candidate) ([]blockID, error) {
	ids, err := m.posted.blocks(c, m.nos)
	if err != nil {
		return nil, err
	}
	err = m.view.after(m.posted.seq, func(id blockID, _ []byte) error {
		ids = append(ids, id)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the store: %w", err)
	}
	return ids, nil
}
