package crawler

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"trawl/crawler/loops"
	"trawl/crawler/pace"
	"trawl/index"
)

// errLost ends a walk whose host went away in the middle.
var errLost = errors.New("host was lost")

// strikes is how many directories in a row may fail before the host counts as lost.
const strikes = 12

// walk lists directories one by one by one way, and by the next when that fails.
type walk struct {
	run   *run
	bulk  *tree // the bulk answer that was believed, or nil
	front *frontier

	well atomic.Int64 // directories that were read, or refused

	mu      sync.Mutex // guards the following
	lists   []string   // the names of the ways, the one in use first
	why     error      // the last way was given up; nil if none was
	strikes int        // directories in a row that could not be read
	aside   []loops.Directory
}

// walk lists the directories that are given and those below them.
func (r *run) walk(ctx context.Context, dirs []loops.Directory, bulk *tree) error {
	if len(dirs) == 0 {
		return nil
	}
	lists, err := r.trial(ctx, r.ways.lists())
	if err != nil {
		return err
	}
	if len(lists) == 0 {
		r.meter.failed("no way is left to list directories one by one", ErrBroken)
		r.out.markPartial()
		return nil
	}
	r.meter.stage.Store(Listing)
	way, _, _ := r.link.way(lists[0])
	w := &walk{run: r, bulk: bulk, lists: lists, front: newFrontier(r.conns.forWay(way))}
	if r.meter.directories.Load() == 0 {
		r.meter.way.Store(lists[0])
	}
	for _, b := range branches(dirs) {
		if err := w.push(b); err != nil {
			return err
		}
	}
	if err := w.work(ctx); err != nil {
		return err
	}
	if n, busy := w.front.atOnce(); busy && (way == nil || !way.Shared()) {
		r.host.tookConnections(ctx, n)
	}
	return w.secondChance(ctx)
}

// secondChance tries the directories that could not be read once more, one at a
// time: one of them may have taken others with it.
func (w *walk) secondChance(ctx context.Context) error {
	if len(w.aside) == 0 {
		return nil
	}
	for _, d := range w.aside {
		if err := w.push(retry(d)); err != nil {
			return err
		}
	}
	w.front.limit(1)
	return w.work(ctx)
}

