package scan

import (
	"fmt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/dictionary"
	"trawl/index/embedded/internal/postings"
	"trawl/index/embedded/internal/store"
	"trawl/index/match"
)

// Snapshot is the catalogue at one moment, as a search sees it: the roll and the postings,
// and a view of the store that was taken after them.
type Snapshot struct {
	names    *dictionary.State
	postings *postings.Snapshot
	View     *store.View
	Hosts    []index.Host   // ordered by ID; positions in it are ordinals
	nos      []block.HostNo // of hosts
	places   map[block.HostNo]int
}

// Open returns the present. It must be closed.
func Open(s *store.Store, p *postings.Postings, r *dictionary.Dictionary) (m *Snapshot, err error) {
	m = &Snapshot{}
	defer func() {
		if err != nil {
			m.Close()
		}
	}()
	if m.postings, err = p.Snapshot(); err != nil {
		return nil, err
	}
	if err := m.see(s, r); err != nil {
		return nil, fmt.Errorf("read the store: %w", err)
	}
	t, err := m.View.HostTable()
	if err != nil {
		return nil, fmt.Errorf("read the hosts: %w", err)
	}
	m.Hosts, m.nos, m.places = t.Hosts, t.Nos, t.Ordinals
	return m, nil
}

// see takes the roll, and a view of the store that still tells all that has changed since
// that roll: once there is another one it may not.
func (m *Snapshot) see(s *store.Store, r *dictionary.Dictionary) (err error) {
	for {
		m.names = r.Acquire()
		if m.View, err = s.View(); err != nil || r.IsCurrent(m.names) {
			return err
		}
		m.View.Close()
		m.View = nil
		m.DropDictionary()
	}
}

// DropDictionary does without the roll from here on.
func (m *Snapshot) DropDictionary() {
	m.names.Release()
	m.names = &dictionary.State{}
}

func (m *Snapshot) Close() {
	if m.View != nil {
		m.View.Close()
	}
	if m.postings != nil {
		m.postings.Close()
	}
	if m.names != nil {
		m.names.Release()
	}
}

// candidates returns the blocks that may hold what meets c: those that the
// postings tell, and all that are younger than the postings. Some may be gone.
func (m *Snapshot) candidates(c match.Candidate) ([]block.ID, error) {
	ids, err := m.postings.Blocks(c, m.nos)
	if err != nil {
		return nil, err
	}
	err = m.View.After(m.postings.Seq, func(id block.ID, _ []byte) error {
		ids = append(ids, id)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the store: %w", err)
	}
	return ids, nil
}

// UsesDictionary reports whether the roll tells what matches a plan.
func (m *Snapshot) UsesDictionary(plan *match.Plan) bool { return m.names.Answers(plan) }
