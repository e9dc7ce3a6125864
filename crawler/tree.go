package crawler

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"trawl/crawler/loops"
	"trawl/crawler/pace"
	"trawl/index"
)

// tree is one bulk answer while it arrives. A directory is accepted when a listing
// that came before has named it, so nothing can appear out of nowhere; directories
// that were named and did not come remain.
type tree struct {
	run *run
	way string

	mu       sync.Mutex // guards the following
	due      expected   // directories that were named
	now      arrival
	sample   sample
	came     int                            // directories
	relisted map[index.Path]map[string]bool // of those that are listed again, the directories in them
	suspects suspects
}

// arrival is the directory that came last, while its parts come.
type arrival struct {
	dir   index.Path
	part  index.Path        // dir while its next part is awaited, or ""
	print loops.Fingerprint // of the parts so far
	above *loops.Lineage
	ties  loops.Ties
}

// trees tries the ways that list everything at once, the cheapest first. It returns the
// directories that are left to be listed one by one, and the answer that was believed: all
// of them and nil when none proved complete. The listings of an answer that did not are to
// be forgotten first: errAnew.
func (r *run) trees(ctx context.Context) (rest []loops.Directory, believed *tree, err error) {
	all := []loops.Directory{{Dir: r.host.root}}
	trees, lists := r.ways.trees(), r.ways.lists()
	for _, way := range trees {
		r.meter.way.Store(way.Name())
		r.times.distrust() // the listings of this way are no history to compare with
		t, err := r.tree(ctx, way)
		if errors.Is(err, errRobots) {
			if err := r.robots.read(ctx); err != nil {
				return nil, nil, err
			}
			t, err = r.tree(ctx, way)
		}
		if err == nil || t.came > 0 && !errors.Is(err, ErrBroken) && !errors.Is(err, errFatal) {
			err = t.assess(ctx, lists, err)
		}
		if errors.Is(err, errFatal) {
			return nil, nil, err
		}
		if context.Cause(ctx) != nil {
			return nil, nil, context.Cause(ctx)
		}
		if err == nil {
			return t.rest(), t, nil
		}
		t.forget()
		r.ways.refuse(ctx, way.Name(), err)
		r.ways.refused = append(r.ways.refused, way.Name())
		r.budget.Restore(r.meter.directories.Load() * listCosts)
		r.meter.restart()
		r.loops.links.Forget()
		if t.came > 0 {
			return nil, nil, errAnew
		}
	}
	return all, nil, nil
}

// tree reads the answer of a bulk way.
func (r *run) tree(ctx context.Context, way TreeWay) (*tree, error) {
	r.meter.stage.Store(Listing)
	t := &tree{
		run: r, way: way.Name(), due: newExpected(r.budget, r.host.root),
		relisted: make(map[index.Path]map[string]bool), suspects: newSuspects(),
	}
	return t, t.read(ctx, way)
}

// assess proves the answer, which may have ended early, and decides about its suspects.
func (t *tree) assess(ctx context.Context, lists []string, cut error) error {
	t.run.meter.stage.Store(Proving)
	err := t.prove(ctx, lists, cut)
	if err == nil {
		err = t.decide(ctx)
	}
	if err == nil && t.suspects.endless != "" {
		t.run.host.demote(ctx, t.way, t.suspects.endless)
	}
	return err
}

