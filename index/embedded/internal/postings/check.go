package postings

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"

	"github.com/blevesearch/bleve/v2/index/scorch"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/segment"
	"trawl/index/embedded/internal/store"
)

// Check verifies that the postings of each block are those of its content, and reports each
// block of which this is not so. It compares sums of the hashes of a block's terms, which do
// not depend on their order.
func (p *Postings) Check(ctx context.Context, report func(problem string)) error {
	if err := p.CatchUp(ctx); err != nil {
		return fmt.Errorf("check the postings: %w", err)
	}
	snapshot, err := p.Snapshot()
	if err != nil {
		return err
	}
	defer snapshot.Close()
	v, err := p.store.View()
	if err != nil {
		return fmt.Errorf("check the postings: %w", err)
	}
	defer v.Close()
	if err := snapshot.verify(ctx, report); err != nil {
		return err
	}
	seed := maphash.MakeSeed()
	var have map[block.ID]uint64
	err = snapshot.guard(func() error {
		have, err = snapshot.sums(ctx, seed)
		return err
	})
	if errors.Is(err, segment.ErrDamaged) {
		report("the postings cannot be read and are made anew")
		return nil
	}
	if err != nil {
		return err
	}
	gone := map[block.ID]bool{} // dropped since the snapshot, or damaged
	want, err := sumsOf(ctx, v, seed, snapshot.Seq, func(id block.ID) { gone[id] = true })
	if err != nil {
		return err
	}
	err = v.DroppedAfter(snapshot.Seq, func(_ uint64, ids []block.ID) error {
		for _, id := range ids {
			gone[id] = true
		}
		return nil
	})
	for _, id := range slices.Sorted(maps.Keys(want)) {
		if sum, ok := have[id]; !ok {
			report(fmt.Sprintf("block %d has no postings: run `trawl rebuild`", id))
		} else if sum != want[id] {
			report(fmt.Sprintf("the postings of block %d are not those of its content: run `trawl rebuild`", id))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(have)) {
		if _, ok := want[id]; !ok && !gone[id] {
			report(fmt.Sprintf("there are postings of block %d, which is gone: run `trawl rebuild`", id))
		}
	}
	return err
}

// verify reports segments whose bytes are not those of their checksums.
func (s *Snapshot) verify(ctx context.Context, report func(problem string)) error {
	for _, seg := range s.segments() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := segment.VerifyOpen(seg.Segment()); err != nil {
			report(fmt.Sprintf("the postings: %v: run `trawl rebuild`", err))
		}
	}
	return nil
}

// hashTerm returns the hash of a term of a field.
func hashTerm(seed maphash.Seed, field, term string) uint64 {
	return maphash.String(seed, field+term)
}

// sums returns, by block, the sums of the hashes of its postings.
func (s *Snapshot) sums(ctx context.Context, seed maphash.Seed) (sums map[block.ID]uint64, err error) {
	sums = map[block.ID]uint64{}
	for _, seg := range s.segments() {
		byDoc := make([]uint64, seg.FullSize())
		for _, field := range []string{segment.FieldName, segment.FieldDir, segment.FieldKey} {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := sumField(byDoc, seg, field, seed); err != nil {
				return nil, fmt.Errorf("check the postings: %w", err)
			}
		}
		for it := seg.DocNumbersLive().Iterator(); it.HasNext(); {
			doc := it.Next()
			id, err := seg.DocID(uint64(doc))
			if err != nil {
				return nil, fmt.Errorf("check the postings: %w", err)
			}
			sums[blockOf(id)] = byDoc[doc]
		}
	}
	return sums, nil
}

// sumField adds the hashes of a field's postings to the sums of documents.
func sumField(sums []uint64, seg *scorch.SegmentSnapshot, field string, seed maphash.Seed) error {
	l := newLookup(seg, nil)
	dict, err := l.dict(field)
	if err != nil {
		return err
	}
	for terms := dict.AutomatonIterator(nil, nil, nil); ; {
		entry, err := terms.Next()
		if err != nil || entry == nil {
			return err
		}
		d, err := l.term(field, entry.Term)
		if err != nil {
			return err
		}
		sum := hashTerm(seed, field, entry.Term)
		for it := d.live(seg).Iterator(); it.HasNext(); {
			sums[it.Next()] += sum
		}
	}
}

// sumsOf returns, by block, the sums that the postings of the blocks up to seq must have. It
// calls damaged with each block that cannot be read: it has no postings, and the check of
// the store reports it.
func sumsOf(ctx context.Context, v *store.View, seed maphash.Seed, seq uint64, damaged func(block.ID)) (map[block.ID]uint64, error) {
	sums, extractor := map[block.ID]uint64{}, NewExtractor()
	var b block.Block
	err := v.After(0, func(id block.ID, data []byte) error {
		if err := ctx.Err(); err != nil || uint64(id) > seq {
			return err
		}
		if errors.Is(b.Decode(data), block.ErrDamaged) {
			damaged(id)
			return nil
		}
		terms, sum := extractor.Terms(&b), uint64(0)
		for i := 0; i < len(terms.Names); i += 3 {
			sum += hashTerm(seed, segment.FieldName, terms.Names[i:i+3])
		}
		for i := 0; i < len(terms.Dirs); i += 3 {
			sum += hashTerm(seed, segment.FieldDir, terms.Dirs[i:i+3])
		}
		for _, key := range terms.Keys {
			sum += hashTerm(seed, segment.FieldKey, key)
		}
		sums[id] = sum
		return nil
	})
	return sums, err
}
