package embedded

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"trawl/index"
)

// cores are what searches compute on: as many at once as there are cores, while
// the others wait.
//
// A search that has computed for less than slice is short, and short ones are
// served in the order in which they came. One that goes on for longer makes room
// whenever a short one waits, so that nobody waits for those who look through
// everything. These are served in the order of their beginnings, when no short
// one waits, and one of them every turn in any case. A search that is alone has
// all cores; as soon as others wait it has one.
type cores struct {
	short atomic.Int32 // how many short ones wait
	all   atomic.Int32 // how many wait

	mu     sync.Mutex // guards what follows
	free   int
	shorts []*shift  // that wait, as they came
	longs  []*shift  // that wait, by their beginnings
	served time.Time // when a long one had a core last
}

const (
	// slice is how long a search has a core before it makes room.
	slice = 10 * time.Millisecond

	// turn is after how long a long search is served though short ones wait.
	turn = 100 * time.Millisecond

	// queueing is how long a search waits for its beginning at most.
	queueing = 2 * time.Second
)

func newCores(n int) *cores { return &cores{free: n} }

// shift is the work of one search. It has a core from begin to end, save while
// yield waits. What it has beside that are helpers.
type shift struct {
	cores *cores
	asked time.Time
	since time.Time     // when it got its core last
	long  bool          //
	holds bool          // it has a core
	ready chan struct{} // is sent to when it gets one
}

// begin waits for a core. The error is that of ctx, or index.ErrMemory.
func (c *cores) begin(ctx context.Context) (*shift, error) {
	s := &shift{cores: c, asked: time.Now(), ready: make(chan struct{}, 1)}
	return s, s.wait(ctx)
}

// end gives the core to who is next.
func (s *shift) end() {
	if s.holds {
		s.holds = false
		s.cores.give(s.long)
	}
}

// yield makes room if the search has had its slice and a short one waits: it gives
// its core away, waits until it has one again, and returns how long. It does not
// yield to what else runs, as imports, which would take a core for 10 ms each time.
func (s *shift) yield(ctx context.Context) (waited time.Duration, err error) {
	if s.cores.short.Load() == 0 {
		return 0, nil
	}
	stopped := time.Now()
	if stopped.Sub(s.since) < slice {
		return 0, nil
	}
	s.end()
	s.long = true
	err = s.wait(ctx)
	return s.since.Sub(stopped), err
}

// wait gets a core.
func (s *shift) wait(ctx context.Context) (err error) {
	if !s.enter() {
		late := time.NewTimer(queueing)
		defer late.Stop()
		if s.long {
			late.Stop() // it has begun
		}
		select {
		case <-s.ready:
		case <-late.C:
			err = s.leave(fmt.Errorf("search: %w", index.ErrMemory))
		case <-ctx.Done():
			err = s.leave(ctx.Err())
		}
	}
	s.since, s.holds = time.Now(), err == nil
	return err
}

// enter gets a core, or a place in the queue.
func (s *shift) enter() bool {
	c := s.cores
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.free > 0 {
		c.free--
		return true
	}
	if s.long {
		at, _ := slices.BinarySearchFunc(c.longs, s, func(a, b *shift) int { return a.asked.Compare(b.asked) })
		c.longs = slices.Insert(c.longs, at, s)
	} else {
		c.shorts = append(c.shorts, s)
	}
	c.count()
	return false
}

// leave leaves the queue and returns why, or nil if there was a core at the last
// moment.
func (s *shift) leave(why error) error {
	c := s.cores
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-s.ready:
		return nil
	default:
	}
	is := func(other *shift) bool { return other == s }
	c.shorts, c.longs = slices.DeleteFunc(c.shorts, is), slices.DeleteFunc(c.longs, is)
	c.count()
	return why
}

// give passes a core on that a long search had, or a short one.
func (c *cores) give(long bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if long {
		c.served = time.Now()
	}
	queue := &c.shorts
	if len(c.shorts) == 0 || len(c.longs) > 0 && time.Since(c.served) > turn {
		queue = &c.longs
	}
	if len(*queue) == 0 {
		c.free++
		return
	}
	if queue == &c.longs {
		c.served = time.Now()
	}
	next := (*queue)[0]
	*queue = slices.Delete(*queue, 0, 1)
	c.count()
	next.ready <- struct{}{}
}

// count tells how many wait; mu is held.
func (c *cores) count() {
	c.short.Store(int32(len(c.shorts)))
	c.all.Store(int32(len(c.shorts) + len(c.longs)))
}

// spare gets a core that nobody waits for, for a helper, who gives it back as
// soon as it is wanted.
func (c *cores) spare() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.free == 0 {
		return false
	}
	c.free--
	return true
}

// wanted tells whether anybody waits.
func (c *cores) wanted() bool { return c.all.Load() > 0 }
