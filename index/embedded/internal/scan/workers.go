package scan

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/cores"
	"trawl/index/embedded/internal/dictionary"
	"trawl/index/embedded/internal/store"
)

// work is blocks of the store, or blocks of names of the dictionary, that several goroutines
// visit.
type work struct {
	snapshot *Snapshot
	ids      []block.ID         // the blocks of the store
	names    *dictionary.Reader // not nil: its blocks of names are visited in the place of ids
	until    time.Time          // zero: never; only the leader changes it, while it is alone
	since    time.Time          // when the work began, without the time of waiting; likewise
	whole    time.Duration      // that it may take from then on, if nobody waits
	sure     int                // so many of ids are visited even when it is late

	next    atomic.Int64 // the first block that nobody has claimed
	late    atomic.Bool  // until has come, or there is no memory for more
	damaged atomic.Int64 // blocks that could not be read
	viewMu  sync.Mutex   // held while the view of the snapshot is used
}

// candidate is a block that may hold what matches, and its mask. It has no data if it is
// gone, or not wanted.
type candidate struct{ data, mask []byte }

// visitor visits blocks. One goroutine uses it at a time.
type visitor interface {
	// visit looks at the block at a position. An error that is block.ErrDamaged means that
	// the block cannot be read; the search goes on without it.
	visit(w *work, where int, c candidate) error

	// wants reports whether the block at a position is worth reading.
	wants(where int) bool

	// timeToJoin returns about how long it will take to put together what was found so far
	// with what other visitors have found.
	timeToJoin() time.Duration
}

// complete reports whether all blocks were visited.
func (w *work) complete() bool { return !w.late.Load() && w.damaged.Load() == 0 }

// visit visits blocks until there are no more, or until goOn, which is asked before each
// stride, returns false.
func (w *work) visit(ctx context.Context, v visitor, goOn func(context.Context) (bool, error)) (err error) {
	defer store.Guarded(&err)()
	var room [stride]candidate
	for {
		if on, err := goOn(ctx); err != nil || !on {
			return err
		}
		where, found := w.claim(v, room[:0])
		if len(found) == 0 {
			return nil
		}
		for i, c := range found {
			if c.data == nil {
				continue
			}
			switch err := v.visit(w, where+i, c); {
			case errors.Is(err, block.ErrDamaged):
				w.damaged.Add(1)
			case err != nil:
				return err
			}
		}
	}
}

// stride is how many blocks are claimed at once.
const stride = 8

// claim returns the blocks that v visits next and the position of the first one. It returns
// none if there are no more, or if it is too late.
func (w *work) claim(v visitor, found []candidate) (where int, _ []candidate) {
	if !w.until.IsZero() && !w.late.Load() && time.Now().Add(v.timeToJoin()).After(w.until) {
		w.late.Store(true)
	}
	end := int(w.next.Add(stride))
	start := min(end-stride, w.len())
	end = min(end, w.len())
	if start == end || w.late.Load() && start >= w.sure {
		return start, nil
	}
	if w.names != nil {
		for i := start; i < end; i++ {
			found = append(found, candidate{data: w.names.Data(i)})
		}
		return start, found
	}
	w.viewMu.Lock()
	defer w.viewMu.Unlock()
	for i, id := range w.ids[start:end] {
		if !v.wants(start + i) {
			found = append(found, candidate{})
			continue
		}
		found = append(found, w.read(id))
	}
	return start, found
}

// read reads a block and its mask. Of one that cannot be read it returns nothing, and counts it
// as damaged. viewMu is held.
func (w *work) read(id block.ID) candidate {
	data, err := w.snapshot.view.Data(id)
	if err == nil && data != nil {
		var mask []byte
		if mask, err = w.snapshot.view.MaskOf(id); err == nil {
			return candidate{data, mask}
		}
	}
	if err != nil {
		w.damaged.Add(1)
	}
	return candidate{}
}

// unclaimed returns how many blocks nobody has claimed.
func (w *work) unclaimed() int { return w.len() - int(w.next.Load()) }

// len returns how many blocks there are.
func (w *work) len() int {
	if w.names != nil {
		return w.names.Len()
	}
	return len(w.ids)
}

// status returns how far a directory can be trusted.
func (w *work) status(host block.HostNo, d *block.Dir) (store.Status, error) {
	w.viewMu.Lock()
	defer w.viewMu.Unlock()
	return w.snapshot.view.StatusOf(host, d)
}

// run visits all blocks: with one visitor on the core of the search, and others on all cores
// that nobody waits for. One goroutine calls newVisitor.
func (w *work) run(ctx context.Context, lease *cores.Lease, newVisitor func() visitor) error {
	w.since = time.Now()
	w.whole = w.until.Sub(w.since)
	c := &workers{lease: lease, work: w, newVisitor: newVisitor}
	err := w.visit(ctx, newVisitor(), c.lead)
	c.working.Wait()
	for _, h := range c.helpers {
		err = errors.Join(err, h.err)
	}
	return err
}

// worthwhile is how many blocks must be unclaimed for a helper to begin: about a millisecond
// of work. Where an import keeps the cores busy a helper may begin ten later, and the search
// waits for it.
const worthwhile = 128

// workers are the goroutines of one search: the leader on its own core, and helpers on spare
// cores as long as nobody else wants them.
type workers struct {
	lease      *cores.Lease
	work       *work
	newVisitor func() visitor
	helpers    []*helper
	working    sync.WaitGroup // of the helpers
	busy       atomic.Int32   // how many helpers work
}

// helper is a visitor that comes and goes.
type helper struct {
	visitor

	busy atomic.Bool
	err  error // may be read when the helper is not busy
}

// lead is called by the leader before each stride. It yields to searches that wait, which leave it less time, and
// starts helpers. The wait does not count as time of the search.
func (c *workers) lead(ctx context.Context) (bool, error) {
	if c.busy.Load() == 0 {
		waited, err := c.lease.Yield(ctx)
		if err != nil {
			return false, err
		}
		c.work.shrink(c.lease, waited)
	}
	if c.work.unclaimed() > worthwhile && c.lease.TakeSpare() {
		c.help(ctx)
	}
	return true, ctx.Err()
}

// shrink leaves the work the time that it should take while others wait, of whom it waited for some.
func (w *work) shrink(lease *cores.Lease, waited time.Duration) {
	if w.until.IsZero() {
		return
	}
	w.since, w.until = w.since.Add(waited), w.until.Add(waited)
	if end := lease.End(w.since, w.whole); end.Before(w.until) {
		w.until = end
	}
}

// help lets a helper work on a spare core.
func (c *workers) help(ctx context.Context) {
	h := c.idle()
	c.busy.Add(1)
	h.busy.Store(true)
	c.working.Go(func() {
		defer c.lease.ReturnSpare()
		defer c.busy.Add(-1)
		defer h.busy.Store(false)
		h.err = errors.Join(h.err, c.work.visit(ctx, h.visitor, c.follow))
	})
}

// idle returns a helper that does not work.
func (c *workers) idle() *helper {
	for _, h := range c.helpers {
		if !h.busy.Load() {
			return h
		}
	}
	h := &helper{visitor: c.newVisitor()}
	c.helpers = append(c.helpers, h)
	return h
}

// follow is called by helpers before each stride.
func (c *workers) follow(ctx context.Context) (bool, error) {
	return !c.lease.Wanted(), ctx.Err()
}
