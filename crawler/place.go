package crawler

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"
)

// place is the place of a crawl among those that work at once. A crawl takes it
// when it has something to do: a directory to ask for, a listing that came. It has
// it for a moment, even if it soon has nothing more to do, and then stands in the
// queue again. So a crawl that waits for its host, however long and for whatever
// reason, keeps no other from working for more than that, nor does one that goes on
// for ever.
//
// Its methods may be called from several goroutines.
type place struct {
	of    *semaphore.Weighted
	lock  chan struct{} // holds a token while one has it; guards the following
	held  bool
	ended *time.Timer // of the moment; nil before the first
}

// moment is how long a crawl has its place: long enough to do much, and so short
// that the streams of those that stand in the queue do not break off.
const moment = time.Second

func newPlace(of *semaphore.Weighted) *place {
	return &place{of: of, lock: make(chan struct{}, 1)}
}

// take waits for the place unless the crawl has it, or until ctx is done.
func (p *place) take(ctx context.Context) error {
	select {
	case p.lock <- struct{}{}:
		defer p.unlock()
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if p.held {
		return nil
	}
	if err := p.of.Acquire(ctx, 1); err != nil {
		return context.Cause(ctx)
	}
	p.held = true
	p.ended = time.AfterFunc(moment, p.leave)
	return nil
}

func (p *place) unlock() { <-p.lock }

// leave gives the place to the next in the queue, if the crawl has it. That is when
// its moment ends, which nothing else does but the end of the crawl.
func (p *place) leave() {
	p.lock <- struct{}{} // who has it waits for nothing while the place is held
	defer p.unlock()
	if p.held {
		p.ended.Stop()
		p.held = false
		p.of.Release(1)
	}
}
