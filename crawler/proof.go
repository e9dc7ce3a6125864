package crawler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"trawl/index"
)

// A bulk answer is believed when some of its directories, listed singly by
// another way, hold the same: the deepest, the largest and the newest, for those
// are where servers cut; some empty ones, for a directory that may not be listed
// looks empty in many a bulk answer; the last, where a stream breaks off; and
// some at random.
const (
	sampleEach    = 3      // of the deepest, the largest, the newest and the empty
	sampleRandom  = 4      // of all, and
	sampleShare   = 10_000 // one more for so many directories, up to
	sampleMost    = 64
	sampleEntries = 4096      // of a directory that are kept for telling what differs
	sampleSmall   = 8 << 10   // bytes that they may take, and
	sampleBytes   = 1 << 20   // those of directories where they take more, together
	emptyBytes    = 256 << 10 // that the names of empty directories may take
)

// probe is a directory as the bulk answer told it.
type probe struct {
	dir     index.Path
	above   *lineage
	print   print
	newest  int64
	entries []index.Entry // nil when there are too many
	weight  int64         // of entries
}

// sample chooses the directories of a proof while the answer arrives.
type sample struct {
	seen                     int
	deepest, largest, newest []probe
	random                   []probe
	empty                    []task
	emptied                  int64 // weight of empty
	last                     probe
}

// offer considers a directory.
func (s *sample) offer(l *index.Listing, whole print, above *lineage) {
	if l.More {
		return
	}
	s.seen++
	p := probe{dir: l.Dir, above: above, print: whole, newest: -1}
	for i := range l.Entries {
		p.newest = max(p.newest, l.Entries[i].Unix)
	}
	if p.entries = held(l.Entries, whole.count); p.entries != nil {
		p.weight = heft(l)
	}
	s.last = p
	if whole.count == 0 {
		if s.emptied += weight(l.Dir); s.emptied <= emptyBytes {
			s.empty = append(s.empty, task{dir: l.Dir, above: above})
		}
		return
	}
	if p.weight > sampleSmall && s.weight()+p.weight > sampleBytes {
		p.entries, p.weight = nil, 0
	}
	top(&s.deepest, p, func(a probe) int64 { return int64(a.dir.Depth()) })
	top(&s.largest, p, func(a probe) int64 { return int64(a.print.count) })
	top(&s.newest, p, func(a probe) int64 { return a.newest })
	size := min(sampleRandom+s.seen/sampleShare, sampleMost)
	if len(s.random) < size {
		s.random = append(s.random, p)
	} else if at := rand.N(s.seen); at < len(s.random) { //nolint:gosec // a sample needs no secret
		s.random[at] = p
	}
}

// weight is what the entries of the sample take.
func (s *sample) weight() (sum int64) {
	for _, probes := range [][]probe{s.deepest, s.largest, s.newest, s.random} {
		for i := range probes {
			sum += probes[i].weight
		}
	}
	return sum
}

// held returns entries, or nil if they are not all there or too many.
func held(entries []index.Entry, whole int) []index.Entry {
	switch {
	case len(entries) != whole || whole > sampleEntries:
		return nil
	case whole == 0:
		return []index.Entry{}
	}
	return entries
}

// top keeps p if it is among the best by a measure.
func top(best *[]probe, p probe, by func(probe) int64) {
	if len(*best) == sampleEach && by(p) <= by((*best)[sampleEach-1]) {
		return
	}
	*best = append(*best, p)
	slices.SortStableFunc(*best, func(a, b probe) int { return cmp.Compare(by(b), by(a)) })
	*best = (*best)[:min(len(*best), sampleEach)]
}

// probes returns the directories to be listed singly, each once, with so many of
// the empty ones.
func (s *sample) probes(empty int) []probe {
	all := slices.Concat(s.deepest, s.largest, s.newest, s.random)
	empty = min(empty, len(s.empty))
	for i := range empty {
		e := &s.empty[i*len(s.empty)/empty]
		all = append(all, probe{dir: e.dir, above: e.above})
	}
	if s.last.dir != "" {
		all = append(all, s.last)
	}
	slices.SortFunc(all, func(a, b probe) int { return cmp.Compare(a.dir, b.dir) })
	return slices.CompactFunc(all, func(a, b probe) bool { return a.dir == b.dir })
}

// verdict collects what a proof finds.
type verdict struct {
	judging chan struct{} // held by who asks the authority where another way differs
	second  Way           // by which is looked again where the authority differs

	mu     sync.Mutex // guards the following
	differ []string   // directories that differ, each with how
	lie    string     // a difference that no change in the meantime explains
	denied int
	failed error
}

// witness returns the way by which bulk answers are proved: the authority, or one
// whose calls share a connection, if that authority is no better than it; where
// it differs the authority decides.
func (p *pass) witness(lists []string) (witness, judge Way, ok bool) {
	name := authority(lists)
	judge, _, ok = p.link.way(name)
	for _, list := range lists {
		if way, _, has := p.link.way(list); has && way.Shared && name != "MLSD" {
			return way, judge, ok
		}
	}
	return judge, judge, ok
}

