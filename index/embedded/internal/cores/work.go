package cores

import "time"

// Work is what is done besides searches: writing, posting, merging. It is done in pieces, and between them it gives way
// to searches ([Work.GiveWay]). One goroutine uses it.
type Work struct {
	pool  *Pool
	since time.Time // when the piece began
}

const (
	// piece is how long work goes on before it looks whether somebody searches.
	piece = time.Millisecond

	// workShare is the part of the time of one core, one in so many, that all work together has while searches compute.
	workShare = 4
)

// Work returns work that begins now. A nil pool is one in which nobody searches.
func (c *Pool) Work() Work { return Work{pool: c, since: time.Now()} }

// GiveWay is to be called between pieces of work of a millisecond or less. While nobody searches it returns at once. While
// searches compute or wait it waits until all work together has had no more than its share, or until nobody searches any
// more: so work goes on, slowly, however many search.
//
//	1 ms was worked, nobody else works => it waits for 3 ms
func (w *Work) GiveWay() {
	if w.pool == nil {
		return
	}
	now := time.Now()
	worked := now.Sub(w.since)
	if worked < piece {
		return
	}
	w.since = now
	until, quiet := w.pool.takeTurn(now, min(worked, slice))
	if quiet == nil {
		return
	}
	due := time.NewTimer(until.Sub(now))
	defer due.Stop()
	w.pool.paused.Add(1)
	defer w.pool.paused.Add(-1)
	select {
	case <-due.C:
	case <-quiet:
	}
	w.since = time.Now()
}

// takeTurn returns when work may go on that had a core for some time, and a channel that is closed once nobody
// searches; nil if nobody does now. Time that work spends waiting for a disk is not known from computing, so a caller counts
// no more than a slice.
func (c *Pool) takeTurn(now time.Time, worked time.Duration) (until time.Time, quiet <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.free == c.size {
		c.due = now
		return now, nil
	}
	if c.due.Before(now) {
		c.due = now
	}
	c.due = c.due.Add(worked * (workShare - 1))
	if c.quiet == nil {
		c.quiet = make(chan struct{})
	}
	return c.due, c.quiet
}
