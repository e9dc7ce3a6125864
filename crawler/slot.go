package crawler

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"
)

// slot is the place of a crawl among those that work at once. A crawl takes it
// when it has something to do: a directory to ask for, a listing that came. It has
// it for a moment, even if it soon has nothing more to do, and then stands in the
// queue again. So a crawl that waits for its host, however long and for whatever
// reason, keeps no other from working for more than that, nor does one that goes on
// for ever.
//
// Its methods may be called from several goroutines.
type slot struct {
	of    *semaphore.Weighted
	lock  chan struct{} // holds a token while one has it; guards the following
	held  bool
	ended *time.Timer // of the moment; nil before the first
}

// moment is how long a crawl has its slot: long enough to do much, and so short
// that the streams of those that stand in the queue do not break off.
const moment = time.Second

func newSlot(of *semaphore.Weighted) *slot {
	return &slot{of: of, lock: make(chan struct{}, 1)}
}

// take waits for the slot unless the crawl has it, or until ctx is done.
func (s *slot) take(ctx context.Context) error {
	select {
	case s.lock <- struct{}{}:
		defer s.unlock()
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if s.held {
		return nil
	}
	if err := s.of.Acquire(ctx, 1); err != nil {
		return context.Cause(ctx)
	}
	s.held = true
	s.ended = time.AfterFunc(moment, s.leave)
	return nil
}

func (s *slot) unlock() { <-s.lock }

// leave gives the slot to the next in the queue, if the crawl has it. That is when
// its moment ends, which nothing else does but the end of the crawl.
func (s *slot) leave() {
	s.lock <- struct{}{} // who has it waits for nothing while the slot is held
	defer s.unlock()
	if s.held {
		s.ended.Stop()
		s.held = false
		s.of.Release(1)
	}
}
