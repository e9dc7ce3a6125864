package metrics

import (
	"bytes"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
)

// Path is where Prometheus looks.
const Path = "/metrics"

const (
	scrapeAge = time.Second // an answer is gathered anew after so long: a crowd costs what one does
	atOnce    = 4           // answers that are written in memory at once
	patience  = 5 * time.Second
)

// Handler answers /metrics, and leaves all else to next.
func (m *Metrics) Handler(next http.Handler, log *slog.Logger) http.Handler {
	scrape := promhttp.HandlerFor(&gathered{from: m.registry}, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), ErrorHandling: promhttp.ContinueOnError, EnableOpenMetrics: true,
	})
	places := make(chan struct{}, atOnce)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != Path {
			next.ServeHTTP(w, r)
			return
		}
		r.Pattern = Path
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only read: use GET", http.StatusMethodNotAllowed)
		default:
			answer(w, r, scrape, places)
		}
	})
}

// answer lets scrape write to memory, in a place, and then sends that: a client that takes nothing holds no place.
func answer(w http.ResponseWriter, r *http.Request, scrape http.Handler, places chan struct{}) {
	select {
	case places <- struct{}{}:
	case <-r.Context().Done():
		return
	case <-time.After(patience):
		w.Header().Set("Retry-After", "15")
		http.Error(w, "too many ask at once, try again", http.StatusServiceUnavailable)
		return
	}
	page := page{header: w.Header(), status: http.StatusOK}
	func() {
		defer func() { <-places }()
		scrape.ServeHTTP(&page, r)
	}()
	w.Header().Set("Content-Length", strconv.Itoa(page.body.Len()))
	w.WriteHeader(page.status)
	w.Write(page.body.Bytes()) //nolint:errcheck // whoever asked is gone
}

// page is an answer in memory.
type page struct {
	header http.Header
	status int
	body   bytes.Buffer
}

var _ http.ResponseWriter = (*page)(nil)

// Header keeps http.ResponseWriter.
func (p *page) Header() http.Header { return p.header }

// WriteHeader keeps http.ResponseWriter.
func (p *page) WriteHeader(status int) { p.status = status }

// Write keeps http.ResponseWriter.
func (p *page) Write(b []byte) (int, error) { return p.body.Write(b) }

// gathered keeps what was gathered for a moment.
type gathered struct {
	from prometheus.Gatherer

	mu  sync.Mutex // guards what follows; held while one gathers
	at  time.Time
	all []*dto.MetricFamily
	err error
}

var _ prometheus.Gatherer = (*gathered)(nil)

// Gather keeps prometheus.Gatherer.
func (g *gathered) Gather() ([]*dto.MetricFamily, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Since(g.at) > scrapeAge {
		g.all, g.err = g.from.Gather()
		g.at = time.Now()
	}
	return g.all, g.err
}
