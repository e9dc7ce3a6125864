package postings

import (
	"encoding/binary"
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
	index *scorch.IndexSnapshot
	Seq   uint64 // it covers all blocks up to this number
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
	return s, nil
}

// Snapshot returns the present postings.
func (p *Postings) Snapshot() (*Snapshot, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.current.snapshot()
}

// Close ends the use of the snapshot.
func (s *Snapshot) Close() { _ = s.index.Close() }

// All returns all blocks that have postings, ascending.
func (s *Snapshot) All() []block.ID {
	ids, _ := s.Blocks(match.All{}, nil) // All reads no postings
	return ids
}

// Blocks returns the blocks that may hold an entry that meets c, ascending. The ordinals of
// hosts in c are positions in hosts. The error of damaged postings names the remedy.
func (s *Snapshot) Blocks(c match.Candidate, hosts []block.HostNo) (ids []block.ID, err error) {
	defer segment.Recover(&err)
	for _, seg := range s.index.Segments() {
		l := newLookup(seg, hosts)
		found, err := l.Eval(c)
		if err != nil {
			return nil, fmt.Errorf("look up postings: %w", err)
		}
		if ids, err = appendBlocks(ids, seg, found.live(seg)); err != nil {
			return nil, err
		}
	}
	slices.Sort(ids)
	return ids, nil
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
