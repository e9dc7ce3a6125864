package postings

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/segment"
	"trawl/index/match"
)

// Snapshot is the postings at one moment. The caller closes it. Several goroutines may use
// it.
type Snapshot struct {
	index  *scorch.IndexSnapshot // nil while there are no postings
	Seq    uint64                // it covers all blocks up to this number
	unread []block.ID            // but for these
	broken func(why error)       // tells the owner of the index that it is damaged
}

// snapshot returns the present state of the index.
func (x *bleveIndex) snapshot() (*Snapshot, error) {
	reader, err := x.index.Reader()
	if err != nil {
		return nil, fmt.Errorf("read postings: %w", err)
	}
	s := &Snapshot{index: reader.(*scorch.IndexSnapshot)}
	if seq := s.index.Internal()[internalSeq]; len(seq) == 8 {
		s.Seq = binary.BigEndian.Uint64(seq)
	}
	s.unread = parseUnread(s.index.Internal()[internalUnread])
	return s, nil
}

// Snapshot returns the present postings. While there are none the snapshot covers no block.
func (p *Postings) Snapshot() (*Snapshot, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.current == nil {
		return &Snapshot{}, nil
	}
	s, err := p.current.snapshot()
	if err == nil {
		s.broken = p.current.handle.Break
	}
	return s, err
}

// Close ends the use of the snapshot.
func (s *Snapshot) Close() {
	if s.index != nil {
		_ = s.index.Close()
	}
}

// segments returns the segments of the snapshot.
func (s *Snapshot) segments() []*scorch.SegmentSnapshot {
	if s.index == nil {
		return nil
	}
	return s.index.Segments()
}

// guard calls do, which reads the segments. If they are damaged it says so to the owner of the
// index, who proves it and makes it anew, and returns segment.ErrDamaged.
func (s *Snapshot) guard(do func() error) error {
	err := segment.Guard(do)
	if err == nil {
		return nil
	}
	if !errors.Is(err, segment.ErrDamaged) {
		err = fmt.Errorf("%w (%w)", segment.ErrDamaged, err)
	}
	if s.broken != nil {
		s.broken(err)
	}
	return fmt.Errorf("look up postings: %w", err)
}

// blocks returns all blocks that have postings, ascending.
func (s *Snapshot) blocks() (ids []block.ID, err error) {
	for _, seg := range s.segments() {
		if ids, err = appendBlocks(ids, seg, seg.DocNumbersLive()); err != nil {
			return nil, err
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// All returns all blocks that have postings, ascending.
func (s *Snapshot) All() (ids []block.ID, err error) {
	err = s.guard(func() error {
		ids, err = s.blocks()
		return err
	})
	return ids, err
}

// Blocks returns the blocks that may hold an entry that meets c, ascending, among them those
// that could not be read. The ordinals of hosts in c are positions in hosts. The error of damaged postings is segment.ErrDamaged: the
// caller reads all blocks then.
func (s *Snapshot) Blocks(c match.Candidate, hosts []block.HostNo) (ids []block.ID, err error) {
	err = s.guard(func() error {
		for _, seg := range s.segments() {
			l := newLookup(seg, hosts)
			found, err := l.Eval(c)
			if err != nil {
				return err
			}
			if ids, err = appendBlocks(ids, seg, found.live(seg)); err != nil {
				return err
			}
		}
		return nil
	})
	ids = append(ids, s.unread...)
	slices.Sort(ids)
	return ids, err
}

// appendBlocks appends the blocks of documents of a segment.
func appendBlocks(ids []block.ID, seg *scorch.SegmentSnapshot, docs *roaring.Bitmap) ([]block.ID, error) {
	for it := docs.Iterator(); it.HasNext(); {
		doc, err := seg.DocID(uint64(it.Next()))
		if err != nil {
			return nil, fmt.Errorf("read postings: %w", err)
		}
		ids = append(ids, blockOf(doc))
	}
	return ids, nil
}
