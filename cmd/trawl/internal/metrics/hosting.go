package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"trawl/ftpd"
)

// hosting are the metrics of hosted files, by protocol.
type hosting struct {
	sessions, logins, refused, strangers *prometheus.CounterVec
	transfers, sent, received, changes   *prometheus.CounterVec
}

func newHosting() hosting {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, append([]string{"protocol"}, labels...))
	}
	h := hosting{
		sessions:  counter("hosting_sessions_total", "Sessions that began."),
		logins:    counter("hosting_logins_total", "Logins, by result.", "result"),
		refused:   counter("hosting_refused_total", "Connections and logins that were right and came at the wrong time."),
		strangers: counter("hosting_strangers_total", "Others who came to data connections."),
		transfers: counter("hosting_transfers_total", "Files and listings that were sent or received, by direction and whether all of it was.", "direction", "result"),
		sent:      counter("hosting_sent_bytes_total", "Bytes of files and listings that were sent."),
		received:  counter("hosting_received_bytes_total", "Bytes of files that were received."),
		changes:   counter("hosting_changes_total", "Files and directories that were deleted, renamed, made, removed or changed."),
	}
	for _, p := range protocols() {
		for _, c := range []*prometheus.CounterVec{h.sessions, h.refused, h.strangers, h.sent, h.received, h.changes} {
			c.WithLabelValues(p)
		}
		for _, result := range []string{"ok", "failed"} {
			h.logins.WithLabelValues(p, result)
		}
		for _, result := range []string{"ok", "broken"} {
			h.transfers.WithLabelValues(p, "sent", result)
			h.transfers.WithLabelValues(p, "received", result)
		}
	}
	return h
}

func (h *hosting) collectors() []prometheus.Collector {
	return []prometheus.Collector{h.sessions, h.logins, h.refused, h.strangers, h.transfers, h.sent, h.received, h.changes}
}

// protocols returns the protocols of hosted files; ssh is that of sessions that have not said yet whether they want SFTP or SCP.
func protocols() []string {
	return []string{ftpd.FTP, ftpd.SSH, ftpd.SFTP, ftpd.SCP, ftpd.HTTP, ftpd.Gopher}
}

// Hosted counts what sessions do: it is an observer of the servers of hosted files.
func (m *Metrics) Hosted(e ftpd.Event) {
	h := &m.hosting
	result := "broken"
	if e.Whole {
		result = "ok"
	}
	switch e.Kind {
	case ftpd.Connected:
		h.sessions.WithLabelValues(e.Door).Inc()
	case ftpd.LoggedIn:
		h.logins.WithLabelValues(e.Door, "ok").Inc()
	case ftpd.LoginFailed:
		h.logins.WithLabelValues(e.Door, "failed").Inc()
	case ftpd.Refused:
		h.refused.WithLabelValues(e.Door).Inc()
	case ftpd.Stranger:
		h.strangers.WithLabelValues(e.Door).Inc()
	case ftpd.Sent:
		h.transfers.WithLabelValues(e.Door, "sent", result).Inc()
		h.sent.WithLabelValues(e.Door).Add(float64(e.Bytes))
	case ftpd.Stored:
		h.transfers.WithLabelValues(e.Door, "received", result).Inc()
		h.received.WithLabelValues(e.Door).Add(float64(e.Bytes))
	case ftpd.Deleted, ftpd.Renamed, ftpd.Made, ftpd.Removed, ftpd.Changed:
		h.changes.WithLabelValues(e.Door).Inc()
	case ftpd.Disconnected:
	}
}
