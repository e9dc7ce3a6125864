package crawler

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"trawl/index"
)

// In a bulk answer what holds the same as a directory above it is held back, with some
// of what is below, until the answer is proved and the server can be asked. What is no
// loop is taken then; if there is much below, it is listed singly.

// candidate is a suspect of a bulk answer.
type candidate struct {
	suspect
	listing index.Listing
	below   []index.Listing
	weight  int64 // of them all
	over    bool  // there is too much below
}

const (
	heldMost   = 100 // directories below a suspect that are held back
	beyondMost = 100 // further ones that are passed over, below all suspects, or as many as were taken
)

// errEndless ends a bulk answer that goes round and round. What came before is good.
var errEndless = errors.New("it follows links without end")

// repeats sees to a directory that holds the same as one above it; before is what
// earlier parts of it held.
func (t *tree) repeats(l *index.Listing, before fingerprint) (done bool, err error) {
	s := suspect{dir: l.Dir, above: t.above, print: t.print}
	if l.More || s.same(true) == "" {
		return false, nil
	}
	if before.count > 0 { // some is recorded
		if why := s.same(s.print.telling()); why != "" {
			t.dropped[l.Dir] = true
			return true, t.cut(l.Dir, l.Way, why)
		}
		return false, nil
	}
	for i := range l.Entries {
		if e := &l.Entries[i]; e.Kind == index.Dir && len(s.kids) < suspectKids {
			s.kids = append(s.kids, s.dir.Join(e.Wire()))
		}
	}
	h := &candidate{suspect: s, listing: *l, weight: heft(l)}
	if !t.memory.spend(h.weight) {
		return true, t.crowded()
	}
	t.dropped[l.Dir] = true
	t.suspects[l.Dir], t.holding = h, h
	return true, nil
}

// skip sees to a listing below a directory that is not taken. Those below a suspect may
// be without end.
func (t *tree) skip(top index.Path, l *index.Listing) error {
	h := t.suspects[top]
	t.holding = h
	switch {
	case !t.dropped[top]:
		return nil
	case h != nil && !h.over && len(h.below) < heldMost && t.memory.try(heft(l)):
		h.below, h.weight = append(h.below, *l), h.weight+heft(l)
		return nil
	case h != nil && !h.over:
		t.memory.restore(h.weight)
		h.over, h.below, h.weight = true, nil, 0
	}
	if t.beyond++; t.beyond <= max(beyondMost, t.came) {
		return nil
	}
	t.endless = "it goes on and on below " + string(top) + ", which holds the same as one above"
	if h == nil {
		t.endless = "it goes on and on below " + string(top) + ", which is listed elsewhere"
	}
	return errEndless
}

// decide finds out about the suspects, and about those that are among what was held
// back with them.
func (t *tree) decide(ctx context.Context) error {
	for len(t.suspects) > 0 && ctx.Err() == nil {
		all := t.suspects
		t.suspects, t.part = make(map[index.Path]*candidate), ""
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
func (t *tree) reasons(ctx context.Context, all map[index.Path]*candidate) map[index.Path]string {
	var mu sync.Mutex // guards reasons
	reasons := make(map[index.Path]string)
	var asking sync.WaitGroup
	free := make(chan struct{}, min(sampleMost, t.link.guest.lanes()))
	for _, h := range all {
		free <- struct{}{}
		asking.Go(func() {
			defer func() { <-free }()
			why := t.loop(ctx, h.suspect)
			mu.Lock()
			defer mu.Unlock()
			reasons[h.dir] = why
		})
	}
	asking.Wait()
	return reasons
}

// settle cuts a suspect that is a loop, takes one that is none, or leaves it to be
// listed singly.
func (t *tree) settle(ctx context.Context, h *candidate, why string) (err error) {
	t.memory.restore(h.weight)
	if why != "" {
		return t.cut(h.dir, t.way, why)
	}
	delete(t.dropped, h.dir)
	if h.over {
		return t.await(h.dir, h.above)
	}
	t.above, t.print = h.above, h.print
	err = t.keep(ctx, h.listing, fingerprint{})
	for i := 0; i < len(h.below) && err == nil; i++ {
		err = t.take(ctx, h.below[i])
	}
	return err
}
