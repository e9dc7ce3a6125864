package metrics

import (
	"net/http"

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
}

func newRequests() requests {
	return requests{
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

// Answered counts an HTTP answer: it is an observer of package answered. The pattern is of the code, never of the request.
func (m *Metrics) Answered(a *answered.Answer) {
	handler := a.Request.Pattern
	if handler == "" {
		handler = noHandler
	}
	m.requests.count.WithLabelValues(handler, class(a.Status)).Inc()
	m.requests.seconds.WithLabelValues(handler).Observe(a.Took.Seconds())
	m.requests.bytes.WithLabelValues(handler).Add(float64(a.Bytes))
	if a.Broken {
		m.requests.broken.WithLabelValues(handler).Inc()
	}
}

// handles makes the series of some handlers, with zero. Those of others come with their first request.
func (m *Metrics) handles(patterns ...string) {
	for _, p := range patterns {
		for _, code := range classes() {
			m.requests.count.WithLabelValues(p, code)
		}
		m.requests.seconds.WithLabelValues(p)
		m.requests.bytes.WithLabelValues(p)
		m.requests.broken.WithLabelValues(p)
	}
}

// classes returns the classes of status codes.
func classes() []string { return []string{"1xx", "2xx", "3xx", "4xx", "5xx"} }

// class returns the class of a status code.
func class(status int) string {
	if status < http.StatusContinue || status > 599 {
		return "5xx"
	}
	return classes()[status/100-1]
}
