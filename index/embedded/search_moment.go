package embedded

import (
	"fmt"

	"trawl/index"
	"trawl/index/match"
)

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

// takeMoment returns the present. It must be closed.
func takeMoment(s *store, p *postings, r *roll) (m *moment, err error) {
	m = &moment{}
	defer func() {
		if err != nil {
			m.close()
		}
	}()
	if m.posted, err = p.snapshot(); err != nil {
		return nil, err
	}
	if err := m.see(s, r); err != nil {
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
func (m *moment) see(s *store, r *roll) (err error) {
	for {
		m.roll = r.hold()
		if m.view, err = s.view(); err != nil || r.is(m.roll) {
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

// rolled reports whether the roll tells what matches a plan.
func (m *moment) rolled(plan *match.Plan) bool { return m.roll.tells(plan) }
