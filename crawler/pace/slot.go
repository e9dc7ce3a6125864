package pace

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"
)

// Slot is the place of a crawl among those that work at once. A crawl takes it when it
// has something to do: a directory to ask for, a listing that came. It keeps it for
// slotTime, even if it has nothing more to do, and then queues again. So a crawl that
// waits for its host keeps no other from working for longer than that, nor does one
// that never ends.
//
// Its methods may be called from several goroutines.
type Slot struct {
	all  *semaphore.Weighted
	lock chan struct{} // holds a token while one has it; guards the following
	held bool
	end  *time.Timer // of slotTime; nil before the first
}

// slotTime is how long a crawl has its slot: long enough to do much, and so short that
// the streams of the crawls that queue do not break off.
const slotTime = time.Second

// NewSlot returns a slot of all those that there are.
func NewSlot(all *semaphore.Weighted) *Slot {
	return &Slot{all: all, lock: make(chan struct{}, 1)}
}

// Acquire waits for the slot unless the crawl has it, or until ctx is done.
func (s *Slot) Acquire(ctx context.Context) error {
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
	if err := s.all.Acquire(ctx, 1); err != nil {
		return context.Cause(ctx)
	}
	s.held = true
	s.end = time.AfterFunc(slotTime, s.Release)
	return nil
}

func (s *Slot) unlock() { <-s.lock }

// Release gives the slot to the next crawl in the queue, if this crawl has it. It is
// called when slotTime is over and when the crawl ends.
func (s *Slot) Release() {
	s.lock <- struct{}{} // whoever has it waits for nothing while the slot is held
	defer s.unlock()
	if s.held {
		s.end.Stop()
		s.held = false
		s.all.Release(1)
	}
}
