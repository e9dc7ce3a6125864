package metrics

import (
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"trawl/cmd/trawl/internal/status"
	"trawl/crawler"
)

// state has what a report says, as gauges: how much there is of something now.
type state struct {
	report func() status.Report
	all    []reported
}

// reported are the series of one gauge of a report.
type reported struct {
	desc  *prometheus.Desc
	value func(*status.Report) map[string]float64 // by the value of the only label; "" without a label
}

var _ prometheus.Collector = (*state)(nil)

// Watch shows what reports say. It is called once.
func (m *Metrics) Watch(report func() status.Report) { m.registry.MustRegister(newState(report)) }

// newState returns the gauges of reports.
func newState(report func() status.Report) *state {
	s := &state{report: report}
	one := func(name, help string, value func(*status.Report) float64) {
		s.all = append(s.all, reported{prometheus.NewDesc(namespace+"_"+name, help, nil, nil), func(r *status.Report) map[string]float64 {
			return map[string]float64{"": value(r)}
		}})
	}
	by := func(name, help, label string, value func(*status.Report) map[string]float64) {
		s.all = append(s.all, reported{prometheus.NewDesc(namespace+"_"+name, help, []string{label}, nil), value})
	}
	one("ready", "One if the service is ready, as /readyz says, else zero.", func(r *status.Report) float64 { return number(r.Unready == "") })
	one("start_timestamp_seconds", "When the service began.", func(r *status.Report) float64 { return stamp(&r.Started) })
	ofCatalogue(one, by)
	ofCrawls(one, by)
	ofHosting(one, by)
	return s
}

type (
	addOne = func(name, help string, value func(*status.Report) float64)
	addBy  = func(name, help, label string, value func(*status.Report) map[string]float64)
)

// ofCatalogue adds how much the catalogue holds and takes.
func ofCatalogue(one addOne, by addBy) {
	by("hosts", "Hosts that are remembered, by state.", "state", func(r *status.Report) map[string]float64 {
		return counted(status.States(), r.Catalogue.Hosts)
	})
	one("catalogue_directories", "Directories in the catalogue.", func(r *status.Report) float64 { return float64(r.Catalogue.Directories) })
	one("catalogue_files", "Entries in the catalogue that are no directories.", func(r *status.Report) float64 { return float64(r.Catalogue.Files) })
	one("catalogue_files_bytes", "Sum of the known sizes of these entries.", func(r *status.Report) float64 { return float64(r.Catalogue.Bytes) })
	one("catalogue_stale_directories", "Directories whose listing is an old one, since they could not be read later.",
		func(r *status.Report) float64 { return float64(r.Catalogue.Stale) })
	by("index_behind", "Changes of the catalogue that an index does not hold yet; searches look at them one by one.", "index", func(r *status.Report) map[string]float64 {
		out := zeros(indexes())
		for _, x := range r.Indexes {
			out[x.Name] = float64(x.Behind)
		}
		return out
	})
	by("index_failing", "One if an index cannot be written now, else zero.", "index", func(r *status.Report) map[string]float64 {
		out := zeros(indexes())
		for _, x := range r.Indexes {
			out[x.Name] = number(x.Failing)
		}
		return out
	})
	by("catalogue_disk_bytes", "Bytes that the parts of the catalogue take on the disk.", "part", func(r *status.Report) map[string]float64 {
		out := zeros(append([]string{"store"}, indexes()...))
		for _, p := range r.Disk.Parts {
			out[p.Name] = float64(p.Bytes)
		}
		return out
	})
	one("disk_free_bytes", "Bytes that are free on the disk of the data directory.", func(r *status.Report) float64 { return float64(r.Disk.Free) })
	one("disk_size_bytes", "Size of that disk; zero if it is not known.", func(r *status.Report) float64 { return float64(r.Disk.Size) })
	one("backup_last_success_timestamp_seconds", "When a backup last succeeded; zero if none did.", func(r *status.Report) float64 { return stamp(r.Backup) })
}