// read reads the whole answer.
func (t *tree) read(ctx context.Context, way TreeWay) error {
	watched, watch := t.run.live.Watch(ctx)
	defer watch.Close()
	err := way.Tree(watched, t.run.host.root, func(l index.Listing) error {
		return watch.Receive(watched, func() (bool, error) { return t.receive(ctx, l) })
	})
	if err != nil && errors.Is(context.Cause(watched), pace.ErrStall) {
		return fmt.Errorf("%w: it hung: %w", ErrBroken, pace.ErrStall)
	}
	if errors.Is(err, ErrDenied) {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if err == nil && t.came == 0 { // or its root is hollow
		return errors.New("it listed nothing")
	}
	return err
}

// receive accepts a listing, and reports whether it was one that was expected: others do
// not end the silence.
func (t *tree) receive(ctx context.Context, l index.Listing) (progress bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	err = t.accept(ctx, l)
	if err != nil && !errors.Is(err, errRobots) && !errors.Is(err, errEndless) {
		err = fmt.Errorf("%w: %w", errFatal, err)
	}
	return t.now.dir == l.Dir, err
}

// accept records a listing, or a part of one, if it was expected.
func (t *tree) accept(ctx context.Context, l index.Listing) error {
	if t.now.part == "" || t.now.part != l.Dir {
		above, expected := t.due.pending[l.Dir]
		if top, ok := t.due.under(l.Dir); ok {
			return t.skip(top, &l)
		}
		if !expected || t.due.isTorn(l.Dir) {
			return nil
		}
		t.due.arrived(l.Dir)
		t.now.above, t.now.print, t.suspects.last = above, loops.Fingerprint{}, nil
		t.came++
	}
	t.now.dir, t.now.part = l.Dir, ""
	if l.More {
		t.now.part = l.Dir
	}
	if l.Way == "" {
		l.Way = t.way
	}
	if t.run.hollow(&l) {
		t.came--
		return nil
	}
	if err := t.run.robots.meet(&l); err != nil {
		return err
	}
	if l.State == index.Denied {
		t.run.meter.denied.Add(1)
		return t.run.out.put(l)
	}
	t.run.robots.filter(&l)
	if private(l.Entries) {
		t.due.dropped[l.Dir], t.now.part = false, ""
		l = *keptOut(l)
	}
	before := t.now.print
	t.now.print.Add(t.run.loops.seed, l.Entries)
	if done, err := t.repeats(&l, before); done {
		return err
	}
	if done, err := t.dense(&l, before); done {
		return err
	}
	return t.keep(ctx, l, before)
}

// again leaves a directory that was accepted to be listed singly, without those in it.
func (t *tree) again(p *probe) {
	_, waits := t.due.pending[p.dir]
	if _, dropped := t.due.dropped[p.dir]; waits || dropped {
		return
	}
	t.due.pending[p.dir] = p.above
	t.run.meter.retract(p.print)
	t.run.meter.directories.Add(-1)
	switch {
	case p.print.Dirs == 0:
		return
	case p.entries == nil: // they are not remembered
		t.due.torn[p.dir] = struct{}{}
		return
	}
	dirs := make(map[string]bool, p.print.Dirs)
	for i := range p.entries {
		if e := &p.entries[i]; e.Kind == index.Dir {
			dirs[e.Wire()] = true
		}
	}
	t.relisted[p.dir] = dirs
}

// has reports whether a believed answer lists a directory in one that is listed again. A
// nil tree lists none.
func (t *tree) has(dir index.Path, name string) bool { return t != nil && t.relisted[dir][name] }

// keep records a listing, or the next part of one, and expects its subdirectories;
// before is the fingerprint of the parts before it.
func (t *tree) keep(ctx context.Context, l index.Listing, before loops.Fingerprint) error {
	if l.State == index.Truncated && !l.More {
		t.run.meter.retract(before)
		if before.Dirs > 0 {
			t.due.torn[l.Dir] = struct{}{}
		}
		return t.await(l.Dir, t.now.above) // to be listed singly
	}
	if err := t.announce(l); err != nil {
		return err
	}
	t.sample.offer(&l, t.now.print, t.now.above)
	if err := t.glance(ctx, &l); err != nil {
		return err
	}
	return t.run.out.put(l)
}

// announce expects the subdirectories of a listing.
func (t *tree) announce(l index.Listing) error {
	why, deep := t.run.tooDeep(l.Dir)
	var above *loops.Lineage
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Kind != index.Dir {
			continue
		}
		dir := l.Dir.Join(e.Wire())
		if deep {
			if err := t.run.out.cut(dir, l.Way, why); err != nil {
				return err
			}
			continue
		}
		if above == nil {
			above = t.head(&l)
		}
		if err := t.await(dir, above); err != nil {
			return err
		}
	}
	return nil
}

// head returns the lineage of the directories in a listing.
func (t *tree) head(l *index.Listing) *loops.Lineage {
	var dirs []string
	for i := range l.Entries {
		if e := &l.Entries[i]; e.Kind == index.Dir {
			dirs = append(dirs, e.Wire())
		}
	}
	return &loops.Lineage{
		Print: t.now.print, Dir: l.Dir, Above: t.now.above, Ties: t.now.ties,
		Names: t.run.loops.links.Names(len(dirs), func(i int) string { return dirs[i] }),
	}
}

// dense cuts a directory that is among directories which link to each other.
func (t *tree) dense(l *index.Listing, before loops.Fingerprint) (done bool, err error) {
	t.now.ties = loops.Ties{}
	if l.More || before.Count > 0 { // they are small
		return false, nil
	}
	why := ""
	if t.now.ties, why = t.run.loops.links.Check(l.Dir, t.now.above, t.now.print); why == "" {
		return false, nil
	}
	t.due.dropped[l.Dir] = true
	return true, t.run.out.cut(l.Dir, l.Way, why)
}

// await expects a directory.
func (t *tree) await(dir index.Path, above *loops.Lineage) error {
	if !t.due.expect(dir, above) {
		return t.run.out.outOfMemory()
	}
	return nil
}

// forget drops the directories that are expected, and those that are held back.
func (t *tree) forget() {
	t.run.budget.Restore(t.suspects.weight())
	t.suspects.all = nil
	t.due.forgetAll()
}

// glanceShare is how many directories of a bulk answer there are for each that is
// compared with its history.
const glanceShare = 16

// glance compares some directories with their history, so that the schedule learns how
// often the host changes.
func (t *tree) glance(ctx context.Context, l *index.Listing) error {
	if l.More || t.run.history.empty() || t.came%glanceShare != 1 {
		return nil
	}
	old, err := t.run.history.recall(ctx, l.Dir)
	if err != nil {
		return err
	}
	t.run.history.compare(old, t.now.print)
	return nil
}

// blame gives up the bulk way for later crawls when it left much to be listed one by one:
// some servers stop at so many lines or so deep. A nil tree is not to blame.
func (t *tree) blame(ctx context.Context, rest int) {
	if t == nil || ctx.Err() != nil {
		return
	}
	const tolerable = 8
	left := rest - int(t.run.meter.denied.Load())
	if left > max(tolerable, t.came/100) {
		t.run.host.demote(ctx, t.way, fmt.Sprintf("left out %d directories", left))
	}
}

// rest returns the directories that were expected and did not come.
func (t *tree) rest() []loops.Directory {
	t.mu.Lock()
	defer t.mu.Unlock()
	dirs := make([]loops.Directory, 0, len(t.due.pending))
	for dir, above := range t.due.pending {
		if !t.due.isTorn(dir) {
			dirs = append(dirs, loops.Directory{Dir: dir, Above: above})
		}
	}
	t.forget()
	return dirs
}
