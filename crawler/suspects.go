package crawler

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"trawl/crawler/loops"
	"trawl/index"
)

// In a bulk answer a directory that holds the same as one above it is held back, with some
// of those below, until the answer is proved and the server can be asked. One that is no
// loop is accepted then; if there is much below, it is listed singly.

// suspects are the directories that are held back.
type suspects struct {
	all     map[index.Path]*suspect
	last    *suspect // to which the directory belongs that came last, or nil
	beyond  int      // directories that came though they are below suspects
	endless string   // why the answer was given up before its end, or ""
}

func newSuspects() suspects { return suspects{all: make(map[index.Path]*suspect)} }

// weight returns their memory.
func (s *suspects) weight() (sum int64) {
	for _, h := range s.all {
		sum += h.weight
	}
	return sum
}

// suspect is a directory that is held back.
type suspect struct {
	loops.Suspect
	listing index.Listing
	below   []index.Listing
	weight  int64 // of them all
	over    bool  // there is too much below
}

const (
	heldMost   = 100 // directories below a suspect that are held back
	beyondMost = 100 // further ones that are passed over, below all suspects, or as many as were accepted
)

// errEndless ends a bulk answer that never ends. The listings before are good.
var errEndless = errors.New("it follows links without end")

// repeats holds a directory back that holds the same as one above it; before is the
// fingerprint of its earlier parts.
func (t *tree) repeats(l *index.Listing, before loops.Fingerprint) (done bool, err error) {
	s := loops.Suspect{Dir: l.Dir, Above: t.now.above, Print: t.now.print}
	if l.More || s.Repeats(true) == "" {
		return false, nil
	}
	if before.Count > 0 { // some is recorded
		if why := s.Repeats(s.Print.Distinct()); why != "" {
			t.due.dropped[l.Dir] = true
			return true, t.run.out.cut(l.Dir, l.Way, why)
		}
		return false, nil
	}
	for i := range l.Entries {
		if e := &l.Entries[i]; e.Kind == index.Dir && len(s.Kids) < loops.SuspectKids {
			s.Kids = append(s.Kids, s.Dir.Join(e.Wire()))
		}
	}
	h := &suspect{Suspect: s, listing: *l, weight: listingMemory(l)}
	if !t.run.budget.Spend(h.weight) {
		return true, t.run.out.outOfMemory()
	}
	t.due.dropped[l.Dir] = true
	t.suspects.all[l.Dir], t.suspects.last = h, h
	return true, nil
}

// skip holds a listing back, or passes over it, that is below a directory which is
// skipped. Those below a suspect may be without end.
func (t *tree) skip(top index.Path, l *index.Listing) error {
	s := &t.suspects
	h := s.all[top]
	s.last = h
	switch {
	case !t.due.dropped[top]:
		return nil
	case h != nil && !h.over && len(h.below) < heldMost && t.run.budget.TrySpend(listingMemory(l)):
		h.below, h.weight = append(h.below, *l), h.weight+listingMemory(l)
		return nil
	case h != nil && !h.over:
		t.run.budget.Restore(h.weight)
		h.over, h.below, h.weight = true, nil, 0
	}
	if s.beyond++; s.beyond <= max(beyondMost, t.came) {
		return nil
	}
	s.endless = "it goes on and on below " + string(top) + ", which holds the same as one above"
	if h == nil {
		s.endless = "it goes on and on below " + string(top) + ", which is listed elsewhere"
	}
	return errEndless
}

// decide finds out about the suspects, and about those that are among the directories held
// back with them.
func (t *tree) decide(ctx context.Context) error {
	for len(t.suspects.all) > 0 && ctx.Err() == nil {
		all := t.suspects.all
		t.suspects.all, t.now.part = make(map[index.Path]*suspect), ""
		reasons := t.reasons(ctx, all)
		for _, dir := range slices.Sorted(maps.Keys(all)) {
			if err := t.settle(ctx, all[dir], reasons[dir]); err != nil {
				return fmt.Errorf("%w: %w", errFatal, err)
			}
		}
	}
	return context.Cause(ctx)
}

// reasons returns why suspects are loops, of those that are.
func (t *tree) reasons(ctx context.Context, all map[index.Path]*suspect) map[index.Path]string {
	var mu sync.Mutex // guards reasons
	reasons := make(map[index.Path]string)
	var asking sync.WaitGroup
	free := make(chan struct{}, min(sampleMost, t.run.link.pacer.AtOnce()))
	for _, h := range all {
		free <- struct{}{}
		asking.Go(func() {
			defer func() { <-free }()
			why := t.run.loops.repetitions.Loop(ctx, h.Suspect)
			mu.Lock()
			defer mu.Unlock()
			reasons[h.Dir] = why
		})
	}
	asking.Wait()
	return reasons
}

// settle cuts a suspect that is a loop, accepts one that is none, or leaves it to be
// listed singly.
func (t *tree) settle(ctx context.Context, h *suspect, why string) (err error) {
	t.run.budget.Restore(h.weight)
	if why != "" {
		return t.run.out.cut(h.Dir, t.way, why)
	}
	delete(t.due.dropped, h.Dir)
	if h.over {
		return t.await(h.Dir, h.Above)
	}
	t.now.above, t.now.print = h.Above, h.Print
	err = t.keep(ctx, h.listing, loops.Fingerprint{})
	for i := 0; i < len(h.below) && err == nil; i++ {
		err = t.accept(ctx, h.below[i])
	}
	return err
}
