package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// reloads are the metrics of settings that were read again.
type reloads struct {
	count *prometheus.CounterVec
	good  prometheus.Gauge
	last  prometheus.Gauge
}

func newReloads() reloads {
	r := reloads{
		count: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "config_reloads_total", Help: "Times the settings were read again, by result."}, []string{"result"}),
		good:  prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "config_last_reload_successful", Help: "One if the settings are in force as they are written, zero if the last attempt to read them failed."}),
		last:  prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "config_last_reload_success_timestamp_seconds", Help: "When the settings that are in force were read."}),
	}
	r.count.WithLabelValues("ok")
	r.count.WithLabelValues("failed")
	r.good.Set(1)
	r.last.SetToCurrentTime()
	return r
}

// Reloaded counts that the settings were read again, or why not.
func (m *Metrics) Reloaded(err error) {
	if err != nil {
		m.reloads.count.WithLabelValues("failed").Inc()
		m.reloads.good.Set(0)
		return
	}
	m.reloads.count.WithLabelValues("ok").Inc()
	m.reloads.good.Set(1)
	m.reloads.last.Set(float64(time.Now().Unix()))
}
