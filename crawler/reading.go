package crawler

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"trawl/index"
)

// errFatal marks what ends the walk rather than a listing: the catalogue failed,
// a limit of the host was reached, the host asks not to be crawled.
var errFatal = errors.New("crawl ends")

// notrawl is the file that keeps a directory out of the catalogue.
const notrawl = ".notrawl"

// reading is one attempt to list one directory.
type reading struct {
	*walker
	task  task
	self  identity
	old   memory
	way   string
	print fingerprint
	kids  []kid
	spent int64          // on kids
	count int64          // entries that came
	held  *index.Listing // a first part that waits for the end: most listings have no other
	open  bool           // parts were put and the last one was not
	ended bool           // the last part came
	shut  bool           // .notrawl or a limit: what follows is not wanted
	doubt bool           // there may be more than is listed
}

// read lists the directory and returns which connection was used. Listings go to
// the catalogue part by part.
func (r *reading) read(ctx context.Context) (generation int, err error) {
	way, generation, ok := r.link.way(r.way)
	if !ok {
		return generation, fmt.Errorf("%w: no longer offered", ErrBroken)
	}
	watched, heard, release := r.watch(ctx)
	defer release()
	err = way.List(watched, r.task.dir, func(l index.Listing) error {
		return heard(func() (bool, error) { return true, r.take(l) })
	})
	if cause := context.Cause(watched); err != nil && ctx.Err() == nil && errors.Is(cause, errStall) {
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

// settle gives back what was spent on kids: they are given up, or the frontier
// spends it now.
func (r *reading) settle() {
	r.memory.restore(r.spent)
	r.spent = 0
}

// errEnough ends a listing of which no more is wanted.
var errEnough = errors.New("enough")

// take takes a part.
func (r *reading) take(l index.Listing) error {
	if l.Dir != r.task.dir || r.ended {
		return nil // not what was asked for
	}
	if l.State == index.Denied {
		return fmt.Errorf("%w: %s", ErrDenied, l.Why)
	}
	if err := r.meet(&l); err != nil {
		return err
	}
	if l.Way == "" {
		l.Way = r.way
	}
	r.admit(&l)
	r.print.add(r.seed, l.Entries)
	if err := r.hear(&l); err != nil {
		return err
	}
	kids := r.subdirectories(&l, r.old)
	r.kids = append(r.kids, kids...)
	cost := weigh(kids)
	if r.spent += cost; !r.memory.spend(cost) {
		return fmt.Errorf("%w: %w", errFatal, r.crowded())
	}
	r.count += int64(len(l.Entries))
	r.ended = !l.More
	r.doubt = r.doubt || l.State != index.Complete
	if private(l.Entries) {
		return r.keepOut(l)
	}
	if r.count > r.c.limits.DirEntries {
		l.More, l.State, l.Why = false, index.Truncated, fmt.Sprintf("more than the limit of %d entries", r.c.limits.DirEntries)
		r.shut, r.ended, r.doubt = true, true, true
	}
	if !r.open && r.held == nil && r.ended {
		r.held = &l
		return r.enough()
	}
	r.open = !r.ended
	if err := r.record(l); err != nil {
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

// keptOut is what the catalogue shows of a directory that holds a .notrawl file.
func keptOut(l index.Listing) *index.Listing {
	return &index.Listing{
		Dir: l.Dir, Shown: l.Shown, Taken: l.Taken, Way: l.Way,
		Entries: []index.Entry{{Name: notrawl, Kind: index.File, Size: index.UnknownSize}},
	}
}

// private reports whether entries hold a .notrawl file.
func private(entries []index.Entry) bool {
	for i := range entries {
		if entries[i].Name == notrawl && entries[i].Kind == index.File {
			return true
		}
	}
	return false
}

// abandon closes a listing of which only some parts came, so that the next
// attempt starts another. What the parts held is true and stays.
func (r *reading) abandon() error {
	if !r.open {
		return nil
	}
	r.open = false
	err := r.sink.put(index.Listing{
		Dir: r.task.dir, Taken: time.Now(), Way: r.way,
		State: index.Truncated, Why: "the listing broke off",
	})
	if err != nil {
		return fmt.Errorf("%w: %w", errFatal, err)
	}
	return nil
}

// finish records the listing that was read and goes on to its subdirectories.
func (r *reading) finish(ctx context.Context) error {
	r.settle()
	knot, why := r.entangled(r.task.dir, r.task.above, r.print)
	if why == "" {
		why = r.loop(ctx, r.suspect())
	}
	if why != "" {
		if r.held == nil { // it was recorded and counted
			r.meter.directories.Add(-1)
		}
		return r.cut(r.task.dir, r.way, why)
	}
	r.compare(r.old, r.print)
	r.audited(ctx, r.task, r.old, r.print)
	if r.held != nil {
		if r.hollow(r.held) {
			return r.lost(r.task, errHollow)
		}
		if err := r.record(*r.held); err != nil {
			return err
		}
	}
	line := &lineage{print: r.print, dir: r.task.dir, self: r.self, above: r.task.above, knot: knot}
	line.names = r.names(len(r.kids), func(i int) string { return r.kids[i].name })
	if err := r.descend(line, r.kids, r.way); err != nil || !r.doubt {
		return err
	}
	return r.below(ctx, r.task, r.kids)
}

// suspect returns the directory as what may be one of those above it.
func (r *reading) suspect() suspect {
	s := suspect{dir: r.task.dir, above: r.task.above, print: r.print}
	for _, k := range r.kids[:min(len(r.kids), suspectKids)] {
		s.kids = append(s.kids, s.dir.Join(k.name))
	}
	return s
}

// record puts a part. A listing that was cut leaves the crawl incomplete.
func (p *pass) record(l index.Listing) error {
	if l.State == index.Truncated {
		p.meter.truncated.Add(1)
		p.spoil()
	}
	return p.put(l)
}

// errHollow is what is wrong with a root that hollow reports.
var errHollow = errors.New("it is suddenly empty; crawl with --full if that is right")

// hollow reports whether a listing is that of an empty root, of a host that
// held something: a disk that is not mounted says so too.
func (p *pass) hollow(l *index.Listing) bool {
	known := p.before.Tally.Files > 0 || p.before.Tally.Directories > 1
	return l.Dir == p.root && len(l.Entries) == 0 && known && !p.opts.Full
}

// subdirectories returns the directories in a listing, and which of them have
// the time that the catalogue knows.
func (p *pass) subdirectories(l *index.Listing, old memory) []kid {
	var kids []kid
	for i := range l.Entries {
		e := &l.Entries[i]
		if e.Kind != index.Dir {
			continue
		}
		wire := e.Wire() // a part of all names of the listing, which should not stay for it
		if !p.allowed(l.Dir.Join(wire)) || p.has(l.Dir, wire) {
			continue
		}
		k := kid{name: strings.Clone(wire), self: identity{when: stamp{e.Unix, e.Precision}}, vouched: old.vouches(e)}
		if l.Idents != nil {
			k.self.id = p.idents.hash(l.Idents[i])
		}
		kids = append(kids, k)
	}
	return kids
}

// descend goes on to the subdirectories of a directory, which is at the head of
// line, unless they are too deep or listed already.
func (w *walker) descend(line *lineage, kids []kid, way string) error {
	if len(kids) == 0 {
		return nil
	}
	if why, deep := w.tooDeep(line.dir); deep {
		for _, k := range kids {
			if err := w.cut(line.dir.Join(k.name), "", why); err != nil {
				return err
			}
		}
		return nil
	}
	kids, err := w.novel(line, kids, way)
	if err != nil {
		return err
	}
	return w.push(branch{parent: line.dir, above: line, kids: kids})
}

// maxPath is the longest path that is followed, in bytes.
const maxPath = 4096

// tooDeep reports whether what is below dir is beyond the limits, and says so.
func (p *pass) tooDeep(dir index.Path) (why string, deep bool) {
	if dir.Depth()-p.root.Depth() >= p.c.limits.Depth {
		return fmt.Sprintf("deeper than the limit of %d directories", p.c.limits.Depth), true
	}
	if len(dir) > maxPath {
		return fmt.Sprintf("its path is longer than the limit of %d bytes", maxPath), true
	}
	return "", false
}
