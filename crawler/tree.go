package crawler

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"trawl/index"
)

// tree is one bulk answer while it arrives. Directories are taken when a listing
// that came before has named them, so nothing can appear out of nowhere; those
// that were named and did not come remain.
type tree struct {
	*pass
	way string

	mu       sync.Mutex // guards the following
	pending  map[index.Path]*lineage
	spent    int64               // on pending
	dropped  map[index.Path]bool // what is not to be taken, nor what is below: true if it repeats, false if the host asks that
	part     index.Path          // the directory whose next part is awaited, or ""
	print    fingerprint         // of its parts
	above    *lineage            // of it
	knot     ties                // of it
	last     index.Path          // the directory that came last
	sample   sample
	came     int                            // directories
	torn     map[index.Path]struct{}        // those that came in parts, and not wholly: they are listed singly, with what is below
	told     map[index.Path]map[string]bool // of those that are listed again, the directories in them
	suspects map[index.Path]*candidate
	holding  *candidate // that which came last belongs to, or nil
	beyond   int        // directories that came though they are below suspects
	endless  string     // why the answer was given up before its end, or ""
}

// trees tries the ways that list everything at once, the cheapest first. It
// returns what is left to be listed one by one: all of it when none of them
// proved complete. What one told that did not is to be forgotten first: errAnew.
func (p *pass) trees(ctx context.Context) (rest []task, err error) {
	all := []task{{dir: p.root}}
	ways, lists := p.waysOf()
	for _, way := range ways {
		p.meter.way.Store(way.Name())
		p.times.lie() // what this way tells is not a memory to compare with
		t, err := p.tree(ctx, way)
		if errors.Is(err, errRobots) {
			if err := p.readRules(ctx); err != nil {
				return nil, err
			}
			t, err = p.tree(ctx, way)
		}
		if err == nil || t.came > 0 && !errors.Is(err, ErrBroken) && !errors.Is(err, errFatal) {
			err = t.judge(ctx, lists, err)
		}
		if errors.Is(err, errFatal) {
			return nil, err
		}
		if context.Cause(ctx) != nil {
			return nil, context.Cause(ctx)
		}
		if err == nil {
			p.bulk = t
			return t.rest(), nil
		}
		t.forget()
		p.refuse(ctx, way.Name(), err)
		p.refused = append(p.refused, way.Name())
		p.memory.restore(p.meter.directories.Load() * listCosts)
		p.meter.restart()
		p.tangle.forget()
		if t.came > 0 {
			return nil, errAnew
		}
	}
	return all, nil
}

// judge proves the answer, which may have ended early, and decides what it leaves open.
func (t *tree) judge(ctx context.Context, lists []string, cut error) error {
	t.meter.stage.Store(Proving)
	err := t.prove(ctx, lists, cut)
	if err == nil {
		err = t.decide(ctx)
	}
	if err == nil && t.endless != "" {
		t.demote(ctx, t.way, t.endless)
	}
	return err
}

// tree reads the answer of a bulk way.
func (p *pass) tree(ctx context.Context, way TreeWay) (*tree, error) {
	p.meter.stage.Store(Listing)
	t := &tree{
		pass: p, way: way.Name(),
		pending: map[index.Path]*lineage{p.root: nil},
		dropped: make(map[index.Path]bool), torn: make(map[index.Path]struct{}),
		told: make(map[index.Path]map[string]bool), suspects: make(map[index.Path]*candidate),
	}
	return t, t.read(ctx, way)
}

// refuse gives up a way whose answer was not complete. A connection that was lost
// says nothing about the way.
func (p *pass) refuse(ctx context.Context, way string, err error) {
	if errors.Is(err, ErrBroken) {
		reason := err.Error()
		if at := strings.LastIndex(reason, ErrBroken.Error()+": "); at >= 0 {
			reason = reason[at+len(ErrBroken.Error()+": "):]
		}
		p.demote(ctx, way, reason)
		return
	}
	p.meter.failed(fmt.Sprintf("%s: %v", way, err))
	_, generation := p.link.now()
	if errors.Is(err, ErrGone) || errors.Is(err, errStall) {
		if err := p.link.renew(ctx, generation); err != nil {
			p.meter.failed(err.Error())
			p.spoil()
			p.stop(fmt.Errorf("%w: %w", errLost, err))
		}
	}
}

