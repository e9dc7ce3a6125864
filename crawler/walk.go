package crawler

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"trawl/index"
)

// errLost ends a walk whose host went away in the middle.
var errLost = errors.New("host was lost")

// strikes is how many directories in a row may fail before the host counts as lost.
const strikes = 12

// walker lists directories one by one over the lanes of one way, and over those
// of the next when that fails.
type walker struct {
	*pass
	front *frontier

	well atomic.Int64 // directories that were read, or refused

	mu      sync.Mutex // guards the following
	lists   []string   // the ways, the one in use first
	strikes int        // directories in a row that could not be read
	aside   []task     // those that could not be read
}

// walk lists the directories that are given and what is below them.
func (p *pass) walk(ctx context.Context, dirs []task) error {
	if len(dirs) == 0 {
		return nil
	}
	_, lists := p.waysOf()
	lists, err := p.trial(ctx, lists)
	if err != nil {
		return err
	}
	if len(lists) == 0 {
		p.meter.failed("no way is left to list directories one by one")
		p.spoil()
		return nil
	}
	p.meter.stage.Store(Listing)
	way, _, _ := p.link.way(lists[0])
	few, most := p.lanes(way.Connections(), way.Shared())
	w := &walker{pass: p, lists: lists, front: newFrontier(newLanes(few, most, p.quotaOf(way)))}
	if p.meter.directories.Load() == 0 {
		p.meter.way.Store(way.Name())
	}
	for _, b := range branches(dirs) {
		if err := w.push(b); err != nil {
			return err
		}
	}
	if err := w.work(ctx); err != nil {
		return err
	}
	w.remember(ctx, way)
	return w.secondChance(ctx)
}

// remember keeps how many connections the host took, if it was too busy for more.
func (w *walker) remember(ctx context.Context, way DirWay) {
	lanes, busy := w.front.width()
	if way.Shared() || !busy {
		return
	}
	w.pass.mu.Lock()
	w.known.Lanes = lanes
	w.pass.mu.Unlock()
	w.note(ctx, func(h *index.Host) { h.Known.Lanes = lanes })
}

// secondChance tries the directories that could not be read once more, one at a
// time: one of them may have taken others with it.
func (w *walker) secondChance(ctx context.Context) error {
	if len(w.aside) == 0 {
		return nil
	}
	for _, t := range w.aside {
		t.again = true
		if err := w.push(only(t)); err != nil {
			return err
		}
	}
	w.front.limit(1)
	return w.work(ctx)
}

// lanes is how many calls of a way run at once, at first and at most: what is
// worth while, but no more than the host was found to take, or than the pace that
// it asks for keeps busy.
func (p *pass) lanes(most int, shared bool) (few, all int) {
	most = max(1, most)
	if known := p.before.Known.Lanes; known > 0 && !shared {
		most = min(most, known)
	}
	most = min(most, p.link.guest.lanes())
	if shared {
		return most, most
	}
	return p.quota.upTo(min(most, p.c.limits.AtFirst)), most
}

// quotaOf returns what is asked for more connections, if the lanes of a way need
// one each.
func (p *pass) quotaOf(way DirWay) func(int) int {
	if way.Shared() {
		return nil
	}
	return p.quota.more
}

