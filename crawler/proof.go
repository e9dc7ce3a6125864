package crawler

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"trawl/index"
)

// verdict collects what a proof finds.
type verdict struct {
	judging chan struct{} // held by who asks the authority where another way differs
	second  DirWay        // by which is looked again where the authority differs

	mu     sync.Mutex // guards the following
	differ []string   // directories that differ, each with how
	lie    string     // a difference that no change in the meantime explains
	denied int
	failed error
}

// witness returns the way by which bulk answers are proved: the authority, or one
// whose calls share a connection, if that authority is no better than it; where
// it differs the authority decides.
func (p *pass) witness(lists []string) (witness, judge DirWay, ok bool) {
	name := authority(lists)
	judge, _, ok = p.link.way(name)
	for _, list := range lists {
		if way, _, has := p.link.way(list); has && way.Shared() && name != "MLSD" {
			return way, judge, ok
		}
	}
	return judge, judge, ok
}

// second returns a way other than the judge by which is looked again where that
// differs; the judge if there is none.
func (p *pass) second(lists []string, judge DirWay) DirWay {
	for _, list := range lists {
		if way, _, ok := p.link.way(list); ok && list != judge.Name() {
			return way
		}
	}
	return judge
}

// prove lists a sample of directories by other ways. An error that wraps
// ErrBroken says what the bulk answer got wrong; cut is the error with which it
// ended early, if it did.
func (t *tree) prove(ctx context.Context, lists []string, cut error) error {
	way, judge, ok := t.witness(lists)
	if !ok {
		return cut // nothing to hold it against
	}
	few, _ := t.lanes(judge.Connections(), judge.Shared())
	v := verdict{judging: make(chan struct{}, few), second: t.second(lists, judge)}
	var all sync.WaitGroup
	few, _ = t.lanes(way.Connections(), way.Shared())
	free := make(chan struct{}, min(few, sampleMost))
	empty := sampleEach
	if way.Shared() { // many cost no more than few
		empty = sampleMost
	}
	for _, p := range t.sample.probes(empty) {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			t.check(ctx, way, judge, p, &v)
		})
	}
	all.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if v.denied > 0 { // so empty directories may be closed ones
		for _, e := range t.sample.empty {
			t.again(&probe{dir: e.dir, above: e.above})
		}
	}
	switch {
	case v.lie != "":
		return fmt.Errorf("%w: %s", ErrBroken, v.lie)
	case len(v.differ) > 1:
		return fmt.Errorf("%w: %s and %d more", ErrBroken, v.differ[0], len(v.differ)-1)
	case v.failed != nil:
		return fmt.Errorf("prove %s: %w", t.way, v.failed)
	}
	switch last := &t.sample.last; {
	case cut == nil, errors.Is(cut, errEndless):
	case t.holding != nil: // it ended below a suspect
		t.holding.over = true
	case t.part != "": // it ended in the middle
		t.pending[t.part], t.torn[t.part] = t.above, struct{}{}
		t.meter.retract(t.print)
	case last.dir == t.last: // and may have here
		t.again(last)
	}
	return nil
}

// check lists one directory singly and records what differs.
func (t *tree) check(ctx context.Context, way, judge DirWay, p probe, v *verdict) {
	single, err := t.single(ctx, way, p.dir)
	if way.Name() != judge.Name() && (err != nil || !differ(p, single).none()) {
		v.judging <- struct{}{}
		single, err = t.single(ctx, judge, p.dir)
		<-v.judging
	}
	d := difference{}
	if err == nil {
		d = differ(p, single)
	}
	if d.lacks > 0 && !d.unexplained {
		d.unexplained = t.stillLacks(ctx, v.second, judge, p.dir, d.example)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case errors.Is(err, ErrDenied):
		v.denied++
		t.mu.Lock()
		t.again(&p) // the walk takes it down
		t.mu.Unlock()
		return
	case err != nil:
		v.failed = err
		return
	case d.none():
		return
	}
	how := fmt.Sprintf("%s %s", index.Visible(string(p.dir)), d.how())
	v.differ = append(v.differ, how)
	if d.unexplained {
		v.lie = how
		return
	}
	t.mu.Lock()
	t.again(&p) // it changed while the answer came
	t.mu.Unlock()
}

// stillLacks looks at a directory again, by a way that lists as the bulk answer does
// and by the judge, and reports whether what was missing there is so again. Then it is
// not new: it is what such ways do not show.
func (p *pass) stillLacks(ctx context.Context, way, judge DirWay, dir index.Path, what string) bool {
	if way.Name() == judge.Name() {
		return false
	}
	told, err := p.single(ctx, way, dir)
	if err != nil {
		return false
	}
	single, err := p.single(ctx, judge, dir)
	d := differ(told.probe(dir), single)
	return err == nil && d.lacks > 0 && d.example == what
}

// whole is a directory that was listed singly. Of a huge one the print tells all
// and the entries are but the first.
type whole struct {
	entries []index.Entry
	print   fingerprint
}

// probe returns what was listed as what is compared.
func (w *whole) probe(dir index.Path) probe {
	return probe{dir: dir, print: w.print, entries: held(w.entries, w.print.count)}
}

// single lists a directory for a comparison.
func (p *pass) single(ctx context.Context, way DirWay, dir index.Path) (w whole, err error) {
	for attempt := range p.c.limits.Attempts {
		if err := pause(ctx, p.c.limits.Backoff, attempt); err != nil {
			return w, err
		}
		w = whole{}
		watched, heard, release := p.watch(ctx)
		err = way.List(watched, dir, func(l index.Listing) error {
			return heard(func() (bool, error) { return true, p.gather(&w, l) })
		})
		release()
		if err == nil || errors.Is(err, ErrDenied) || errors.Is(err, ErrBroken) || errors.Is(err, errEnough) {
			break
		}
	}
	return w, err
}

// gather takes a part of a single listing in.
func (p *pass) gather(w *whole, l index.Listing) error {
	if l.State == index.Denied {
		return ErrDenied
	}
	p.admit(&l)
	w.print.add(p.seed, l.Entries)
	if len(w.entries) <= sampleEntries {
		w.entries = append(w.entries, l.Entries...)
	}
	if int64(w.print.count) > p.c.limits.DirEntries {
		return errEnough
	}
	return nil
}
