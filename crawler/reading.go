package crawler

import (
	"context"
	"errors"
	"fmt"

	"trawl/crawler/loops"
	"trawl/crawler/pace"
	"trawl/index"
)

// errFatal marks an error that ends the walk rather than a listing: the catalogue failed,
// a limit of the host was reached, the host asks not to be crawled.
var errFatal = errors.New("crawl ends")

// errEnough ends a listing of which no more is wanted.
var errEnough = errors.New("enough")

// reading is one attempt to list one directory.
type reading struct {
	walk  *walk
	run   *run
	task  task
	self  loops.Identity
	old   earlier
	way   string
	print loops.Fingerprint
	kids  []kid
	spent int64          // on kids
	held  *index.Listing // a first part that waits for the end: most listings have no other
	open  bool           // parts were put and the last one was not
	ended bool           // the last part came
	shut  bool           // .notrawl or a limit: more parts are not wanted
	doubt bool           // there may be more than is listed
}

// read lists the directory and returns which connection was used. Listings go to
// the catalogue part by part.
func (r *reading) read(ctx context.Context) (generation int, err error) {
	way, generation, ok := r.run.link.way(r.way)
	if !ok {
		return generation, fmt.Errorf("%w: no longer offered", ErrBroken)
	}
	watched, watch := r.run.live.Watch(ctx)
	defer watch.Close()
	err = way.List(watched, r.task.Dir, func(l index.Listing) error {
		return watch.Receive(watched, func() (bool, error) { return true, r.accept(l) })
	})
	if cause := context.Cause(watched); err != nil && ctx.Err() == nil && errors.Is(cause, pace.ErrStall) {
		return generation, cause
	}
	switch {
	case r.shut && !errors.Is(err, errFatal):
		return generation, nil
	case err == nil && !r.ended:
		return generation, fmt.Errorf("%w: the listing has no end", ErrGone)
	}
	return generation, err
}

// settle gives back the memory spent on kids: they are given up, or the frontier
// spends it now.
func (r *reading) settle() {
	r.run.budget.Restore(r.spent)
	r.spent = 0
}

// accept records a part.
func (r *reading) accept(l index.Listing) error {
	if l.Dir != r.task.Dir || r.ended {
		return nil // it was not asked for
	}
	if l.State == index.Denied {
		return fmt.Errorf("%w: %s", ErrDenied, l.Why)
	}
	if err := r.run.robots.meet(&l); err != nil {
		return err
	}
	if l.Way == "" {
		l.Way = r.way
	}
	r.run.robots.filter(&l)
	r.print.Add(r.run.loops.seed, l.Entries)
	if err := r.learn(&l); err != nil {
		return err
	}
	kids := r.walk.subdirectories(&l, r.old)
	r.kids = append(r.kids, kids...)
	cost := kidsMemory(kids)
	if r.spent += cost; !r.run.budget.Spend(cost) {
		return fmt.Errorf("%w: %w", errFatal, r.run.out.outOfMemory())
	}
	r.ended = !l.More
	r.doubt = r.doubt || l.State != index.Complete
	if private(l.Entries) {
		return r.keepOut(l)
	}
	if most := r.run.limits.Host.DirEntries; int64(r.print.Count) > most {
		l.More, l.State, l.Why = false, index.Truncated, fmt.Sprintf("more than the limit of %d entries", most)
		r.shut, r.ended, r.doubt = true, true, true
	}
	if !r.open && r.held == nil && r.ended {
		r.held = &l
		return r.enough()
	}
	r.open = !r.ended
	if err := r.run.out.record(l); err != nil {
		return fmt.Errorf("%w: %w", errFatal, err)
	}
	return r.enough()
}

func (r *reading) enough() error {
	if r.shut {
		return errEnough
	}
	return nil
}

// learn learns from the identifiers of a part, the directory's own among them. If they
// turn out to be worthless it lists the directories that were cut because of them.
func (r *reading) learn(l *index.Listing) error {
	line := &loops.Lineage{Dir: r.task.Dir, Self: r.self, Above: r.task.Above}
	again, worthless := r.run.loops.identities.Learn(l, line)
	if id := r.run.loops.identities.Hash(l.Ident); id != 0 {
		r.self.ID = id
	}
	if !worthless {
		return nil
	}
	r.run.host.log.Info("identifiers lie", "dir", index.Visible(string(l.Dir)))
	if r.run.out.resumed {
		r.run.out.markPartial() // the next crawl lists the directories that were cut before
		return nil
	}
	r.run.meter.truncated.Add(int64(-len(again)))
	r.run.meter.directories.Add(int64(-len(again)))
	for _, d := range again {
		if err := r.walk.push(only(d)); err != nil {
			return fmt.Errorf("%w: %w", errFatal, err)
		}
	}
	return nil
}

// keepOut records nothing of a directory but the file that asks for it.
func (r *reading) keepOut(l index.Listing) error {
	if r.open {
		if err := r.abandon(); err != nil {
			return err
		}
	}
	r.held = keptOut(l)
	r.kids, r.shut, r.ended, r.doubt = nil, true, true, false
	return errEnough
}

// abandon closes a listing of which only some parts came, so that the next attempt starts
// another. The entries of the parts stay.
func (r *reading) abandon() error {
	if !r.open {
		return nil
	}
	r.open = false
	if err := r.run.out.breakOff(r.task.Dir, r.way); err != nil {
		return fmt.Errorf("%w: %w", errFatal, err)
	}
	return nil
}

// finish records the listing that was read and goes on to its subdirectories.
func (r *reading) finish(ctx context.Context) error {
	r.settle()
	dir, above := r.task.Dir, r.task.Above
	ties, why := r.run.loops.links.Check(dir, above, r.print)
	if why == "" {
		why = r.run.loops.repetitions.Loop(ctx, r.suspect())
	}
	if why != "" {
		if r.held == nil { // it was recorded and counted
			r.run.meter.directories.Add(-1)
		}
		return r.run.out.cut(dir, r.way, why)
	}
	r.run.history.compare(r.old, r.print)
	r.walk.audited(ctx, r.task, r.old, r.print)
	if r.held != nil {
		if r.run.hollow(r.held) {
			return r.run.out.unread(dir, errHollow)
		}
		if err := r.run.out.record(*r.held); err != nil {
			return err
		}
	}
	line := &loops.Lineage{Print: r.print, Dir: dir, Self: r.self, Above: above, Ties: ties, Names: r.walk.names(r.kids)}
	if err := r.walk.descend(line, r.kids, r.way); err != nil || !r.doubt {
		return err
	}
	return r.walk.below(ctx, r.task, r.kids)
}

// suspect returns the directory as one that may be one of those above it.
func (r *reading) suspect() loops.Suspect {
	s := loops.Suspect{Dir: r.task.Dir, Above: r.task.Above, Print: r.print}
	for _, k := range r.kids[:min(len(r.kids), loops.SuspectKids)] {
		s.Kids = append(s.Kids, s.Dir.Join(k.name))
	}
	return s
}