// second returns a way other than the judge by which is looked again where that
// differs; the judge if there is none.
func (p *pass) second(lists []string, judge Way) Way {
	for _, list := range lists {
		if way, _, ok := p.link.way(list); ok && list != judge.Name {
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
	few, _ := t.lanes(judge)
	v := verdict{judging: make(chan struct{}, few), second: t.second(lists, judge)}
	var all sync.WaitGroup
	few, _ = t.lanes(way)
	free := make(chan struct{}, min(few, sampleMost))
	empty := sampleEach
	if way.Shared { // many cost no more than few
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
func (t *tree) check(ctx context.Context, way, judge Way, p probe, v *verdict) {
	single, err := t.single(ctx, way, p.dir)
	if way.Name != judge.Name && (err != nil || !differ(p, single).none()) {
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
func (p *pass) stillLacks(ctx context.Context, way, judge Way, dir index.Path, what string) bool {
	if way.Name == judge.Name {
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
	print   print
}

// probe returns what was listed as what is compared.
func (w *whole) probe(dir index.Path) probe {
	return probe{dir: dir, print: w.print, entries: held(w.entries, w.print.count)}
}

// single lists a directory for a comparison.
func (p *pass) single(ctx context.Context, way Way, dir index.Path) (w whole, err error) {
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

// difference is how a directory's listing differs from a single listing of it.
type difference struct {
	lacks, extra, resized int
	example               string
	unexplained           bool // a change while the crawl went on does not explain it
}

const (
	explained = 4              // so many differences may be changes in the meantime
	recent    = 24 * time.Hour // if what is new is as new as that: zones shift times by up to 14 hours
)

func (d difference) none() bool { return d == difference{} }

// how tells the difference: "lacks 3 entries, notes.txt for one".
func (d difference) how() string {
	what := "differs"
	switch {
	case d.lacks > 0:
		what = fmt.Sprintf("lacks %d entries", d.lacks)
	case d.extra > 0:
		what = fmt.Sprintf("holds %d entries that are not there", d.extra)
	case d.resized > 0:
		what = fmt.Sprintf("tells %d other sizes", d.resized)
	}
	if d.example != "" {
		what += ", " + index.Visible(d.example) + " for one"
	}
	return what
}

// differ holds what a bulk answer told of a directory against a single listing.
// Hidden names that a single listing leaves out prove nothing.
func differ(p probe, single whole) difference {
	var d difference
	if p.entries == nil || single.print.count != len(single.entries) {
		now := single.print
		if now.names != p.print.names && now.count >= p.print.count {
			d.lacks, d.unexplained = max(1, now.count-p.print.count), true
		} else if now.names != p.print.names {
			d.extra = p.print.count - now.count
			d.unexplained = d.extra > explained
		}
		return d
	}
	names := make(map[string]*index.Entry, len(p.entries)) // those that the single listing does not have remain
	for i := range p.entries {
		names[p.entries[i].Wire()] = &p.entries[i]
	}
	for i := range single.entries {
		e := &single.entries[i]
		told, ok := names[e.Wire()]
		delete(names, e.Wire())
		switch {
		case ok && told.Kind == index.Link: // the other way may tell what it points at
		case !ok || told.Kind != e.Kind:
			d.lacks++
			d.example = e.Name
			d.unexplained = d.unexplained || e.Precision == index.Unknown || time.Since(e.Time()) > recent
		case told.Size >= 0 && e.Size >= 0 && told.Size != e.Size:
			d.resized++
		}
	}
	for _, e := range names {
		if e.Name[0] != '.' {
			d.extra++
		}
	}
	d.unexplained = d.unexplained || d.lacks+d.extra+d.resized > explained
	return d
}

// trial holds a way of listing directories against the authority on the first
// few, before it lists them all. A way that did this in the last crawl did well.
// It returns the ways that are left, the one to use first.
func (p *pass) trial(ctx context.Context, lists []string) ([]string, error) {
	judge := authority(lists)
	for len(lists) > 0 && lists[0] != judge && lists[0] != p.before.Known.Way {
		err := p.try(ctx, lists[0], judge)
		if cause := context.Cause(ctx); cause != nil {
			return nil, cause
		}
		if !errors.Is(err, ErrBroken) {
			break // a host that has other troubles shows them in the walk
		}
		p.refuse(ctx, lists[0], err)
		lists = lists[1:]
	}
	return lists, nil
}

// tryKids is how many directories of the root a trial lists too.
const tryKids = 3

func (p *pass) try(ctx context.Context, name, judge string) error {
	way, _, ok := p.link.way(name)
	other, _, ok2 := p.link.way(judge)
	if !ok || !ok2 {
		return nil
	}
	dirs := []index.Path{p.root}
	for i := 0; i < len(dirs); i++ {
		told, err := p.single(ctx, way, dirs[i])
		if errors.Is(err, ErrDenied) {
			continue
		}
		if err != nil {
			return err
		}
		single, err := p.single(ctx, other, dirs[i])
		if err != nil {
			continue // it is not for the judge to fail
		}
		d := differ(told.probe(dirs[i]), single)
		if d.lacks > 0 && (d.unexplained || p.stillLacks(ctx, way, other, dirs[i], d.example)) {
			return fmt.Errorf("%w: %s %s", ErrBroken, index.Visible(string(dirs[i])), d.how())
		}
		for j := range told.entries {
			if e := &told.entries[j]; e.Kind == index.Dir && i == 0 && len(dirs) <= tryKids {
				dirs = append(dirs, p.root.Join(e.Wire()))
			}
		}
	}
	return nil
}
