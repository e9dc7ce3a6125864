package pace

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// Quota is the connections of one crawl, out of those of all crawls together.
type Quota struct {
	all  *semaphore.Weighted
	held atomic.Int64
}

// NewQuota returns a quota that holds none of all connections yet.
func NewQuota(all *semaphore.Weighted) *Quota { return &Quota{all: all} }

// First waits for the connection without which there is no crawl.
func (q *Quota) First(ctx context.Context) error {
	if err := q.all.Acquire(ctx, 1); err != nil {
		return context.Cause(ctx)
	}
	q.held.Add(1)
	return nil
}

// UpTo takes more connections until it holds n, unless others wait for them, and returns
// how many of n it holds.
func (q *Quota) UpTo(n int) int {
	q.More(n - int(q.held.Load()))
	return min(n, int(q.held.Load()))
}

// More takes at most n more connections, unless others wait for them, and returns how
// many it took.
func (q *Quota) More(n int) int {
	for i := range n {
		if !q.all.TryAcquire(1) {
			return i
		}
		q.held.Add(1)
	}
	return n
}

// Close gives all back.
func (q *Quota) Close() { q.all.Release(q.held.Swap(0)) }