// work sees to directories, as many at once as there are lanes, until the frontier
// is empty or ctx is done.
func (w *walker) work(ctx context.Context) error {
	var all sync.WaitGroup
	for {
		t, ok := w.front.next(ctx)
		if !ok {
			break
		}
		w.memory.restore(weight(t.name()))
		if w.slot.take(ctx) != nil {
			break // ctx is done
		}
		all.Go(func() {
			err := w.visit(ctx, t)
			w.meter.waiting.Store(w.front.left())
			w.front.done()
			if err != nil {
				w.stop(err)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// visit sees to one directory. An error ends the walk.
func (w *walker) visit(ctx context.Context, t task) error {
	if w.resumed {
		l, found, err := w.seen(ctx, t.dir)
		if err != nil {
			return err
		}
		if found {
			return w.again(ctx, t, l)
		}
	}
	if t.vouched != (stamp{}) {
		done, err := w.confirm(ctx, t)
		if done || err != nil {
			return err
		}
	}
	old, err := w.recall(ctx, t.dir)
	if err != nil {
		return err
	}
	return w.list(ctx, t, old)
}

// list lists a directory, again and again and by other ways if need be.
func (w *walker) list(ctx context.Context, t task, old memory) error {
	var last error
	stalls, innocent := 0, 0
	for attempt := 0; attempt < w.c.limits.Attempts+innocent && stalls < 2; attempt++ {
		if err := pause(ctx, w.c.limits.Backoff, attempt); err != nil {
			return err
		}
		name, ok := w.present()
		if !ok {
			last = errors.New("no way is left to list it")
			break
		}
		r := &reading{walker: w, task: t, self: t.self, old: old, way: name}
		well := w.well.Load()
		generation, err := r.read(ctx)
		switch {
		case err == nil:
			w.struck(false)
			w.front.went(false)
			return r.finish(ctx)
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, errFatal):
			return err
		case errors.Is(err, ErrDenied):
			w.struck(false)
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
		if errors.Is(err, errStall) {
			stalls++
		}
		if _, now := w.link.now(); now != generation && innocent < w.c.limits.Attempts {
			innocent++ // others closed the connection
			continue
		}
		if err := w.mend(ctx, name, generation, attempt, err, w.well.Load() == well); err != nil {
			return err
		}
	}
	return w.unread(ctx, t, last)
}

// afterRobots reads the robots.txt that the root holds, and lists the root again.
func (w *walker) afterRobots(ctx context.Context, t task, old memory) error {
	if err := w.readRules(ctx); err != nil {
		return err
	}
	w.front.limit(w.link.guest.lanes())
	return w.list(ctx, t, old)
}

// mend does what an error of a listing asks for before the next attempt. The
// connection as a whole is given up only if nothing else went well meanwhile.
func (w *walker) mend(ctx context.Context, way string, generation, attempt int, err error, alone bool) error {
	switch {
	case errors.Is(err, ErrCrowded):
		return w.crowded()
	case errors.Is(err, ErrBroken):
		w.drop(ctx, way, err)
	case errors.Is(err, ErrBusy) && attempt == 0:
		w.front.went(true)
	case alone && (errors.Is(err, ErrGone) && attempt > 0 || errors.Is(err, errStall)):
		return w.renew(ctx, generation)
	}
	return nil
}

// renew connects again; a host that cannot be reached any more ends the walk.
func (w *walker) renew(ctx context.Context, generation int) error {
	err := w.link.renew(ctx, generation)
	if err == nil || ctx.Err() != nil {
		return err
	}
	w.meter.failed(err.Error())
	w.spoil()
	return fmt.Errorf("%w: %w", errLost, err)
}

// present returns the way in use.
func (w *walker) present() (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.lists) == 0 {
		return "", false
	}
	return w.lists[0], true
}

// drop goes on to the next way.
func (w *walker) drop(ctx context.Context, way string, why error) {
	w.mu.Lock()
	if len(w.lists) > 0 && w.lists[0] == way {
		w.lists = w.lists[1:]
		if len(w.lists) > 0 {
			w.meter.way.Store(w.lists[0])
		}
	}
	w.mu.Unlock()
	w.demote(ctx, way, why.Error())
}

// struck counts directories in a row that could not be read.
func (w *walker) struck(failed bool) (lost bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !failed {
		w.well.Add(1)
		w.strikes = 0
		return false
	}
	w.strikes++
	return w.strikes >= strikes
}

// closed records a directory that the host keeps closed, and goes on with what
// is known to be below it.
func (w *walker) closed(ctx context.Context, t task, way string, why error) error {
	if t.dir == w.root {
		return w.unread(ctx, t, why)
	}
	w.meter.denied.Add(1)
	if err := w.put(index.Listing{Dir: t.dir, Way: way, State: index.Denied, Why: why.Error()}); err != nil {
		return err
	}
	return w.below(ctx, t, nil)
}

// unread puts a directory aside that could not be read. If that was its second
// chance it is recorded, and what is known to be below it is tried.
func (w *walker) unread(ctx context.Context, t task, why error) error {
	first := !t.again
	if first {
		w.mu.Lock()
		w.aside = append(w.aside, t)
		w.mu.Unlock()
	} else if err := w.lost(t, why); err != nil {
		return err
	}
	if w.struck(true) {
		why = fmt.Errorf("%w: %d directories in a row could not be read, the last: %w", errLost, strikes, why)
		w.meter.failed(why.Error())
		w.spoil()
		return why
	}
	if first {
		return nil
	}
	return w.below(ctx, t, nil)
}

// lost records that a directory could not be read: what is known of it stays.
func (p *pass) lost(t task, why error) error {
	p.meter.stale.Add(1)
	p.meter.failed(fmt.Sprintf("%s: %v", t.dir, why))
	p.spoil()
	return p.put(index.Listing{Dir: t.dir, State: index.Stale, Why: why.Error()})
}

// below goes on with the directories that the catalogue knows in one that could
// not be listed, or not wholly; listed are those that could.
func (w *walker) below(ctx context.Context, t task, listed []kid) error {
	if w.before.Tally.Directories == 0 {
		return nil
	}
	m, err := w.recollect(ctx, t.dir)
	if err != nil {
		return err
	}
	for _, k := range listed {
		delete(m.dirs, k.name)
	}
	kids := make([]kid, 0, len(m.dirs))
	for name := range m.dirs {
		if w.allowed(t.dir.Join(name)) {
			kids = append(kids, kid{name: name})
		}
	}
	return w.push(branch{parent: t.dir, above: t.above, kids: kids})
}

// push adds directories to the frontier, which work takes out.
func (w *walker) push(b branch) error {
	ok := w.memory.spend(weigh(b.kids))
	w.front.push(b)
	if !ok {
		return w.crowded()
	}
	return nil
}

// seen returns what this crawl recorded of a directory before it was cut off. A
// listing of a bulk way does not count, for it was not proved, nor does one
// that told that the directory could not be read, or not wholly.
func (w *walker) seen(ctx context.Context, dir index.Path) (index.Listing, bool, error) {
	l, err := w.crawl.Seen(ctx, dir)
	if errors.Is(err, index.ErrNotFound) {
		return l, false, nil
	}
	if err != nil {
		return l, false, fmt.Errorf("resume at %s: %w", dir, err)
	}
	_, _, believed := w.link.way(l.Way)
	whole := l.State != index.Stale && l.State != index.Denied && l.State != index.Truncated
	return l, believed && whole, nil
}

// again takes a directory's listing from the part of the crawl that was done
// before it was cut off.
func (w *walker) again(ctx context.Context, t task, l index.Listing) error {
	if t.dir == w.root {
		if errors.Is(w.meet(&l), errRobots) {
			if err := w.readRules(ctx); err != nil {
				return err
			}
		}
	}
	if !w.memory.spend(listCosts) {
		return w.crowded()
	}
	w.meter.count(&l)
	w.texts.offer(&l)
	if l.State == index.Unchanged {
		return nil
	}
	var p fingerprint
	p.add(w.seed, l.Entries)
	kids := w.subdirectories(&l, memory{})
	line := &lineage{print: p, dir: t.dir, self: t.self, above: t.above}
	line.names = w.names(len(kids), func(i int) string { return kids[i].name })
	line.knot, _ = w.entangled(t.dir, t.above, p) // what was to be cut was cut then
	return w.descend(line, kids, l.Way)
}
