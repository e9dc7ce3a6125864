package crawler

import (
	"cmp"
	"slices"
	"time"

	"trawl/index"
)

// Observer is called when something happens to crawls, by many goroutines at once. Its functions return at once; each may be nil.
type Observer struct {
	Ended  func(Summary, error) // a crawl came to its end, or was stopped or refused: as Crawl returns
	Failed func(index.Cause)    // a directory could not be read, a way failed, or a host could not be reached
}

// Running returns how the crawls of this Crawler go on, those that began first before the others.
func (c *Crawler) Running() []Progress {
	c.mu.Lock()
	all := make([]Progress, 0, len(c.active))
	for _, m := range c.active {
		all = append(all, m.progress())
	}
	c.mu.Unlock()
	slices.SortFunc(all, func(a, b Progress) int { return cmp.Or(cmp.Compare(b.Elapsed, a.Elapsed), cmp.Compare(a.Host, b.Host)) })
	return all
}

// Queue is what Schedule is to do, as it saw that when it last looked, some seconds ago.
type Queue struct {
	Seen  time.Time // zero: no schedule runs
	Hosts int       // that have a schedule
	Due   []Turn    // hosts that wait for room, the longest waiting first
	Next  []Turn    // the hosts that are due next, the first one first; at most a hundred
}

// Turn is when a host is to be crawled.
type Turn struct {
	Host index.HostID
	At   time.Time
}

// queueShown is the most turns of Queue.Next.
const queueShown = 100

// Queue returns what the schedule is to do.
func (c *Crawler) Queue() Queue {
	if q := c.queue.Load(); q != nil {
		return *q
	}
	return Queue{}
}

// newQueue returns the queue of the turns of all hosts that are not being crawled, of which some were begun.
func newQueue(turns []turn, begun map[index.HostID]bool, busy int, now time.Time) *Queue {
	q := &Queue{Seen: now, Hosts: len(turns) + busy}
	for _, t := range turns {
		switch {
		case begun[t.id]:
		case t.at.After(now):
			q.Next = append(q.Next, Turn{t.id, t.at})
		default:
			q.Due = append(q.Due, Turn{t.id, t.at})
		}
	}
	q.Next = q.Next[:min(len(q.Next), queueShown)]
	return q
}
