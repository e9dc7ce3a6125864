package embedded

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"trawl/index"
	"trawl/search"
)

// nearBudget bounds the time that is spent on names which are near to what was
// not found.
const nearBudget = 50 * time.Millisecond

// Search answers a query from one moment of the catalogue. It never waits for
// writers: what they have not posted yet is looked at block by block.
func (e *Engine) Search(ctx context.Context, q index.Query) (index.Answer, error) {
	start := time.Now()
	m, err := e.moment()
	if err != nil {
		return index.Answer{}, err
	}
	defer m.close()
	plan, err := search.Compile(q, m.hosts)
	if err != nil {
		return index.Answer{}, err
	}
	if words := plan.Text(); words != "" {
		hits, err := e.texts.find(words, m)
		if err != nil {
			return index.Answer{}, err
		}
		plan.Found(hits)
	}
	candidate := plan.Candidates()
	ids, err := m.candidates(candidate)
	if err != nil {
		return index.Answer{}, err
	}
	judges, exact, err := verify(ctx, plan, &work{
		moment: m, ids: ids, until: until(start, q.Budget), probe: plan.Probe(), sieve: sieveOf(candidate),
	})
	if err != nil {
		return index.Answer{}, err
	}
	answer := plan.Answer(exact, judges...)
	if err := e.texts.describe(m, answer.Results); err != nil {
		return index.Answer{}, err
	}
	if answer.Total == 0 && exact {
		if answer.Nearest, err = m.nearest(ctx, q.Tree); err != nil {
			return index.Answer{}, err
		}
	}
	answer.Took = time.Since(start)
	return answer, nil
}

// until returns when the budget of a query that began at start has run out, the
// zero time if it has none.
func until(start time.Time, budget time.Duration) time.Time {
	switch {
	case budget < 0:
		return time.Time{}
	case budget == 0:
		budget = index.DefaultBudget
	}
	return start.Add(budget)
}

// moment is the catalogue at one moment, as a search sees it: the postings, and a
// view of the store that was taken after them.
type moment struct {
	posted *snapshot
	view   *view
	hosts  []index.Host // ordered by ID; positions in it are ordinals
	nos    []hostNo     // of hosts
	places map[hostNo]int
}

// moment returns the present. It must be closed.
func (e *Engine) moment() (*moment, error) {
	posted, err := e.postings.snapshot()
	if err != nil {
		return nil, err
	}
	v, err := e.store.view()
	if err != nil {
		posted.close()
		return nil, fmt.Errorf("read the store: %w", err)
	}
	m := &moment{posted: posted, view: v, places: map[hostNo]int{}}
	if err := m.readHosts(); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

func (m *moment) close() {
	m.view.close()
	m.posted.close()
}

// readHosts orders the hosts.
func (m *moment) readHosts() error {
	hosts, err := m.view.hosts()
	if err != nil {
		return fmt.Errorf("read the hosts: %w", err)
	}
	m.nos = slices.SortedFunc(maps.Keys(hosts), func(a, b hostNo) int {
		return strings.Compare(string(hosts[a].ID), string(hosts[b].ID))
	})
	for i, no := range m.nos {
		m.hosts = append(m.hosts, *hosts[no])
		m.places[no] = i
	}
	return nil
}

// candidates returns the blocks that may hold what meets c: those that the
// postings tell, and all that are younger than the postings. Some may be gone.
func (m *moment) candidates(c search.Candidate) ([]blockID, error) {
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
