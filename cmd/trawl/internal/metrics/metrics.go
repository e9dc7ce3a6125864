// Package metrics counts what a running trawl does, and shows it to Prometheus. Others know nothing of Prometheus: they call
// the observers that a [Metrics] has, or say how much there is of something when they are asked.
//
// All labels are bounded: their values are of lists that the code holds. No name of a host, path or query is ever one. The
// series of such a list are there from the start, with zero, so that rates are right from the first event on.
//
// The files: searches.go, requests.go and the others each have the metrics of one subject, handler.go has the answer to a scrape.
package metrics

import (
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// namespace begins the name of each metric but those of the process and of Go.
const namespace = "trawl"

// Build is what is running.
type Build struct{ Version, Commit string }

// Metrics are all metrics of a process, in a registry of their own. Its observers may be called from many goroutines.
type Metrics struct {
	registry *prometheus.Registry
	searches searches
	requests *requests
	crawls   crawls
	hosting  hosting
	reloads  reloads
}

// New returns metrics that have counted nothing.
func New(b Build) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), searches: newSearches(), requests: newRequests(), crawls: newCrawls(), hosting: newHosting(), reloads: newReloads()}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "One, with the version, the commit and the version of Go as labels.",
	}, []string{"version", "commit", "goversion"})
	build.WithLabelValues(b.Version, b.Commit, runtime.Version()).Set(1)
	m.registry.MustRegister(
		build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.searches.count, m.searches.seconds,
		m.requests.count, m.requests.seconds, m.requests.bytes, m.requests.broken,
		m.crawls.ended, m.crawls.errors, m.crawls.listings, m.crawls.entries, m.crawls.seconds,
		m.reloads.count, m.reloads.good, m.reloads.last,
	)
	m.registry.MustRegister(m.hosting.collectors()...)
	for _, pattern := range []string{Path, "/", "/api/v1/search", "/get/", noHandler} { // those of others come with their first request
		m.requests.of(pattern)
	}
	return m
}
