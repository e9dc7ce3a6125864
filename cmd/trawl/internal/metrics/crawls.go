package metrics

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"trawl/crawler"
	"trawl/index"
)

// crawls are the metrics of crawls, and of what they record.
type crawls struct {
	ended    *prometheus.CounterVec
	errors   *prometheus.CounterVec
	listings *prometheus.CounterVec
	entries  prometheus.Counter
	seconds  prometheus.Histogram
}

// By whom a host is crawled.
const (
	bySchedule = "schedule"
	byCommand  = "command" // of trawl in a terminal, through this process
)

// The outcomes of crawls.
const (
	complete = "complete"
	partial  = "partial"
	failed   = "failed"  // nothing could be reached
	stopped  = "stopped" // it will be taken up
)

func newCrawls() crawls {
	c := crawls{
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "crawls_ended_total", Help: "Crawls that have ended, by outcome and by whom they were begun.",
		}, []string{"outcome", "by"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "crawl_errors_total", Help: "Errors of scheduled crawls: hosts not reached, directories not read, ways that failed; by cause.",
		}, []string{"cause"}),
		listings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "listings_total", Help: "Listings that were handed to the catalogue, by the way they were obtained and by state.",
		}, []string{"way", "state"}),
		entries: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "entries_recorded_total", Help: "Entries of these listings.",
		}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "crawl_duration_seconds", Help: "How long scheduled crawls took that came to their end.", Buckets: []float64{1, 10, 60, 600, 3600, 6 * 3600, 24 * 3600},
		}),
	}
	for _, outcome := range []string{complete, partial, failed, stopped} {
		for _, by := range []string{bySchedule, byCommand} {
			c.ended.WithLabelValues(outcome, by)
		}
	}
	for _, cause := range causes() {
		c.errors.WithLabelValues(string(cause))
	}
	for _, way := range append(ways(), published) {
		for _, state := range []index.State{index.Complete, index.Truncated, index.Unparsed, index.Denied, index.Stale, index.Unchanged} {
			c.listings.WithLabelValues(way, state.String())
		}
	}
	return c
}

// causes returns all causes but NoCause.
func causes() []index.Cause {
	return []index.Cause{
		index.NoName, index.Refused, index.Unreachable, index.NoAnswer, index.Lost, index.Busy, index.LoginRefused, index.Encrypted, index.Untrusted, index.Absent,
		index.Unnamed, index.Forbidden, index.Changed, index.NoRestart, index.Unwelcome, index.Crowded, index.Garbled, index.Other,
	}
}

// published is the way of listings whose way has the name of a file on the server: it is foreign, and no label.
const published = "published"

// ways returns the ways with names of our own.
func ways() []string {
	return []string{"LIST -lR", "LIST", "MLSD", "STAT", "READDIR", "menu", index.WayImport, "none"}
}

// wayOf returns the label of a way.
func wayOf(way string) string {
	switch {
	case way == "":
		return "none"
	case slices.Contains(ways(), way):
		return way
	}
	return published
}

// Crawled observes the crawls of a crawler.
func (m *Metrics) Crawled() crawler.Observer {
	return crawler.Observer{
		Ended: func(s crawler.Summary, err error) {
			outcome := partial
			switch {
			case err == nil && s.Complete:
				outcome = complete
			case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, index.ErrBusy):
				outcome = stopped
			case err != nil:
				outcome = failed
			}
			m.crawls.ended.WithLabelValues(outcome, bySchedule).Inc()
			if err == nil {
				m.crawls.seconds.Observe(s.Took.Seconds())
			}
		},
		Failed: func(cause index.Cause) {
			if !slices.Contains(causes(), cause) {
				cause = index.Other
			}
			m.crawls.errors.WithLabelValues(string(cause)).Inc()
		},
	}
}

// Catalogue returns a catalogue that counts what crawls record.
func (m *Metrics) Catalogue(c index.Catalogue) index.Catalogue {
	return &recorded{Catalogue: c, crawls: &m.crawls}
}

// recorded is a catalogue whose crawls are counted.
type recorded struct {
	index.Catalogue

	crawls *crawls
}

// Begin keeps index.Recorder.
func (r *recorded) Begin(ctx context.Context, id index.HostID, fresh bool) (index.Crawl, error) {
	c, err := r.Catalogue.Begin(ctx, id, fresh)
	if err != nil {
		return nil, err //nolint:wrapcheck // it is the catalogue
	}
	return &crawl{Crawl: c, crawls: r.crawls}, nil
}

// crawl is a crawl whose listings are counted.
type crawl struct {
	index.Crawl

	crawls *crawls
	ended  func(outcome string) // nil: another counts the end
	over   atomic.Bool
}

// Put keeps index.Crawl.
func (c *crawl) Put(ctx context.Context, listings ...index.Listing) error {
	err := c.Crawl.Put(ctx, listings...)
	if err != nil {
		return err //nolint:wrapcheck // it is the crawl
	}
	for i := range listings {
		c.crawls.recorded(&listings[i])
	}
	return nil
}

// recorded counts a listing, or a part of one.
func (c *crawls) recorded(l *index.Listing) {
	c.entries.Add(float64(len(l.Entries)))
	if !l.More {
		c.listings.WithLabelValues(wayOf(l.Way), l.State.String()).Inc()
	}
}

// Finish keeps index.Crawl.
func (c *crawl) Finish(ctx context.Context, whole bool) error {
	err := c.Crawl.Finish(ctx, whole)
	if err == nil && !c.over.Swap(true) && c.ended != nil {
		outcome := partial
		if whole {
			outcome = complete
		}
		c.ended(outcome)
	}
	return err //nolint:wrapcheck // as above
}

// Close keeps index.Crawl.
func (c *crawl) Close() error {
	if !c.over.Swap(true) && c.ended != nil {
		c.ended(stopped)
	}
	return c.Crawl.Close() //nolint:wrapcheck // as above
}
