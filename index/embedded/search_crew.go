package embedded

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"

	"trawl/search"
)

// verify shows the entries of blocks to judges: on the core of the search, and on
// all others that nobody waits for. exact is false if it had to end at the time
// that work.until says, unless that is zero, or if blocks could not be read.
func verify(ctx context.Context, plan *search.Plan, work *work, shift *shift) (judges []*search.Judge, exact bool, err error) {
	first := &verifier{work: work, judge: plan.Judge()}
	if work.probe.Never {
		return []*search.Judge{first.judge}, true, nil
	}
	c := &crew{shift: shift, work: work, plan: plan}
	err = first.run(ctx, c.lead)
	c.working.Wait()
	judges = []*search.Judge{first.judge}
	for _, h := range c.helpers {
		err = errors.Join(err, h.err)
		judges = append(judges, h.judge)
	}
	if err != nil {
		return nil, false, err
	}
	if n := work.damaged.Load(); n > 0 {
		slog.Error("damaged blocks are left out of an answer: run `trawl check`, then remove and crawl their hosts anew", "blocks", n)
		return judges, false, nil
	}
	return judges, !work.late.Load(), nil
}

// crew are those who verify the blocks of one search: the first on its core,
// helpers on spare ones as long as nobody else wants them.
type crew struct {
	shift   *shift
	work    *work
	plan    *search.Plan
	helpers []*helper
	working sync.WaitGroup // are helpers
	busy    atomic.Int32   // how many of them
}

// helper is a verifier that comes and goes.
type helper struct {
	verifier

	busy atomic.Bool
	err  error // good when it is not busy
}

// lead is what the first verifier asks: it makes room for others, and calls
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
	if c.work.left() > stride && c.shift.cores.spare() {
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
		h.err = errors.Join(h.err, h.run(ctx, c.follow))
	})
}

// idle returns a helper who has nothing to do.
func (c *crew) idle() *helper {
	for _, h := range c.helpers {
		if !h.busy.Load() {
			return h
		}
	}
	h := &helper{verifier: verifier{work: c.work, judge: c.plan.Judge()}}
	c.helpers = append(c.helpers, h)
	return h
}

// follow is what helpers ask.
func (c *crew) follow(ctx context.Context) (bool, error) {
	runtime.Gosched()
	return !c.shift.cores.wanted(), ctx.Err()
}
