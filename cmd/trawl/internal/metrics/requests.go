package metrics

import (
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"trawl/web/answered"
)

// requestBuckets are upper bounds in seconds. A file through the gateway may take hours: it is in the last one.
func requestBuckets() []float64 { return []float64{.0025, .01, .05, .1, .25, .5, 1, 2.5, 10} }

// requests are the metrics of HTTP, of the portal and all that is beside it.
type requests struct {
	count   *prometheus.CounterVec
	seconds *prometheus.HistogramVec
	bytes   *prometheus.CounterVec
	broken  *prometheus.CounterVec
	by      sync.Map // of *handler, by pattern
}

func newRequests() *requests {
	return &requests{
		count: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "http_requests_total", Help: "HTTP requests that were answered, by handler and class of the status code.",
		}, []string{"handler", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Name: "http_request_duration_seconds", Help: "How long HTTP answers took to their last byte.", Buckets: requestBuckets(),
		}, []string{"handler"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "http_response_bytes_total", Help: "Bytes of the bodies of HTTP answers, as they were sent.",
		}, []string{"handler"}),
		broken: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "http_broken_total", Help: "HTTP answers that broke off before their end.",
		}, []string{"handler"}),
	}
}

// noHandler is the handler of what no page is for.
const noHandler = "none"

// handler has the series of one handler. They are looked up once.
type handler struct {
	codes         []prometheus.Counter // by class
	bytes, broken prometheus.Counter
	seconds       prometheus.Observer
}

// of returns the series of a handler, with zero at first.
func (r *requests) of(pattern string) *handler {
	if h, ok := r.by.Load(pattern); ok {
		return h.(*handler) //nolint:forcetypeassert // it holds nothing else
	}
	h := &handler{bytes: r.bytes.WithLabelValues(pattern), broken: r.broken.WithLabelValues(pattern), seconds: r.seconds.WithLabelValues(pattern)}
	for _, code := range classes() {
		h.codes = append(h.codes, r.count.WithLabelValues(pattern, code))
	}
	r.by.Store(pattern, h)
	return h
}

// Answered counts an HTTP answer: it is an observer of package answered. The pattern is of the code, never of the request.
func (m *Metrics) Answered(a *answered.Answer) {
	pattern := a.Request.Pattern
	if pattern == "" {
		pattern = noHandler
	}
	h := m.requests.of(pattern)
	h.codes[class(a.Status)].Inc()
	h.seconds.Observe(a.Took.Seconds())
	h.bytes.Add(float64(a.Bytes))
	if a.Broken {
		h.broken.Inc()
	}
}

// classes returns the classes of status codes.
func classes() []string { return []string{"1xx", "2xx", "3xx", "4xx", "5xx"} }

// class returns the index of the class of a status code.
func class(status int) int {
	if status < http.StatusContinue || status > 599 {
		return len(classes()) - 1
	}
	return status/100 - 1
}
