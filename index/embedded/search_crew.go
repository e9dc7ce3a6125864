package embedded

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// run has lookers look at all blocks: one on the core of the search, and others on
// all cores that nobody waits for. looker makes one, and is called by one goroutine.
func (w *work) run(ctx context.Context, shift *shift, looker func() looker) error {
	c := &crew{shift: shift, work: w, looker: looker}
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

// crew are those who look at the blocks of one search: the first on its core,
// helpers on spare ones as long as nobody else wants them.
type crew struct {
	shift   *shift
	work    *work
	looker  func() looker
	helpers []*helper
	working sync.WaitGroup // are helpers
	busy    atomic.Int32   // how many of them
}

// helper is a looker that comes and goes.
type helper struct {
	looker

	busy atomic.Bool
	err  error // good when it is not busy
}

// lead is what the first looker asks: it makes room for others, and calls
// helpers. The time that it waits is not the search's.
func (c *crew) lead(ctx context.Context) (bool, error) {
	if c.busy.Load() == 0 {
		waited, err := c.shift.yield(ctx)
		if err != nil {
			return false, err
		}
		if !c.work.until.IsZero() {
			c.work.until = c.work.until.Add(waited)
		}
	}
	if c.work.left() > worthwhile && c.shift.cores.spare() {
		c.help(ctx)
	}
	return true, ctx.Err()
}

// help lets a helper work on a core that is spare.
func (c *crew) help(ctx context.Context) {
	h := c.idle()
	c.busy.Add(1)
	h.busy.Store(true)
	c.working.Go(func() {
		defer c.shift.cores.give(true)
		defer c.busy.Add(-1)
		defer h.busy.Store(false)
		h.err = errors.Join(h.err, c.work.look(ctx, h.looker, c.follow))
	})
}

// idle returns a helper who has nothing to do.
func (c *crew) idle() *helper {
	for _, h := range c.helpers {
		if !h.busy.Load() {
			return h
		}
	}
	h := &helper{looker: c.looker()}
	c.helpers = append(c.helpers, h)
	return h
}

// follow is what helpers ask.
func (c *crew) follow(ctx context.Context) (bool, error) {
	return !c.shift.cores.wanted(), ctx.Err()
}