// work lists directories, as many at once as the frontier lets, until that is empty or
// ctx is done.
func (w *walk) work(ctx context.Context) error {
	var all sync.WaitGroup
	for {
		t, ok := w.front.next(ctx)
		if !ok {
			break
		}
		w.run.budget.Restore(weight(nameOf(t.Dir)))
		if w.run.slot.Acquire(ctx) != nil {
			break // ctx is done
		}
		all.Go(func() {
			err := w.visit(ctx, t)
			w.run.meter.waiting.Store(w.front.left())
			w.front.done()
			if err != nil {
				w.run.out.stop(err)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// visit lists one directory, unless it is known to be unchanged. An error ends the walk.
func (w *walk) visit(ctx context.Context, t task) error {
	if w.run.out.resumed {
		l, found, err := w.seen(ctx, t.Dir)
		if err != nil {
			return err
		}
		if found {
			return w.again(ctx, t, l)
		}
	}
	if t.vouched != (loops.Stamp{}) {
		done, err := w.confirm(ctx, t)
		if done || err != nil {
			return err
		}
	}
	old, err := w.run.times.recall(ctx, t.Dir)
	if err != nil {
		return err
	}
	return w.list(ctx, t, old)
}

// list lists a directory, again and again and by other ways if need be.
func (w *walk) list(ctx context.Context, t task, old earlier) error {
	var last error
	stalls, innocent, limits := 0, 0, w.run.limits
	for attempt := 0; attempt < limits.Attempts+innocent && stalls < t.mostStalls(); attempt++ {
		if err := pause(ctx, limits.Backoff, attempt); err != nil {
			return err
		}
		name, ok := w.way()
		if !ok {
			last = w.noWay()
			break
		}
		r := &reading{walk: w, run: w.run, task: t, self: t.Self, old: old, way: name}
		well := w.well.Load()
		generation, err := r.read(ctx)
		switch {
		case err == nil:
			w.succeeded()
			w.front.listed()
			return r.finish(ctx)
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, errFatal):
			return err
		case errors.Is(err, ErrDenied):
			w.succeeded()
			return w.closed(ctx, t, name, err)
		}
		last = err
		r.settle()
		if err := r.abandon(); err != nil {
			return err
		}
		if errors.Is(err, errRobots) {
			return w.afterRobots(ctx, t, old)
		}
		stalls += stalled(err)
		if _, now := w.run.link.now(); now != generation && innocent < limits.Attempts {
			innocent++ // others closed the connection
			continue
		}
		if err := w.mend(ctx, name, generation, attempt, err, w.well.Load() == well); err != nil {
			return err
		}
	}
	return w.unread(ctx, t, last)
}

// mostStalls is how often a directory may say nothing: it is asked for once more, and once at the end.
func (t task) mostStalls() int {
	if t.again {
		return 1
	}
	return 2
}

// stalled returns 1 if an error says that nothing came, else 0.
func stalled(err error) int {
	if errors.Is(err, pace.ErrStall) || errors.Is(err, ErrSilent) {
		return 1
	}
	return 0
}

// afterRobots reads the robots.txt that the root holds, and lists the root again.
func (w *walk) afterRobots(ctx context.Context, t task, old earlier) error {
	if err := w.run.robots.read(ctx); err != nil {
		return err
	}
	w.front.limit(w.run.link.pacer.AtOnce())
	return w.list(ctx, t, old)
}

// mend does what an error of a listing asks for before the next attempt. It gives up the
// connection as a whole only if nothing else went well meanwhile.
func (w *walk) mend(ctx context.Context, way string, generation, attempt int, err error, alone bool) error {
	switch {
	case errors.Is(err, ErrMemory):
		return w.run.out.outOfMemory()
	case errors.Is(err, ErrBroken):
		w.drop(ctx, way, err)
	case errors.Is(err, ErrBusy) && attempt == 0:
		w.front.tooBusy()
	case alone && (errors.Is(err, ErrGone) && attempt > 0 || errors.Is(err, pace.ErrStall)):
		return w.renew(ctx, generation)
	}
	return nil
}

// renew connects again; a host that cannot be reached any more ends the walk.
func (w *walk) renew(ctx context.Context, generation int) error {
	err := w.run.link.renew(ctx, generation)
	if err == nil || ctx.Err() != nil {
		return err
	}
	w.run.meter.failed(err.Error(), err)
	w.run.out.markPartial()
	return fmt.Errorf("%w: %w", errLost, err)
}

// way returns the name of the way in use.
func (w *walk) way() (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.lists) == 0 {
		return "", false
	}
	return w.lists[0], true
}

// noWay returns the error of a directory for which no way is left. It ends with what the server
// said last.
func (w *walk) noWay() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.why == nil {
		return errors.New("no way is left to list it")
	}
	return fmt.Errorf("no way is left to list it: %w", w.why)
}

// drop goes on to the next way.
func (w *walk) drop(ctx context.Context, way string, why error) {
	w.mu.Lock()
	if len(w.lists) > 0 && w.lists[0] == way {
		w.lists, w.why = w.lists[1:], why
		if len(w.lists) > 0 {
			w.run.meter.way.Store(w.lists[0])
		}
	}
	w.mu.Unlock()
	w.run.host.demote(ctx, way, why.Error())
}

// succeeded ends the row of directories that could not be read.
func (w *walk) succeeded() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.well.Add(1)
	w.strikes = 0
}

// struck counts directories in a row that could not be read, and reports whether they are
// too many.
func (w *walk) struck() (lost bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.strikes++
	return w.strikes >= strikes
}

// closed records a directory that the host keeps closed, and goes on with those that are
// known below it.
func (w *walk) closed(ctx context.Context, t task, way string, why error) error {
	if t.Dir == w.run.host.root {
		return w.unread(ctx, t, why)
	}
	w.run.meter.denied.Add(1)
	err := w.run.out.put(index.Listing{Dir: t.Dir, Way: way, State: index.Denied, Why: why.Error()})
	if err != nil {
		return err
	}
	return w.below(ctx, t, nil)
}

// unread puts a directory aside that could not be read. If that was its second chance it
// records that, and goes on with the directories that are known below it.
func (w *walk) unread(ctx context.Context, t task, why error) error {
	first := !t.again
	if first {
		w.mu.Lock()
		w.aside = append(w.aside, t.Directory)
		w.mu.Unlock()
	} else if err := w.run.out.unread(t.Dir, why); err != nil {
		return err
	}
	if w.struck() {
		why = fmt.Errorf("%w: %d directories in a row could not be read, the last: %w", errLost, strikes, why)
		w.run.meter.failed(why.Error(), why)
		w.run.out.markPartial()
		return why
	}
	if first {
		return nil
	}
	return w.below(ctx, t, nil)
}

// below goes on with the directories that the catalogue knows in one that could
// not be listed, or not wholly; listed are those that could.
func (w *walk) below(ctx context.Context, t task, listed []kid) error {
	if w.run.history.empty() {
		return nil
	}
	m, err := w.run.history.recall(ctx, t.Dir)
	if err != nil {
		return err
	}
	for _, k := range listed {
		delete(m.dirs, k.name)
	}
	kids := make([]kid, 0, len(m.dirs))
	for name := range m.dirs {
		if w.run.robots.allows(t.Dir.Join(name)) {
			kids = append(kids, kid{name: name})
		}
	}
	return w.push(branch{parent: t.Dir, above: t.Above, kids: kids})
}

// push adds directories to the frontier, from which work takes them.
func (w *walk) push(b branch) error {
	ok := w.run.budget.Spend(kidsMemory(b.kids))
	w.front.push(b)
	if !ok {
		return w.run.out.outOfMemory()
	}
	return nil
}
