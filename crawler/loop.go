package crawler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"trawl/index"
)

// A server that follows links leads into loops: below a link that leads up there is
// a directory which holds what one above it holds. That by itself is little, for
// a/a/a is found where there are no links. So where the server tells what it knows
// directories by it is asked about both; it is asked about such suspects only, which
// are a few of 100,000 directories. Where it does not tell, what the directories hold
// decides: at least two files of the same name, size and time, or that it holds the
// same for the fourth time.

// repeats is how many directories above one must hold the same before it is cut
// whatever they hold.
const repeats = 4

// suspect is a directory that may be one of those above it.
type suspect struct {
	dir   index.Path
	above *lineage // of it
	print print
	kids  []index.Path // some of those in it, at most suspectKids
}

const (
	suspectKids = 3
	muteMost    = 3 // after so many questions without an answer none is asked
)

// loop reports why a directory that was listed by a way is a loop; "" if it is not.
func (p *pass) loop(ctx context.Context, way string, s suspect) (why string) {
	alike := s.above.alike(s.print)
	if len(alike) == 0 {
		return ""
	}
	at, told := p.identify(ctx, way, s, alike)
	if at != "" {
		return "a loop: the server knows it as " + string(at)
	}
	return s.same(s.print.telling() && !told)
}

// same reports why the suspect is a loop by what it holds; once says that the same in
// one directory above is enough.
func (s *suspect) same(once bool) (why string) {
	times := repeats
	if once {
		times = 1
	}
	if above, ok := s.above.same(s.print, times); ok {
		return "a loop: it holds the same as " + string(above)
	}
	return ""
}

// identify asks the server which of the directories above that are alike the suspect
// is, if it is one. The answer counts if the server tells the same of the suspect
// twice, and something else of a directory that is another one for certain.
func (p *pass) identify(ctx context.Context, name string, s suspect, alike []*lineage) (at index.Path, told bool) {
	way, _, ok := p.link.way(name)
	if !ok || way.Identify == nil || p.mute.Load() >= muteMost || p.idents.lie() {
		return "", false
	}
	dirs := []index.Path{s.dir, s.dir}
	for _, l := range alike {
		dirs = append(dirs, l.dir)
	}
	dirs = append(dirs, s.others()...)
	ctx, _, release := p.watch(ctx)
	defer release()
	idents, err := way.Identify(ctx, dirs)
	if err != nil {
		p.mute.Add(1)
		p.c.log.Debug("directories are not identified", "host", p.id, "dir", index.Visible(string(s.dir)), "err", err)
		return "", false
	}
	self, above, others := idents[0], idents[2:2+len(alike)], idents[2+len(alike):]
	if self == "" || idents[1] != self || !slices.ContainsFunc(others, func(i string) bool { return i != "" && i != self }) {
		return "", false
	}
	if i := slices.Index(above, self); i >= 0 {
		return alike[i].dir, true
	}
	return "", !slices.Contains(above, "")
}

// others returns directories that are other ones than the suspect for certain, or
// for the most part if there are none above it.
func (s *suspect) others() []index.Path {
	for l := s.above; l != nil; l = l.above {
		if l.print.names != s.print.names {
			return []index.Path{l.dir}
		}
	}
	return s.kids
}

// errEndless ends a bulk answer that goes round and round. What came before is good.
var errEndless = errors.New("it follows links without end")

// beyondMost is how many directories below suspects are passed over, or as many as
// there are others.
const beyondMost = 100

// repeats sees to a directory that holds the same as one above it. What is below is
// not taken; whether it is a loop is decided in the end, when the server can be asked.
// before is what earlier parts of it held.
func (t *tree) repeats(l *index.Listing, before print) (done bool, err error) {
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
	t.dropped[l.Dir] = true
	t.suspects = append(t.suspects, s)
	if cost := (suspectKids + 2) * weight(l.Dir); !t.memory.spend(cost) {
		return true, t.crowded()
	}
	return true, nil
}

// skip passes over a directory below one that is not to be listed. Those below a
// suspect may be without end.
func (t *tree) skip(top index.Path) error {
	if !t.dropped[top] {
		return nil
	}
	if t.beyond++; t.beyond <= max(beyondMost, t.came) {
		return nil
	}
	t.endless = "it goes on and on below " + string(top) + ", which holds the same as one above"
	return errEndless
}

// decide asks the server about the suspects: what is no loop is left to be listed
// singly, with what is below it.
func (t *tree) decide(ctx context.Context) error {
	var all sync.WaitGroup
	var failed error // guarded by t.mu
	free := make(chan struct{}, sampleMost)
	for _, s := range t.suspects {
		free <- struct{}{}
		all.Go(func() {
			defer func() { <-free }()
			why := t.loop(ctx, t.way, s)
			t.mu.Lock()
			defer t.mu.Unlock()
			if why != "" {
				failed = cmp.Or(failed, t.cut(s.dir, t.way, why))
				return
			}
			delete(t.dropped, s.dir)
			t.pending[s.dir] = s.above
		})
	}
	all.Wait()
	if failed != nil {
		return fmt.Errorf("%w: %w", errFatal, failed)
	}
	return context.Cause(ctx)
}
