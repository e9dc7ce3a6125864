package scan

import (
	"context"
	"errors"
	"slices"
	"time"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/segment"
	"trawl/index/match"
	"trawl/search/query"
)

const (
	// nearBudget bounds the time that is spent on names near to what was not found.
	nearBudget = 50 * time.Millisecond

	// nearNames is how many names "did you mean" offers.
	nearNames = 5

	// nearBlocks is how many blocks are looked through for near names: those that share the
	// most trigrams with the words, as many for each word.
	nearBlocks = 96
)

// nearest returns the names that are nearest to the words of a query.
func (s *Snapshot) nearest(ctx context.Context, tree query.Node) ([]string, error) {
	near := match.NewNear(tree)
	if near == nil {
		return nil, nil
	}
	until := time.Now().Add(nearBudget)
	var ids []block.ID
	words := near.Words()
	for _, word := range words {
		alike, err := s.postings.Alike(word, max(1, nearBlocks/len(words)))
		if err != nil && !errors.Is(err, segment.ErrDamaged) {
			return nil, err
		}
		ids = append(ids, alike...)
	}
	young, err := s.candidates(match.None{})
	if err != nil {
		return nil, err
	}
	ids = append(ids, young...)
	slices.Sort(ids)
	err = s.eachBlock(ctx, slices.Compact(ids), until, func(b *block.Block, names *block.FoldedNames) {
		for i := range b.Len() {
			near.Offer(block.Borrow(b.Name(i)), names.At(i))
		}
	})
	if err != nil {
		return nil, err
	}
	return near.Best(nearNames), nil
}
