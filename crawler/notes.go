package crawler

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"trawl/index"
)

// notes are the facts about a host that a crawl finds out. It keeps them at once, so that
// a crawl that is killed need not find them out again. Its methods may be called from
// several goroutines.
type notes struct {
	cat     Catalogue
	log     *slog.Logger
	meter   *meter
	before  index.Host // the host as it was when the crawl began, or was begun if it is resumed
	root    index.Path
	schemes index.Schemes
	started time.Time // when the crawl was begun

	mu    sync.Mutex  // guards the following
	known index.Known // what this crawl found out itself
}

func newNotes(c *Crawler, host index.Host, demoted []string, m *meter) *notes {
	return &notes{
		cat: c.cat, log: c.log.With("host", host.ID), meter: m,
		before: host, root: host.ID.Root(), schemes: c.schemes, started: time.Now(),
		known: index.Known{Demoted: demoted, TimesLie: host.Known.TimesLie, Connections: host.Known.Connections},
	}
}

// isDemoted reports whether a way failed, now or in an earlier crawl.
func (n *notes) isDemoted(way string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.known.IsDemoted(way)
}

// demote gives up a way of this host, now and in later crawls.
func (n *notes) demote(ctx context.Context, way, reason string) {
	reason = oneLine(reason)
	n.mu.Lock()
	if n.known.IsDemoted(way) {
		n.mu.Unlock()
		return
	}
	n.known.Demoted = append(n.known.Demoted, way+": "+reason)
	demoted := slices.Clone(n.known.Demoted)
	n.mu.Unlock()
	n.log.Info("way given up", "way", way, "reason", reason)
	n.meter.failed(fmt.Sprintf("%s: %s", way, reason), ErrBroken)
	n.keep(ctx, func(h *index.Host) { h.Known.Demoted = demoted })
}

// connections returns how many connections the host took, if it was too busy for more; 0
// if that is not known.
func (n *notes) connections() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.known.Connections
}

// tookConnections keeps how many connections the host took when it was too busy for more.
func (n *notes) tookConnections(ctx context.Context, number int) {
	n.mu.Lock()
	n.known.Connections = number
	n.mu.Unlock()
	n.keep(ctx, func(h *index.Host) { h.Known.Connections = number })
}

// timesLie keeps that directory times are no longer trusted.
func (n *notes) timesLie(ctx context.Context) {
	n.mu.Lock()
	n.known.TimesLie = true
	n.mu.Unlock()
	n.keep(ctx, func(h *index.Host) { h.Known.TimesLie = true })
}

// keep writes a change of the host to the catalogue.
func (n *notes) keep(ctx context.Context, change func(*index.Host)) {
	err := n.cat.Update(ctx, n.before.ID, func(h *index.Host) error {
		change(h)
		return nil
	})
	if err != nil {
		n.log.Warn("keep what was found out", "err", err)
	}
}

// learned joins the facts that the server and this crawl found out.
func (n *notes) learned(known index.Known) index.Known {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, d := range n.known.Demoted { // the server has its own
		if !slices.Contains(known.Demoted, d) {
			known.Demoted = append(known.Demoted, d)
		}
	}
	known.TimesLie = n.known.TimesLie
	known.Connections = cmp.Or(n.known.Connections, known.Connections)
	known.Way = n.meter.way.Load().(string)
	known.Changed = n.before.Known.Changed
	if n.meter.compared.Load() > 0 {
		known.Changed = n.meter.changedShare()
	}
	known.Shunned = 0
	if len(known.Demoted) > 0 {
		known.Shunned = n.before.Known.Shunned + 1
	}
	known.Skipped = 0
	if n.meter.unchanged.Load() > 0 {
		known.Skipped = n.before.Known.Skipped + 1
	}
	return known
}

// keepStart keeps that the crawl began. A full one forgets the ways and times that
// were not believed.
func (n *notes) keepStart(ctx context.Context, full bool) error {
	return n.cat.Update(ctx, n.before.ID, func(h *index.Host) error {
		h.Health.Started = n.started
		if full {
			h.Known.Demoted, h.Known.TimesLie = nil, false
		}
		return nil
	})
}

// keepEnd keeps the facts that a finished crawl found out. If it is to stop and that takes
// too long, the host is crawled again.
func (n *notes) keepEnd(ctx context.Context, known index.Known) error {
	s := n.meter.summary()
	ctx, cancel := lastly(ctx)
	defer cancel()
	return n.cat.Update(ctx, n.before.ID, func(h *index.Host) error {
		first := h.Health.Complete.IsZero()
		end := time.Now()
		interval := nextInterval(h, known.Changed, first)
		h.Known = known
		h.Health.LastCrawl = end
		h.Health.Next = time.Time{}
		if h.Settings.Every > 0 {
			h.Health.Next = end.Add(interval)
		}
		if s.Complete {
			h.Health.Complete = end
		}
		h.Health.DownSince, h.Health.Failures = time.Time{}, 0
		h.Health.LastErrors, h.Health.LastError = s.Errors, s.LastError
		h.Health.Cause, h.Health.Words = s.Cause, s.Words
		return nil
	})
}
