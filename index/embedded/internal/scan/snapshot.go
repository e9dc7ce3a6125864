package scan

import (
	"errors"
	"fmt"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/dictionary"
	"trawl/index/embedded/internal/postings"
	"trawl/index/embedded/internal/segment"
	"trawl/index/embedded/internal/store"
	"trawl/index/match"
)

// Snapshot is the catalogue at one moment, as one search sees it. Its dictionary and its
// postings may be behind its view of the store, never ahead of it.
type Snapshot struct {
	names    *dictionary.State
	postings *postings.Snapshot
	view     *store.View
	hosts    []index.Host // ordered by ID; positions in it are the ordinals of package match
	numbers  []block.HostNo
	ordinals map[block.HostNo]int
}

// Open opens a snapshot of the present. The caller closes it.
func Open(s *store.Store, p *postings.Postings, d *dictionary.Dictionary) (snap *Snapshot, err error) {
	snap = &Snapshot{}
	defer func() {
		if err != nil {
			snap.Close()
		}
	}()
	defer store.Guarded(&err)() // a panic becomes an error before it is asked whether to close
	if snap.postings, err = p.Snapshot(); err != nil {
		return nil, err
	}
	if err := snap.openView(s, d); err != nil {
		return nil, fmt.Errorf("read the store: %w", err)
	}
	hosts, err := snap.view.HostTable()
	if err != nil {
		return nil, fmt.Errorf("read the hosts: %w", err)
	}
	snap.hosts, snap.numbers, snap.ordinals = hosts.Hosts, hosts.Nos, hosts.Ordinals
	return snap, nil
}

// openView opens the dictionary and a view of the store that still logs all changes since
// that dictionary. Once there is another dictionary, the log may lack some.
func (s *Snapshot) openView(from *store.Store, d *dictionary.Dictionary) (err error) {
	for {
		s.names = d.Acquire()
		if s.view, err = from.View(); err != nil || d.IsCurrent(s.names) {
			return err
		}
		s.view.Close()
		s.view = nil
		s.dropDictionary()
	}
}

// dropDictionary makes the snapshot do without the dictionary from here on.
func (s *Snapshot) dropDictionary() {
	s.names.Release()
	s.names = &dictionary.State{}
}

// Close lets go of all that the snapshot holds.
func (s *Snapshot) Close() {
	if s.view != nil {
		s.view.Close()
	}
	if s.postings != nil {
		s.postings.Close()
	}
	if s.names != nil {
		s.names.Release()
	}
}

// candidates returns the blocks that may hold what meets a candidate: those that the
// postings name, and all that are younger than the postings. Some may be gone, some unreadable. If
// the postings are damaged it returns all blocks.
func (s *Snapshot) candidates(c match.Candidate) ([]block.ID, error) {
	covered := s.postings.Seq
	ids, err := s.postings.Blocks(c, s.numbers)
	if errors.Is(err, segment.ErrDamaged) {
		ids, covered, err = nil, 0, nil
	}
	if err != nil {
		return nil, err
	}
	err = s.view.AllAfter(covered, func(id block.ID, _ []byte, _ error) error {
		ids = append(ids, id)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the store: %w", err)
	}
	return ids, nil
}
