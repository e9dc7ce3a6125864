package postings

import (
	"errors"
	"fmt"
	"slices"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/follow"
	"trawl/index/embedded/internal/segment"
	"trawl/index/embedded/internal/store"
)

// proveDocuments proves that the index has one document of each block that it covers, and none
// of others: root.bolt has no checksum, and may be older than what the store remembers. It
// compares IDs, and reads no block. If the store cannot say which
// blocks it has, its own damage is logged, and the index is believed.
func (x *bleveIndex) proveDocuments(s *store.Store) error {
	have, err := x.documents()
	if err != nil {
		return err
	}
	want, dropped, err := x.expected(s)
	switch {
	case errors.Is(err, follow.ErrOtherCatalogue):
		return err
	case err != nil:
		s.Log.Error("the postings cannot be proved against the blocks", "err", err)
		return nil
	}
	slices.Sort(want)
	return compare(have, want, dropped, x.unread)
}

// expected returns the blocks that the store has and the index covers, and those that were
// dropped since.
func (x *bleveIndex) expected(s *store.Store) (want []block.ID, dropped map[block.ID]bool, err error) {
	defer store.Guarded(&err)()
	v, err := s.View()
	if err != nil {
		return nil, nil, err
	}
	defer v.Close()
	if x.seq > v.Sequence() {
		return nil, nil, follow.ErrOtherCatalogue
	}
	err = v.BlockIDs(func(id block.ID) {
		if uint64(id) <= x.seq {
			want = append(want, id)
		}
	})
	dropped = map[block.ID]bool{}
	err = errors.Join(err, v.DroppedAfter(x.seq, func(_ uint64, ids []block.ID) error {
		for _, id := range ids {
			dropped[id] = true
		}
		return nil
	}))
	return want, dropped, err
}

// documents returns the blocks of the documents of the index, ascending.
func (x *bleveIndex) documents() ([]block.ID, error) {
	snap, err := x.snapshot()
	if err != nil {
		return nil, err
	}
	defer snap.Close()
	for _, seg := range snap.index.Segments() {
		if gone := seg.Deleted(); gone != nil && !gone.IsEmpty() && int64(gone.Maximum()) >= seg.FullSize() {
			return nil, fmt.Errorf("%w: documents are deleted that a segment does not have", follow.ErrUnsound)
		}
	}
	var ids []block.ID
	err = segment.Guard(func() error {
		ids, err = snap.blocks()
		return err
	})
	return ids, err
}

// compare compares the blocks of documents with those that the store has, and those that could
// not be read. All ascend. Dropped blocks may have a document still.
func compare(have, want []block.ID, dropped map[block.ID]bool, unread []block.ID) error {
	missing := func(id block.ID) error {
		if _, known := slices.BinarySearch(unread, id); known {
			return nil
		}
		return fmt.Errorf("%w: there is no document of block %d", follow.ErrUnsound, id)
	}
	for i, id := range have {
		if i > 0 && have[i-1] == id {
			return fmt.Errorf("%w: there are two documents of block %d", follow.ErrUnsound, id)
		}
		for ; len(want) > 0 && want[0] < id; want = want[1:] {
			if err := missing(want[0]); err != nil {
				return err
			}
		}
		switch {
		case len(want) > 0 && want[0] == id:
			want = want[1:]
		case !dropped[id]:
			return fmt.Errorf("%w: there is a document of block %d, which is gone", follow.ErrUnsound, id)
		}
	}
	for _, id := range want {
		if err := missing(id); err != nil {
			return err
		}
	}
	return nil
}