// ofCrawls adds what is crawled now and next.
func ofCrawls(one addOne, by addBy) {
	by("crawls", "Crawls under way by the schedule, by stage.", "stage", func(r *status.Report) map[string]float64 {
		out := zeros(stages())
		for _, c := range r.Crawls {
			if _, known := out[c.Stage]; known {
				out[c.Stage]++
			}
		}
		return out
	})
	one("schedule_hosts", "Hosts that have a schedule.", func(r *status.Report) float64 { return float64(r.Schedule.Hosts) })
	one("schedule_due_hosts", "Hosts that are due and wait for room.", func(r *status.Report) float64 { return float64(r.Schedule.Due) })
	one("schedule_overdue_seconds", "How long the first of them has waited.", func(r *status.Report) float64 { return r.Schedule.Overdue })
	one("schedule_stale_hosts", "Hosts without a complete crawl for five times as long as their interval.", func(r *status.Report) float64 { return float64(r.Schedule.Stale) })
	one("schedule_next_timestamp_seconds", "When the next host is due; zero if none is.", func(r *status.Report) float64 {
		if len(r.Schedule.Next) == 0 {
			return 0
		}
		return stamp(&r.Schedule.Next[0].At)
	})
}

// ofHosting adds who is there.
func ofHosting(one addOne, by addBy) {
	by("hosting_sessions", "Sessions of hosted files, by protocol.", "protocol", func(r *status.Report) map[string]float64 {
		if r.Hosting == nil {
			return zeros(protocols())
		}
		return counted(protocols(), r.Hosting.Sessions)
	})
	one("hosting_transfers", "Transfers of hosted files under way.", func(r *status.Report) float64 {
		if r.Hosting == nil {
			return 0
		}
		return float64(len(r.Hosting.Transfers))
	})
	one("hosting_bans", "Addresses that are banned now.", func(r *status.Report) float64 {
		if r.Hosting == nil {
			return 0
		}
		return float64(r.Hosting.Bans)
	})
	one("gateway_transfers", "Files on their way through the gateway.", func(r *status.Report) float64 {
		if r.Gateway == nil {
			return 0
		}
		return float64(r.Gateway.Transfers)
	})
	one("gateway_transfers_limit", "Most files that may be on their way at once.", func(r *status.Report) float64 {
		if r.Gateway == nil {
			return 0
		}
		return float64(r.Gateway.Most)
	})
	one("certificate_expiry_timestamp_seconds", "When the certificate of hosted files expires; zero if there is none.", func(r *status.Report) float64 { return stamp(r.Expires) })
}

// Describe keeps prometheus.Collector.
func (s *state) Describe(to chan<- *prometheus.Desc) {
	for _, g := range s.all {
		to <- g.desc
	}
}

// Collect keeps prometheus.Collector.
func (s *state) Collect(to chan<- prometheus.Metric) {
	r := s.report()
	for _, g := range s.all {
		values := g.value(&r)
		for _, label := range slices.Sorted(maps.Keys(values)) {
			var labels []string
			if label != "" {
				labels = []string{label}
			}
			to <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, values[label], labels...)
		}
	}
}

// indexes returns the names of the indexes.
func indexes() []string { return []string{"postings", "dictionary", "texts"} }

// stages returns the stages of crawls.
func stages() []string {
	var all []string
	for _, s := range []crawler.Stage{crawler.Queued, crawler.Connecting, crawler.Listing, crawler.Proving, crawler.Reading} {
		all = append(all, string(s))
	}
	return all
}

// zeros returns zero for each label.
func zeros(labels []string) map[string]float64 {
	out := make(map[string]float64, len(labels))
	for _, label := range labels {
		out[label] = 0
	}
	return out
}

// counted returns the counts of the labels, and of no other.
func counted(labels []string, counts map[string]int) map[string]float64 {
	out := zeros(labels)
	for label := range out {
		out[label] = float64(counts[label])
	}
	return out
}

func number(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// stamp returns a time in seconds since 1970; zero for none.
func stamp(t *time.Time) float64 {
	if t == nil || t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}
