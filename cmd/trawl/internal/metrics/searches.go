package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"trawl/search"
)

// searchBuckets are upper bounds in seconds: answers that are kept take less than the first, a search without limits more
// than the last.
func searchBuckets() []float64 {
	return []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2}
}

// searches are the metrics of searches. The series are looked up once: a kept answer takes some microseconds.
type searches struct {
	count   *prometheus.CounterVec
	seconds *prometheus.HistogramVec
	by      map[search.Surface]*surface
}

// surface has the series of one surface.
type surface struct {
	ended map[search.Outcome]prometheus.Counter
	took  prometheus.Observer
}

func newSearches() searches {
	s := searches{
		count: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "searches_total", Help: "Searches that have ended, by where they came from and how they ended.",
		}, []string{"surface", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "search_duration_seconds", Help: "How long searches took, whatever their outcome.", Buckets: searchBuckets(),
		}, []string{"surface"}),
		by: map[search.Surface]*surface{},
	}
	for _, by := range search.Surfaces() {
		of := &surface{map[search.Outcome]prometheus.Counter{}, s.seconds.WithLabelValues(string(by))}
		for _, outcome := range search.Outcomes() {
			of.ended[outcome] = s.count.WithLabelValues(string(by), string(outcome))
		}
		s.by[by] = of
	}
	return s
}

// Searched counts a search: it is a search.Observer.
func (m *Metrics) Searched(by search.Surface, outcome search.Outcome, took time.Duration) {
	of := m.searches.by[by]
	of.ended[outcome].Inc()
	of.took.Observe(took.Seconds())
}
