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

// work is blocks, or blocks of names, to be looked at by several at once.
type work struct {
	moment *Snapshot
	ids    []block.ID
	names  *dictionary.Reader // if it is not nil its blocks of names, not ids, are looked at
	until  time.Time          // if it is not zero; changed by the first looker while no other works
	sure   int                // as many of ids are looked at even if it is late

	next    atomic.Int64 // the first one that nobody has taken yet
	late    atomic.Bool  // until has come, or there is no room for more
	damaged atomic.Int64 // how many blocks could not be read
	view    sync.Mutex   // held while the moment's view is used
}

// candidate is a block that may hold what matches, and its mask.
type candidate struct{ data, gone []byte }

// visitor looks at blocks.
type visitor interface {
	// look looks at the block at a position. An error that is errBlock
	// means that it cannot be read.
	look(w *work, where int, c candidate) error

	// wants tells whether the block at a position is worth to be read.
	wants(where int) bool

	// toJoin returns what it will take, about, to put what was found so far together
	// with what others have found.
	toJoin() time.Duration
}

// complete tells whether all blocks were looked at.
func (w *work) complete() bool { return !w.late.Load() && w.damaged.Load() == 0 }

// look looks at blocks until there are no more, or until goOn, which is asked every
// stride, says that it is not to go on.
func (w *work) look(ctx context.Context, l visitor, goOn func(context.Context) (bool, error)) (err error) {
	defer store.RecoverDamage(&err)
	var room [stride]candidate
	for {
		if on, err := goOn(ctx); err != nil || !on {
			return err
		}
		where, found := w.take(l, room[:0])
		if len(found) == 0 {
			return nil
		}
		for i, c := range found {
			if c.data == nil {
				continue
			}
			switch err := l.look(w, where+i, c); {
			case errors.Is(err, block.ErrDamaged):
				w.damaged.Add(1)
			case err != nil:
				return err
			}
		}
	}
}

// stride is how many blocks are taken at once.
const stride = 8

// take returns the blocks that are to be looked at next and where the first one is,
// none if there are no more or it is too late. Blocks that are gone or not
// wanted have no data.
func (w *work) take(l visitor, found []candidate) (where int, _ []candidate) {
	if !w.until.IsZero() && !w.late.Load() && time.Now().Add(l.toJoin()).After(w.until) {
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
	w.view.Lock()
	defer w.view.Unlock()
	for i, id := range w.ids[start:end] {
		if !l.wants(start + i) {
			found = append(found, candidate{})
			continue
		}
		found = append(found, candidate{w.moment.View.Data(id), w.moment.View.MaskOf(id)})
	}
	return start, found
}

// left returns how many blocks nobody has taken yet.
func (w *work) left() int { return w.len() - int(w.next.Load()) }

// len returns how many blocks there are.
func (w *work) len() int {
	if w.names != nil {
		return w.names.Len()
	}
	return len(w.ids)
}

// status returns how far a directory can be trusted.
func (w *work) status(host block.HostNo, d *block.Dir) (store.Status, error) {
	w.view.Lock()
	defer w.view.Unlock()
	return w.moment.View.StatusOf(host, d)
}

// run has lookers look at all blocks: one on the core of the search, and others on
// all cores that nobody waits for. looker makes one, and is called by one goroutine.
func (w *work) run(ctx context.Context, shift *cores.Lease, looker func() visitor) error {
	c := &workers{shift: shift, work: w, looker: looker}
	err := w.look(ctx, looker(), c.lead)
	c.working.Wait()
	for _, h := range c.helpers {
		err = errors.Join(err, h.err)
	}
	return err
}

// worthwhile is how many blocks must be left for a helper: about a millisecond of
// work. Where an import keeps the cores busy a helper may begin ten later, and the
// search waits for it.
const worthwhile = 128

// workers are those who look at the blocks of one search: the first on its core,
// helpers on spare ones as long as nobody else wants them.
type workers struct {
	shift   *cores.Lease
	work    *work
	looker  func() visitor
	helpers []*helper
	working sync.WaitGroup // are helpers
	busy    atomic.Int32   // how many of them
}

// helper is a looker that comes and goes.
type helper struct {
	visitor

	busy atomic.Bool
	err  error // good when it is not busy
}

// lead is what the first looker asks: it makes room for others, and calls
// helpers. The time that it waits is not the search's.
func (c *workers) lead(ctx context.Context) (bool, error) {
	if c.busy.Load() == 0 {
		waited, err := c.shift.Yield(ctx)
		if err != nil {
			return false, err
		}
		if !c.work.until.IsZero() {
			c.work.until = c.work.until.Add(waited)
		}
	}
	if c.work.left() > worthwhile && c.shift.Pool.TryAcquire() {
		c.help(ctx)
	}
	return true, ctx.Err()
}

// help lets a helper work on a core that is spare.
func (c *workers) help(ctx context.Context) {
	h := c.idle()
	c.busy.Add(1)
	h.busy.Store(true)
	c.working.Go(func() {
		defer c.shift.Pool.Return(true)
		defer c.busy.Add(-1)
		defer h.busy.Store(false)
		h.err = errors.Join(h.err, c.work.look(ctx, h.visitor, c.follow))
	})
}

// idle returns a helper who has nothing to do.
func (c *workers) idle() *helper {
	for _, h := range c.helpers {
		if !h.busy.Load() {
			return h
		}
	}
	h := &helper{visitor: c.looker()}
	c.helpers = append(c.helpers, h)
	return h
}

// follow is what helpers ask.
func (c *workers) follow(ctx context.Context) (bool, error) {
	return !c.shift.Pool.Wanted(), ctx.Err()
}