// read takes the whole answer in.
func (t *tree) read(ctx context.Context, way TreeWay) error {
	watched, heard, release := t.watch(ctx)
	defer release()
	err := way.Tree(watched, t.root, func(l index.Listing) error {
		return heard(func() (bool, error) {
			t.mu.Lock()
			defer t.mu.Unlock()
			err := t.take(ctx, l)
			if err != nil && !errors.Is(err, errRobots) && !errors.Is(err, errEndless) {
				err = fmt.Errorf("%w: %w", errFatal, err)
			}
			return t.last == l.Dir, err // what is not taken keeps nothing alive
		})
	})
	if err != nil && errors.Is(context.Cause(watched), errStall) {
		return fmt.Errorf("%w: it hung: %w", ErrBroken, errStall)
	}
	if errors.Is(err, ErrDenied) {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if err == nil && t.came == 0 { // or its root is hollow
		return errors.New("it told nothing")
	}
	return err
}

// take takes a listing, or a part of one, that was announced.
func (t *tree) take(ctx context.Context, l index.Listing) error {
	if t.part == "" || t.part != l.Dir {
		above, announced := t.pending[l.Dir]
		if top, ok := t.under(l.Dir); ok {
			return t.skip(top, &l)
		}
		if !announced || t.isTorn(l.Dir) {
			return nil
		}
		delete(t.pending, l.Dir)
		t.restore(l.Dir)
		t.above, t.print, t.holding = above, fingerprint{}, nil
		t.came++
	}
	t.last, t.part = l.Dir, ""
	if l.More {
		t.part = l.Dir
	}
	if l.Way == "" {
		l.Way = t.way
	}
	if t.hollow(&l) {
		t.came--
		return nil
	}
	if err := t.meet(&l); err != nil {
		return err
	}
	if l.State == index.Denied {
		t.meter.denied.Add(1)
		return t.put(l)
	}
	t.admit(&l)
	if private(l.Entries) {
		t.dropped[l.Dir], t.part = false, ""
		l = *keptOut(l)
	}
	before := t.print
	t.print.add(t.seed, l.Entries)
	if done, err := t.repeats(&l, before); done {
		return err
	}
	if done, err := t.tangles(&l, before); done {
		return err
	}
	return t.keep(ctx, l, before)
}

// again leaves a directory that was taken to be listed singly, without what is below.
func (t *tree) again(p *probe) {
	_, waits := t.pending[p.dir]
	if _, dropped := t.dropped[p.dir]; waits || dropped {
		return
	}
	t.pending[p.dir] = p.above
	t.meter.retract(p.print)
	t.meter.directories.Add(-1)
	switch {
	case p.print.dirs == 0:
		return
	case p.entries == nil: // they are not remembered
		t.torn[p.dir] = struct{}{}
		return
	}
	told := make(map[string]bool, p.print.dirs)
	for i := range p.entries {
		if e := &p.entries[i]; e.Kind == index.Dir {
			told[e.Wire()] = true
		}
	}
	t.told[p.dir] = told
}

// has reports whether a believed bulk answer told of a directory in one that is listed
// again.
func (p *pass) has(dir index.Path, name string) bool { return p.bulk != nil && p.bulk.told[dir][name] }

// keep records a listing, or the next part of one, and announces its subdirectories;
// before is what the parts before it held.
func (t *tree) keep(ctx context.Context, l index.Listing, before fingerprint) error {
	if l.State == index.Truncated && !l.More {
		t.meter.retract(before)
		if before.dirs > 0 {
			t.torn[l.Dir] = struct{}{}
		}
		return t.await(l.Dir, t.above) // to be listed singly
	}
	if err := t.announce(l); err != nil {
		return err
	}
	t.sample.offer(&l, t.print, t.above)
	if err := t.glance(ctx, &l); err != nil {
		return err
	}
	return t.put(l)
}

// announce expects the subdirectories of a listing.
func (t *tree) announce(l index.Listing) error {
	why, deep := t.tooDeep(l.Dir)
	var above *lineage
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Kind != index.Dir {
			continue
		}
		dir := l.Dir.Join(e.Wire())
		if deep {
			if err := t.cut(dir, l.Way, why); err != nil {
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

// head is the lineage of what is in a listing.
func (t *tree) head(l *index.Listing) *lineage {
	var dirs []string
	for i := range l.Entries {
		if e := &l.Entries[i]; e.Kind == index.Dir {
			dirs = append(dirs, e.Wire())
		}
	}
	return &lineage{
		print: t.print, dir: l.Dir, above: t.above, knot: t.knot,
		names: t.names(len(dirs), func(i int) string { return dirs[i] }),
	}
}

// tangles sees to a directory that is in a tangle.
func (t *tree) tangles(l *index.Listing, before fingerprint) (done bool, err error) {
	t.knot = ties{}
	if l.More || before.count > 0 { // they are small
		return false, nil
	}
	why := ""
	if t.knot, why = t.entangled(l.Dir, t.above, t.print); why == "" {
		return false, nil
	}
	t.dropped[l.Dir] = true
	return true, t.cut(l.Dir, l.Way, why)
}

// await expects a directory.
func (t *tree) await(dir index.Path, above *lineage) error {
	if _, known := t.pending[dir]; !known {
		t.spent += weight(dir) + waitCosts // a map takes more
		if !t.memory.spend(weight(dir) + waitCosts) {
			return t.crowded()
		}
	}
	t.pending[dir] = above
	return nil
}

// restore is told that a directory is no longer expected.
func (t *tree) restore(dir index.Path) {
	t.spent -= weight(dir) + waitCosts
	t.memory.restore(weight(dir) + waitCosts)
}

// forget drops what is expected, and what is held back.
func (t *tree) forget() {
	for _, h := range t.suspects {
		t.spent += h.weight
	}
	t.memory.restore(t.spent)
	t.pending, t.suspects, t.spent = nil, nil, 0
}

// glanceShare is how many directories of a bulk answer there are for each that
// is compared with what was known.
const glanceShare = 16

// glance compares some directories with what was known of them, so that the
// schedule learns how often the host changes.
func (t *tree) glance(ctx context.Context, l *index.Listing) error {
	if l.More || t.before.Tally.Directories == 0 || t.came%glanceShare != 1 {
		return nil
	}
	old, err := t.recollect(ctx, l.Dir)
	if err != nil {
		return err
	}
	t.compare(old, t.print)
	return nil
}

// under returns the directory that is not to be listed which a directory is, or is
// below.
func (t *tree) under(dir index.Path) (top index.Path, ok bool) {
	for len(t.dropped) > 0 {
		if _, ok := t.dropped[dir]; ok {
			return dir, true
		}
		if dir == "/" {
			break
		}
		dir = dir.Dir()
	}
	return "", false
}

// isTorn reports whether the parent of a directory is torn.
func (t *tree) isTorn(dir index.Path) bool {
	_, torn := t.torn[dir.Dir()]
	return torn && dir != "/"
}

// blame gives up a bulk way for later crawls when it left much to be listed one
// by one: some servers stop at so many lines or so deep.
func (p *pass) blame(ctx context.Context, rest int) {
	if p.bulk == nil || ctx.Err() != nil {
		return
	}
	const tolerable = 8
	left := rest - int(p.meter.denied.Load())
	if left > max(tolerable, p.bulk.came/100) {
		p.demote(ctx, p.bulk.way, fmt.Sprintf("left out %d directories", left))
	}
}

// rest returns the directories that were announced and did not come.
func (t *tree) rest() []task {
	t.mu.Lock()
	defer t.mu.Unlock()
	tasks := make([]task, 0, len(t.pending))
	for dir, above := range t.pending {
		if !t.isTorn(dir) {
			tasks = append(tasks, task{dir: dir, above: above})
		}
	}
	t.forget()
	return tasks
}
