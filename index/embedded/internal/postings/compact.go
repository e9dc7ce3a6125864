package postings

import (
	"context"
	"fmt"
)

// muchDead is how many live blocks to a dead one are still few: Compact rebuilds then.
const muchDead = 16

// Compact rebuilds the postings if many are of blocks that are gone: Bleve drops these only
// when it merges their segment. Searches and writers go on.
func (p *Postings) Compact(ctx context.Context) error {
	if err := p.CatchUp(ctx); err != nil {
		return fmt.Errorf("compact the postings: %w", err)
	}
	p.mu.RLock()
	x := p.current
	p.mu.RUnlock()
	if x != nil {
		x.settle(ctx.Done()) // a merge in progress would bring back what was dropped since it began
	}
	s, err := p.Snapshot()
	if err != nil {
		return err
	}
	live, dead := int64(0), int64(0)
	for _, seg := range s.segments() {
		n := int64(seg.Count())
		live, dead = live+n, dead+seg.FullSize()-n
	}
	s.Close()
	if dead*muchDead <= live {
		return nil
	}
	return p.Rebuild(ctx)
}
