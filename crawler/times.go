package crawler

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"trawl/index"
)

// A directory's time vouches for what it holds: it changes when a name is added,
// removed or renamed in it. So on a later crawl a directory need not be listed
// when
//
//   - its time, as its parent's new listing tells it, is the one that the parent's
//     old listing told, to the same precision;
//   - that time is a good while before the old listing was taken, so that no later
//     change can have been given the same time: a minute for times in seconds, a
//     day for times in minutes (which may be in any zone); days are too coarse;
//   - the directory holds no directories: the times of those are told by its own
//     listing alone, so it must be read to know whether they changed.
//
// What this cannot see is a file that was overwritten in place: its size and time
// change, its directory's time does not. Therefore every Limits.FullEvery-th crawl
// takes nothing on trust, which bounds how long such a change stays unseen. And
// because servers exist whose times are made up, some directories are listed all
// the same in each crawl; where names differ though the time was equal, the host is
// no longer trusted (index.Known.TimesLie).

// memory is what the catalogue knew of a directory before this crawl listed it.
// The zero value is of one that was not known.
type memory struct {
	found bool
	taken time.Time
	state index.State
	print fingerprint
	files int64
	bytes int64
	trust bool             // its times may vouch
	dirs  map[string]stamp // the directories in it
}

// stamp is a time as a listing told it.
type stamp struct {
	unix      int64
	precision index.Precision
}

// vouches reports whether the time of a directory's entry is the known one and of
// a kind that tells.
func (m *memory) vouches(e *index.Entry) bool {
	now := stamp{e.Unix, e.Precision}
	return m.trust && m.dirs[e.Wire()] == now && settled(now, m.taken)
}

// settled reports whether a listing taken then shows all changes that were given
// this time.
func settled(s stamp, taken time.Time) bool {
	at := time.Unix(s.unix, 0)
	switch s.precision {
	case index.Second:
		return at.Add(time.Minute).Before(taken)
	case index.Minute:
		return at.Add(24 * time.Hour).Before(taken)
	}
	return false
}

// times is a pass's trust in directory times.
type times struct {
	mu      sync.Mutex // guards the following
	trusted bool
	offered int    // directories that could be taken on trust
	taken   []task // those that were
}

const (
	alwaysAudited = 3  // of the directories that could be taken on trust, the first are listed
	auditedShare  = 50 // and one in so many
)

// recall returns what the catalogue knows of a directory.
func (w *walker) recall(ctx context.Context, dir index.Path) (memory, error) {
	if w.before.Tally.Directories == 0 {
		return memory{}, nil
	}
	m, err := w.recollect(ctx, dir)
	// A listing that this very crawl took, by a way that was not believed then,
	// is no witness.
	m.trust = m.found && m.state == index.Complete && w.times.trust() && m.taken.Before(w.started)
	return m, err
}

// recollect reads a directory from the catalogue.
func (p *pass) recollect(ctx context.Context, dir index.Path) (memory, error) {
	m := memory{dirs: make(map[string]stamp)}
	const page = 8192
	for after := ""; ; {
		l, err := p.c.cat.List(ctx, p.id, dir, after, page)
		if errors.Is(err, index.ErrNotFound) {
			return memory{}, nil
		}
		if err != nil {
			return memory{}, fmt.Errorf("recall %s: %w", dir, err)
		}
		m.found, m.taken, m.state = true, l.Taken, l.State
		m.print.add(p.seed, l.Entries)
		for i := range l.Entries {
			e := &l.Entries[i]
			if e.Kind == index.Dir {
				m.dirs[e.Wire()] = stamp{e.Unix, e.Precision}
				continue
			}
			m.files++
			m.bytes += index.Counted(e.Size)
		}
		if !l.More || len(l.Entries) == 0 {
			return m, nil
		}
		after = l.Entries[len(l.Entries)-1].Wire()
	}
}

// compare counts whether a directory changed.
func (p *pass) compare(old memory, now fingerprint) {
	if !old.found {
		return
	}
	p.meter.compared.Add(1)
	if old.print != now {
		p.meter.changed.Add(1)
	}
}

// confirm takes a directory on the trust of its time, if that may be. Some it
// lists all the same, and judges by them whether the times tell the truth.
func (w *walker) confirm(ctx context.Context, t task) (done bool, err error) {
	m, err := w.recall(ctx, t.dir)
	if err != nil || !m.trust || m.print.dirs > 0 || !settled(t.vouched, m.taken) {
		return false, err
	}
	if w.times.audit() || !w.memory.try(weight(t.dir)) || !w.times.take(t) {
		return false, nil
	}
	w.meter.unchanged.Add(1)
	w.meter.compared.Add(1)
	w.meter.files.Add(m.files)
	w.meter.bytes.Add(m.bytes)
	return true, w.put(index.Listing{Dir: t.dir, State: index.Unchanged})
}

// audited judges the times by a directory that was listed though its time
// vouched for it.
func (w *walker) audited(ctx context.Context, t task, old memory, now fingerprint) {
	if t.vouched == (stamp{}) || !old.trust || old.print.names == now.names {
		return
	}
	again := w.times.lie()
	w.c.log.Info("directory times lie", "host", w.id, "dir", index.Visible(string(t.dir)))
	w.pass.mu.Lock()
	w.known.TimesLie = true
	w.pass.mu.Unlock()
	w.note(ctx, func(h *index.Host) { h.Known.TimesLie = true })
	w.meter.unchanged.Add(int64(-len(again)))
	w.meter.directories.Add(int64(-len(again)))
	for _, t := range again {
		if w.push(only(task{dir: t.dir, above: t.above, self: t.self})) != nil {
			return // it has ended the crawl
		}
	}
}

func (t *times) trust() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.trusted
}

// audit decides whether a directory that could be taken on trust is listed.
func (t *times) audit() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.offered++
	return t.offered <= alwaysAudited || rand.N(auditedShare) == 0 //nolint:gosec // a sample needs no secret
}

// take notes that a directory is taken on trust, unless there is none any more.
func (t *times) take(what task) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.trusted {
		t.taken = append(t.taken, what)
	}
	return t.trusted
}

// lie ends the trust and returns what was taken on it.
func (t *times) lie() []task {
	t.mu.Lock()
	defer t.mu.Unlock()
	again := t.taken
	t.trusted, t.taken = false, nil
	return again
}
