package crawler

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"trawl/crawler/loops"
	"trawl/index"
)

// A directory's time vouches for its entries: it changes when a name is added, removed or
// renamed in it. So on a later crawl a directory need not be listed when
//
//   - its time, in its parent's new listing, is the one in the parent's old listing, to
//     the same precision;
//   - that time is a good while before the old listing was taken, so that no later
//     change can have been given the same time: a minute for times in seconds, a
//     day for times in minutes (which may be in any zone); days are too coarse;
//   - the directory holds no directories: only its own listing shows the times of those,
//     so it must be read to know whether they changed.
//
// This cannot show a file that was overwritten in place: its size and time change, its
// directory's time does not. Therefore every Limits.FullEvery-th crawl takes nothing on
// trust, which bounds how long such a change stays unseen. And because servers exist whose
// times are made up, some directories are listed all the same in each crawl; where names
// differ though the time was equal, the host is no longer trusted (index.Known.TimesLie).

// vouches reports whether the time of a directory's entry is the known one and precise
// enough.
func (m *earlier) vouches(e *index.Entry) bool {
	now := loops.Stamp{Unix: e.Unix, Precision: e.Precision}
	return m.trust && m.dirs[e.Wire()] == now && settled(now, m.taken)
}

// settled reports whether a listing taken then shows all changes that were given
// this time.
func settled(s loops.Stamp, taken time.Time) bool {
	at := time.Unix(s.Unix, 0)
	switch s.Precision {
	case index.Second:
		return at.Add(time.Minute).Before(taken)
	case index.Minute:
		return at.Add(24 * time.Hour).Before(taken)
	}
	return false
}

// times is the trust of a crawl in directory times. Its methods may be called from several
// goroutines.
type times struct {
	history *history

	mu      sync.Mutex // guards the following
	trusted bool
	offered int               // directories that could be taken on trust
	taken   []loops.Directory // those that were
}

const (
	alwaysAudited = 3  // of the directories that could be taken on trust, the first are listed
	auditedShare  = 50 // and one in so many
)

// recall returns what the catalogue knows of a directory, and whether that may be trusted.
func (t *times) recall(ctx context.Context, dir index.Path) (earlier, error) {
	if t.history.empty() {
		return earlier{}, nil
	}
	m, err := t.history.recall(ctx, dir)
	// A listing that this very crawl took, by a way that was not believed then, vouches
	// for nothing.
	m.trust = m.found && m.whole && t.trust() && m.taken.Before(t.history.host.started)
	return m, err
}

// trustFromNow begins to trust times.
func (t *times) trustFromNow() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.trusted = true
}

func (t *times) trust() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.trusted
}

// audit reports whether a directory is to be listed although it could be trusted.
func (t *times) audit() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.offered++
	return t.offered <= alwaysAudited || rand.N(auditedShare) == 0 //nolint:gosec // a sample needs no secret
}

// accept trusts a directory not to have changed. It reports whether times are still
// trusted.
func (t *times) accept(d loops.Directory) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.trusted {
		t.taken = append(t.taken, d)
	}
	return t.trusted
}

// distrust ends the trust and returns the directories that were taken on it.
func (t *times) distrust() []loops.Directory {
	t.mu.Lock()
	defer t.mu.Unlock()
	again := t.taken
	t.trusted, t.taken = false, nil
	return again
}

// confirm takes a directory on the trust of its time, if that may be. It lists some all
// the same, to check whether the times are right.
func (w *walk) confirm(ctx context.Context, t task) (done bool, err error) {
	times, meter := w.run.times, w.run.meter
	m, err := times.recall(ctx, t.Dir)
	if err != nil || !m.trust || m.print.Dirs > 0 || !settled(t.vouched, m.taken) {
		return false, err
	}
	if times.audit() || !w.run.budget.TrySpend(weight(t.Dir)) || !times.accept(t.Directory) {
		return false, nil
	}
	meter.unchanged.Add(1)
	meter.compared.Add(1)
	meter.files.Add(m.files)
	meter.bytes.Add(m.bytes)
	return true, w.run.out.put(index.Listing{Dir: t.Dir, State: index.Unchanged})
}

// audited checks the times by a directory that was listed though its time vouched for it.
func (w *walk) audited(ctx context.Context, t task, old earlier, now loops.Fingerprint) {
	if t.vouched == (loops.Stamp{}) || !old.trust || old.print.Names == now.Names {
		return
	}
	again := w.run.times.distrust()
	w.run.host.log.Info("directory times lie", "dir", index.Visible(string(t.Dir)))
	w.run.host.timesLie(ctx)
	w.run.meter.unchanged.Add(int64(-len(again)))
	w.run.meter.directories.Add(int64(-len(again)))
	for _, d := range again {
		if w.push(only(d)) != nil {
			return // it has ended the crawl
		}
	}
}
