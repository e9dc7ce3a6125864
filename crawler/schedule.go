package crawler

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"trawl/index"
)

const (
	lookEvery  = 15 * time.Second // at the catalogue for hosts that are due: they may be added at any time
	lookFailed = 5 * time.Minute  // a crawl that the catalogue or another process refused, or that had its turn, goes on then
)

// errWindow stops a crawl when its host's daily window closes.
var errWindow = errors.New("the host's daily window closed")

// errTurn stops a crawl that has held its slot among the crawls for long: a host
// that answers just in time, again and again, would keep others out for ever.
var errTurn = errors.New("others have their turn")

// schedule is the state of Schedule in memory; all that must survive is in the
// catalogue.
type schedule struct {
	crawler *Crawler
	running sync.WaitGroup
	ended   chan struct{} // has room for one: a crawl ended

	mu     sync.Mutex                 // guards the following
	active map[index.HostID]bool      // started here
	later  map[index.HostID]time.Time // not to be tried before
}

// Schedule crawls the hosts that are due, again and again, until ctx is done;
// then it stops the crawls under way so that they can be taken up, waits for
// them and returns nil. The catalogue keeps when hosts are due
// (index.Settings.Every, index.Health.Next), so restarts change nothing: a crawl
// that was cut off is taken up at once. A host is left alone outside its daily
// window; a crawl that is under way then stops and goes on when it opens again.
func (c *Crawler) Schedule(ctx context.Context) error {
	s := &schedule{
		crawler: c,
		ended:   make(chan struct{}, 1),
		active:  make(map[index.HostID]bool),
		later:   make(map[index.HostID]time.Time),
	}
	defer s.running.Wait()
	for {
		next, err := s.start(ctx)
		if err != nil && ctx.Err() == nil {
			c.log.Warn("look for hosts that are due", "err", err)
		}
		timer := time.NewTimer(max(min(next, lookEvery), 0))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-s.ended:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// start starts the crawls that are due, the longest waiting first, and returns
// in what time the next one is.
func (s *schedule) start(ctx context.Context) (next time.Duration, err error) {
	busy := s.busy() // before the hosts are read: a crawl that ends meanwhile is not due again
	hosts, err := s.crawler.cat.Hosts(ctx)
	if err != nil {
		return lookEvery, err
	}
	next = lookEvery
	now := time.Now()
	var turns []turn
	crawled := 0
	for i := range hosts {
		at, until, ok := s.due(&hosts[i], now)
		switch {
		case !ok:
		case busy[hosts[i].ID]:
			crawled++
		default:
			turns = append(turns, turn{hosts[i].ID, at, until})
		}
	}
	slices.SortFunc(turns, func(a, b turn) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) })
	begun := map[index.HostID]bool{}
	for _, t := range turns {
		if t.at.After(now) {
			next = min(next, t.at.Sub(now))
			break
		}
		if !s.begin(ctx, t.id, t.until) {
			break
		}
		begun[t.id] = true
	}
	s.crawler.queue.Store(newQueue(turns, begun, crawled, now))
	return next, nil
}

// turn is when a host is to be crawled.
type turn struct {
	id    index.HostID
	at    time.Time
	until time.Time // zero is for ever
}

// due returns when a host is to be crawled and until when it may be; a zero
// until is for ever. It is not ok if the host is not to be crawled.
func (s *schedule) due(h *index.Host, now time.Time) (at, until time.Time, ok bool) {
	s.mu.Lock()
	later := s.later[h.ID]
	s.mu.Unlock()
	if h.Settings.Every <= 0 || h.Settings.Paused {
		return at, until, false
	}
	at = h.Health.Next
	if h.Health.Crawling && h.Health.Failures == 0 {
		at = h.Health.Started // it was cut off
	}
	if later.After(at) {
		at = later
	}
	window, err := ParseWindow(h.Settings.Window)
	if err != nil {
		s.crawler.log.Warn("host is not crawled", "host", h.ID, "err", err)
		return at, until, false
	}
	open, change := window.Open(now)
	if !open && change.After(at) {
		at = change
	}
	return at, change, true
}

// begin starts a crawl and reports whether there was room for one more.
func (s *schedule) begin(ctx context.Context, id index.HostID, until time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.active) >= s.crawler.limits.Connections {
		return false
	}
	s.active[id] = true
	s.running.Go(func() {
		s.run(ctx, id, until)
		s.mu.Lock()
		delete(s.active, id)
		s.mu.Unlock()
		select {
		case s.ended <- struct{}{}:
		default:
		}
	})
	return true
}

// run crawls a host while its window is open.
func (s *schedule) run(ctx context.Context, id index.HostID, until time.Time) {
	if !until.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, until, errWindow)
		defer cancel()
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.crawler.limits.Turn, errTurn)
	defer cancel()
	sum, err := s.crawler.Crawl(ctx, id, Options{})
	switch {
	case err == nil:
		s.crawler.log.Info("crawled", "host", id, "complete", sum.Complete, "way", sum.Way, "directories", sum.Directories,
			"files", sum.Files, "bytes", sum.Bytes, "errors", sum.Errors, "seconds", sum.Took.Seconds())
		return
	case ctx.Err() != nil:
		s.crawler.log.Info("crawl stopped, to be taken up", "host", id, "why", context.Cause(ctx))
		if !errors.Is(context.Cause(ctx), errTurn) {
			return
		}
	default:
		s.crawler.log.Warn("crawl failed", "host", id, "err", oneLine(err.Error()))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.later[id] = time.Now().Add(lookFailed)
}

// busy returns the hosts that this process crawls, or is about to.
func (s *schedule) busy() map[index.HostID]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	busy := s.crawler.crawling()
	maps.Copy(busy, s.active)
	return busy
}
