package crawler

import (
	"context"

	"trawl/crawler/pace"
)

// grants are the part of a crawl in the connections, slots and memory of all crawls.
type grants struct {
	quota  *pace.Quota
	slot   *pace.Slot
	budget *pace.Budget
	party  *pace.Party // nil until the host is reached for
}

// close gives all back.
func (g *grants) close() {
	g.party.Close()
	g.budget.Close()
	g.slot.Release()
	g.quota.Close()
}

// grant waits for a connection and a slot.
func (c *Crawler) grant(ctx context.Context) (*grants, error) {
	g := &grants{quota: pace.NewQuota(c.connections), slot: pace.NewSlot(c.slots), budget: pace.NewBudget(c.memory)}
	if err := g.quota.First(ctx); err != nil {
		return nil, err
	}
	if err := g.slot.Acquire(ctx); err != nil {
		g.quota.Close()
		return nil, err
	}
	return g, nil
}
