package crawler

import (
	"context"
	"math"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// lanes decides how many directories of a host are listed at once.
//
// Over a long way a lane waits most of the time: with a round trip of 50 ms one
// lists ten directories a second, and four are no faster than one on a local
// network. So the lanes grow until some hundred directories a second are listed,
// which is what a host nearby is asked for anyway: what is under way is in
// proportion to the round trip. They grow only while that makes the crawl faster,
// for a host that has more to do than to wait answers no sooner when more is
// asked. One that says that it is too busy is asked for half at once.
//
// Its methods are called with the mutex of the frontier held.
type lanes struct {
	open  int           // that may be busy now
	most  int           // that may ever be
	grant func(int) int // is asked for more connections and returns how many may be had; nil grants all
	busy  bool          // the host was too busy
	good  int           // listings that went well since it was
	round round
	fewer round // when there were fewer lanes; zero if there never were
}

// round is a while during which all lanes were in use.
type round struct {
	lanes int
	tasks int       // that have ended
	begun time.Time // when the lanes had come up to speed
	rate  float64   // tasks a second, once it has ended
}

const (
	brisk      = 400 // listings a second beyond which no lanes are added
	stride     = 4   // times as many lanes at most after a round
	roundTasks = 2   // of each lane, before a round and in it
	widenAfter = 64  // listings that must go well before one more lane is tried after the host was too busy
)

func newLanes(open, most int, grant func(int) int) lanes {
	open = max(1, open)
	return lanes{open: open, most: max(open, most), grant: grant}
}

// went takes in that a directory was listed. All tells whether all lanes were in
// use meanwhile.
func (l *lanes) went(now time.Time, all bool) {
	switch {
	case l.busy:
		if l.good++; l.good >= widenAfter && l.open < l.most {
			l.open++
			l.good = 0
		}
		return
	case l.open >= l.most && l.fewer.lanes == 0:
		return
	case !all || l.round.lanes != l.open:
		l.round = round{lanes: l.open}
	}
	l.round.tasks++
	switch l.round.tasks {
	case roundTasks * l.open:
		l.round.begun = now
	case 2 * roundTasks * l.open:
		l.round.rate = float64(roundTasks*l.open) / max(now.Sub(l.round.begun).Seconds(), 1e-6)
		l.judge()
	}
}

// judge decides at the end of a round.
func (l *lanes) judge() {
	last := l.round
	l.round = round{}
	if f := l.fewer; f.lanes > 0 {
		l.fewer = round{}
		if hoped := f.rate * float64(l.open) / float64(f.lanes); last.rate < (f.rate+hoped)/2 {
			l.open = max(f.lanes, int(float64(f.lanes)*last.rate/f.rate)) // the others bring little
			l.most = l.open
			return
		}
	}
	took := float64(last.lanes) / last.rate
	want := min(l.most, stride*l.open, int(math.Ceil(brisk*took)))
	if want <= l.open {
		return
	}
	more := want - l.open
	if l.grant != nil {
		more = l.grant(more)
	}
	if more > 0 {
		l.fewer = last
		l.open += more
	}
}

// tooBusy takes in that the host was too busy for a listing while so many were
// under way. Half of the lanes are closed; when all goes well they are opened
// again one by one, up to where the host was too busy.
func (l *lanes) tooBusy(underWay int) {
	if underWay < l.open || l.open == 1 { // it is known already: many are told at once
		return
	}
	l.most = min(l.most, l.open)
	if l.busy || l.open < l.most {
		l.most = l.open - 1
	}
	l.busy, l.good = true, 0
	l.open = min((l.open+1)/2, l.most)
}

// limit lets no more than so many be listed at once.
func (l *lanes) limit(most int) {
	l.most = min(l.most, max(1, most))
	l.open = min(l.open, l.most)
}

// quota is the connections of one crawl, of those of all crawls together.
type quota struct {
	of   *semaphore.Weighted
	held atomic.Int64
}

// first waits for the connection without which there is no crawl.
func (q *quota) first(ctx context.Context) error {
	if err := q.of.Acquire(ctx, 1); err != nil {
		return context.Cause(ctx)
	}
	q.held.Add(1)
	return nil
}

// upTo takes more until it has n, as far as nobody else waits for them, and returns
// how many of n it has.
func (q *quota) upTo(n int) int {
	q.more(n - int(q.held.Load()))
	return min(n, int(q.held.Load()))
}

// more takes at most n more, as many as nobody else waits for, and returns how
// many that were.
func (q *quota) more(n int) int {
	for i := range n {
		if !q.of.TryAcquire(1) {
			return i
		}
		q.held.Add(1)
	}
	return n
}

// close gives all back.
func (q *quota) close() { q.of.Release(q.held.Swap(0)) }
