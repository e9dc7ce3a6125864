package postings

import (
	"context"
	"fmt"
)

// muchDead is what part of the postings, one in so many, is to be of blocks that are gone
// for them to be made anew.
const muchDead = 16

// Compact makes the postings anew if many are of blocks that are gone: Bleve leaves
// these out only when it merges the segment that they are in. Searches and writers go on.
func (p *Postings) Compact(ctx context.Context) error {
	if err := p.CatchUp(ctx); err != nil {
		return fmt.Errorf("compact the postings: %w", err)
	}
	p.mu.RLock()
	x := p.current
	p.mu.RUnlock()
	x.settle(ctx.Done()) // a merge that is under way brings back what was dropped since it began
	s, err := p.Snapshot()
	if err != nil {
		return err
	}
	live, dead := int64(0), int64(0)
	for _, seg := range s.index.Segments() {
		n := int64(seg.Count())
		live, dead = live+n, dead+seg.FullSize()-n
	}
	s.Close()
	if dead*muchDead <= live {
		return nil
	}
	return p.Rebuild(ctx)
}
