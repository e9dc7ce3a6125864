package metrics

import (
	"context"
	"time"

	"trawl/index"
	"trawl/search"
)

// ForCommands returns a catalogue that counts what commands do through this process: what their crawls record and how
// they end, and what they search. A search in a terminal may ask several queries, each of which counts.
func (m *Metrics) ForCommands(c index.Catalogue) index.Catalogue {
	return &commanded{Catalogue: c, metrics: m}
}

// commanded is a catalogue that commands work with.
type commanded struct {
	index.Catalogue

	metrics *Metrics
}

// Begin keeps index.Recorder.
func (c *commanded) Begin(ctx context.Context, id index.HostID, fresh bool) (index.Crawl, error) {
	begun, err := c.Catalogue.Begin(ctx, id, fresh)
	if err != nil {
		return nil, err //nolint:wrapcheck // it is the catalogue
	}
	return &crawl{Crawl: begun, crawls: &c.metrics.crawls, ended: func(outcome string) {
		c.metrics.crawls.ended.WithLabelValues(outcome, byCommand).Inc()
	}}, nil
}

// Search keeps index.Searcher.
func (c *commanded) Search(ctx context.Context, q index.Query) (index.Answer, error) {
	began := time.Now()
	answer, err := c.Catalogue.Search(ctx, q)
	c.metrics.Searched(search.ByCommand, search.OutcomeOf(&answer, err), time.Since(began))
	return answer, err //nolint:wrapcheck // as above
}
