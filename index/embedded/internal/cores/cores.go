// Package cores shares the processor's cores out among searches, so that short ones do not wait for
// long ones. A search calls [Pool.Acquire], then [Lease.Yield] now and then, and at last
// [Lease.Release].
package cores

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"trawl/index"
)

// Pool shares the cores of the machine out among searches: as many compute at once as there are
// cores, and the others wait.
//
// A search that has computed for less than slice is short. Short ones are served in the order
// in which they came. A long one makes room whenever a short one waits, so that nobody waits
// for those who look through everything. Long ones are served in the order of their
// beginnings when no short one waits, and one of them every turn in any case, or in turn with the short ones
// when it is late. A search that is alone has all cores; as soon as others wait it has one, and less time ([Lease.End]).
type Pool struct {
	short atomic.Int32 // how many short searches wait
	all   atomic.Int32 // how many searches wait

	paused atomic.Int32 // how much work has given way to searches

	size int // how many cores there are

	mu     sync.Mutex // guards what follows
	free   int
	shorts []*Lease  // the short ones that wait, as they came
	longs  []*Lease  // the long ones that wait, by their beginnings
	served time.Time // when a long one had a core last
	before bool      // the core that was passed on last went to a long one

	due   time.Time     // when work besides searches has had no more than its share
	quiet chan struct{} // closed when nobody searches; nil if no work waits for that
}

const (
	// slice is how long a search has a core before it makes room.
	slice = 10 * time.Millisecond

	// turn is the time after which a long search is served though short ones wait.
	turn = 20 * time.Millisecond

	// queueing is how long a search waits to begin at most.
	queueing = 2 * time.Second
)

// NewPool returns a pool of n cores.
func NewPool(n int) *Pool { return &Pool{size: n, free: n} }

// Lease is the core of one search. The search has it from Acquire to Release, except while
// Yield waits. It may take spare cores besides.
type Lease struct {
	pool  *Pool
	asked time.Time
	since time.Time     // when the search got its core last
	long  bool          // it had its slice
	holds bool          // it has a core
	ready chan struct{} // receives a value when the search gets a core
}

// Acquire waits for a core. The error is that of ctx, or index.ErrCrowded.
func (c *Pool) Acquire(ctx context.Context) (*Lease, error) {
	s := &Lease{pool: c, asked: time.Now(), ready: make(chan struct{}, 1)}
	return s, s.wait(ctx)
}

// fewest is the part of its time, one in so many, that a search has at least, however many wait: within 8 ms
// of 200 most searches find what is exactly named.
const fewest = 25

// late is the age from which a search should end if others wait: those who asked when nobody else did wait for it, too.
const late = 60 * time.Millisecond

// End returns when a part of a search should end that has computed since a time and may take so long: then, unless
// others wait. Then the part takes less, so that all of them together are answered about as soon as one that is alone
// and takes its whole time; and what is left of it is the less, the longer ago it was asked for.
//
//	200 ms, 2 cores, 30 wait => 12.5 ms
func (s *Lease) End(since time.Time, whole time.Duration) time.Time {
	cores, waiting := time.Duration(s.pool.size), time.Duration(s.pool.all.Load()+s.pool.paused.Load())
	if waiting == 0 {
		return since.Add(whole)
	}
	end, least := since.Add(whole*cores/(cores+waiting)), since.Add(whole/fewest)
	if by := s.asked.Add(late); by.Before(end) {
		end = by
	}
	if end.Before(least) {
		return least
	}
	return end
}

// Release gives the core to the search that is next. A second call does nothing.
func (s *Lease) Release() {
	if s.holds {
		s.holds = false
		s.pool.pass(s.long)
	}
}

// Yield makes room if the search has had its slice and a short one waits: it gives the core
// away, waits for another one, and returns how long it waited. It does not yield to other work
// such as imports, which would take a core for 10 ms each time.
func (s *Lease) Yield(ctx context.Context) (waited time.Duration, err error) {
	if s.pool.short.Load() == 0 {
		return 0, nil
	}
	stopped := time.Now()
	if stopped.Sub(s.since) < slice {
		return 0, nil
	}
	s.Release()
	s.long = true
	err = s.wait(ctx)
	return s.since.Sub(stopped), err
}

// wait gets a core.
func (s *Lease) wait(ctx context.Context) (err error) {
	if !s.enter() {
		late := time.NewTimer(queueing)
		defer late.Stop()
		if s.long {
			late.Stop() // the search has begun
		}
		select {
		case <-s.ready:
		case <-late.C:
			err = s.leave(fmt.Errorf("search: %w", index.ErrCrowded))
		case <-ctx.Done():
			err = s.leave(ctx.Err())
		}
	}
	s.since, s.holds = time.Now(), err == nil
	return err
}

// enter gets a core, and reports true, or a place in the queue.
func (s *Lease) enter() bool {
	c := s.pool
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.free > 0 {
		c.free--
		return true
	}
	if s.long {
		at, _ := slices.BinarySearchFunc(c.longs, s, func(a, b *Lease) int { return a.asked.Compare(b.asked) })
		c.longs = slices.Insert(c.longs, at, s)
	} else {
		c.shorts = append(c.shorts, s)
	}
	c.count()
	return false
}

// leave leaves the queue and returns why, or nil if the search got a core at the last moment.
func (s *Lease) leave(why error) error {
	c := s.pool
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-s.ready:
		return nil
	default:
	}
	is := func(other *Lease) bool { return other == s }
	c.shorts, c.longs = slices.DeleteFunc(c.shorts, is), slices.DeleteFunc(c.longs, is)
	c.count()
	return why
}

// pass gives a core that a long search had, or a short one, to the search that is next.
func (c *Pool) pass(long bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if long {
		c.served = time.Now()
	}
	queue := &c.shorts
	if len(c.shorts) == 0 || c.longTurn() {
		queue = &c.longs
	}
	if len(*queue) == 0 {
		c.free++
		if c.free == c.size && c.quiet != nil {
			close(c.quiet)
			c.quiet = nil
		}
		return
	}
	if c.before = queue == &c.longs; c.before {
		c.served = time.Now()
	}
	next := (*queue)[0]
	*queue = slices.Delete(*queue, 0, 1)
	c.count()
	next.ready <- struct{}{}
}

// longTurn reports whether a long search is next though short ones wait; mu is held. Of those that are late it is
// every other turn: they have little left to do.
func (c *Pool) longTurn() bool {
	if len(c.longs) == 0 {
		return false
	}
	return time.Since(c.served) > turn || !c.before && time.Since(c.longs[0].asked) > late
}

// count notes how many wait; mu is held.
func (c *Pool) count() {
	c.short.Store(int32(len(c.shorts)))
	c.all.Store(int32(len(c.shorts) + len(c.longs)))
}

// Idle reports whether all n cores of the pool are free and nobody waits. It is for tests.
func (c *Pool) Idle(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.free == n && c.all.Load() == 0
}

// TakeSpare takes a further core for the search if one is free. ReturnSpare gives it back, to
// be called as soon as Wanted reports true.
func (s *Lease) TakeSpare() bool {
	c := s.pool
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.free == 0 {
		return false
	}
	c.free--
	return true
}

// ReturnSpare gives a core back that TakeSpare took.
func (s *Lease) ReturnSpare() { s.pool.pass(true) }

// Wanted reports whether any search waits for a core.
func (s *Lease) Wanted() bool { return s.pool.all.Load() > 0 }
