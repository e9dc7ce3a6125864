package crawler

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"trawl/index"
)

// proof compares some directories of a bulk answer with single listings of them.
type proof struct {
	tree    *tree
	singles singles
	way     DirWay        // that lists the directories
	ref     DirWay        // the reference, which decides where way differs
	second  DirWay        // by which directories are listed again where the reference differs
	asking  chan struct{} // holds a token while the reference is asked

	mu     sync.Mutex // guards the following
	differ []string   // directories that differ, each with how
	lie    string     // a difference that no change in the meantime explains
	denied int
	failed error
}

// prove lists a sample of directories by other ways. An error that wraps
// ErrBroken says how the bulk answer is wrong; cut is the error with which it
// ended early, if it did.
func (t *tree) prove(ctx context.Context, lists []string, cut error) error {
	way, ref, ok := t.run.ways.check(lists)
	if !ok {
		return cut // nothing to compare it with
	}
	conns := t.run.conns
	few, _ := conns.bounds(ref.Connections(), ref.Shared())
	v := &proof{
		tree: t, singles: singles{t.run}, way: way, ref: ref, second: t.run.ways.second(lists, ref),
		asking: make(chan struct{}, few),
	}
	few, _ = conns.bounds(way.Connections(), way.Shared())
	free := make(chan struct{}, min(few, sampleMost))
	empty := sampleEach
	if way.Shared() { // many cost no more than few
		empty = sampleMost
	}
	var all sync.WaitGroup
	for _, p := range t.sample.probes(empty) {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			v.check(ctx, p)
		})
	}
	all.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if v.denied > 0 { // so empty directories may be closed ones
		for _, e := range t.sample.empty {
			t.again(&probe{dir: e.Dir, above: e.Above})
		}
	}
	if err := v.verdict(); err != nil {
		return err
	}
	t.reopenEnd(cut)
	return nil
}

// verdict returns the error of a bulk answer that is not believed.
func (v *proof) verdict() error {
	switch {
	case v.lie != "":
		return fmt.Errorf("%w: %s", ErrBroken, v.lie)
	case len(v.differ) > 1:
		return fmt.Errorf("%w: %s and %d more", ErrBroken, v.differ[0], len(v.differ)-1)
	case v.failed != nil:
		return fmt.Errorf("prove %s: %w", v.tree.way, v.failed)
	}
	return nil
}

// reopenEnd leaves the last directory of an answer that was cut to be listed singly.
func (t *tree) reopenEnd(cut error) {
	switch last, now := &t.sample.last, &t.now; {
	case cut == nil, errors.Is(cut, errEndless):
	case t.suspects.last != nil: // it ended below a suspect
		t.suspects.last.over = true
	case now.part != "": // it ended in the middle
		t.due.pending[now.part], t.due.torn[now.part] = now.above, struct{}{}
		t.run.meter.retract(now.print)
	case last.dir == now.dir: // and may have here
		t.again(last)
	}
}

// check lists one directory singly and records the differences.
func (v *proof) check(ctx context.Context, p probe) {
	t := v.tree
	single, err := v.singles.list(ctx, v.way, p.dir)
	if v.way.Name() != v.ref.Name() && (err != nil || !differ(p, single).none()) {
		v.asking <- struct{}{}
		single, err = v.singles.list(ctx, v.ref, p.dir)
		<-v.asking
	}
	d := difference{}
	if err == nil {
		d = differ(p, single)
	}
	if d.lacks > 0 && !d.unexplained {
		d.unexplained = v.singles.stillLacks(ctx, v.second, v.ref, p.dir, d.example)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case errors.Is(err, ErrDenied):
		v.denied++
		t.mu.Lock()
		t.again(&p) // the walk records it
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
