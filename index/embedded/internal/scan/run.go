package scan

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/cores"
	"trawl/index/embedded/internal/dictionary"
	"trawl/index/match"
)

// run is one run of a plan: it counts all that matches, chooses, and collects the places of
// what was chosen.
//
// Counters report by number where they saw what they count. Names of the dictionary have the
// numbers from 0 on, the blocks of ids follow them.
type run struct {
	snapshot *Snapshot
	plan     *match.Plan
	lease    *cores.Lease
	readers  *sync.Pool // of *reader
	budget   budget

	names     *dictionary.Reader     // nil where the dictionary is of no use for the plan
	ids       []block.ID             // the blocks that are counted
	heads     []head                 // of ids, as far as the counting came
	counters  []*match.Counter       // one a goroutine
	confirmed map[block.HostNo]int64 // when hosts were confirmed to be as they are known
	cut       bool                   // time ran out before all was seen
	damaged   int64                  // blocks that could not be read
	used      []*reader
}

// head is what a block says of itself at its head. It is not known before the block was
// looked at.
type head struct {
	facts block.Facts
	known bool
}

// with returns a run of a plan, with a budget of its own, that has not begun.
func (r *run) with(plan *match.Plan, limit budget) *run {
	return &run{snapshot: r.snapshot, plan: plan, lease: r.lease, readers: r.readers, budget: limit}
}

// run runs the plan. exact is false if the budget ran out before all was seen, or if blocks
// could not be read.
func (r *run) run(ctx context.Context) (c *match.Choice, of []*match.Collector, exact bool, err error) {
	want, possible := targetOf(r.plan)
	if !possible {
		return r.plan.Choose(), nil, true, nil
	}
	defer r.returnReaders()
	if r.names, err = r.snapshot.names.Open(r.snapshot.view, r.snapshot.ordinals, r.plan); err != nil {
		return nil, nil, false, err
	}
	if r.names != nil {
		if err := r.countNames(ctx, want.withoutTimes()); err != nil {
			return nil, nil, false, err
		}
	}
	if err := r.countBlocks(ctx, want); err != nil {
		return nil, nil, false, err
	}
	c = r.plan.Choose(r.counters...)
	want.timed = true
	of, err = r.collect(ctx, c, want)
	return c, of, r.exact(), err
}

// facets counts what matches for its facets alone. exact is as in run.
func (r *run) facets(ctx context.Context) (f []index.Facet, exact bool, err error) {
	want, possible := targetOf(r.plan)
	if !possible {
		return r.plan.Choose().Facets(), true, nil
	}
	defer r.returnReaders()
	err = r.countBlocks(ctx, want)
	return r.plan.Choose(r.counters...).Facets(), r.exact(), err
}

// exact reports whether nothing was left out, and logs what could not be read.
func (r *run) exact() bool {
	if r.damaged > 0 {
		r.snapshot.view.Store.Log.Error("damaged blocks are left out of an answer: run `trawl check`, then remove and crawl their hosts anew", "blocks", r.damaged)
	}
	return !r.cut && r.damaged == 0
}

// countNames shows the names of the dictionary to counters.
func (r *run) countNames(ctx context.Context, want target) error {
	w := &work{snapshot: r.snapshot, names: r.names, until: r.budget.counting(), sure: min(r.names.First(), sureBlocks)}
	n := 0
	err := w.run(ctx, r.lease, func() visitor {
		n++
		return &nameCounting{counting: r.newCounting(want, n-1), names: r.names, places: r.names.Counter()}
	})
	r.note(w)
	return err
}

// countBlocks shows the candidate blocks to counters, without those that the dictionary
// covers.
func (r *run) countBlocks(ctx context.Context, want target) (err error) {
	if r.names != nil && r.names.CoversAll(r.snapshot.view) {
		return nil
	}
	if r.ids, err = r.snapshot.candidates(r.plan.Candidates()); err != nil {
		return err
	}
	if r.names != nil {
		r.ids = r.names.Uncovered(r.ids)
	}
	first, err := r.putExactFirst()
	if err != nil {
		return err
	}
	r.heads = make([]head, len(r.ids))
	w := &work{snapshot: r.snapshot, ids: r.ids, until: r.budget.counting(), sure: min(first, sureBlocks)}
	n := 0
	err = w.run(ctx, r.lease, func() visitor {
		n++
		return &blockCounting{counting: r.newCounting(want, n-1), heads: r.heads, first: r.firstBlock()}
	})
	r.note(w)
	return err
}

// sureBlocks is how many blocks are counted however late it is, of those that may hold names that are
// the words of the query: two milliseconds of work.
const sureBlocks = 64

// putExactFirst puts the blocks that may hold names which are the words of the query before the other
// ones of ids, and returns how many they are.
func (r *run) putExactFirst() (first int, err error) {
	want := r.plan.Exact()
	if want == match.Candidate(match.None{}) || !r.budget.bounded() {
		return 0, nil
	}
	exact, err := r.snapshot.candidates(want)
	if err != nil || len(exact) == 0 {
		return 0, err
	}
	var rest []block.ID
	for _, id := range r.ids {
		if _, found := slices.BinarySearch(exact, id); found {
			r.ids[first] = id
			first++
		} else {
			rest = append(rest, id)
		}
	}
	copy(r.ids[first:], rest)
	return first, nil
}

// note takes over from finished work whether something was left out.
func (r *run) note(w *work) {
	r.cut = r.cut || w.late.Load()
	r.damaged += w.damaged.Load()
}

// collect shows the blocks that hold what was chosen to collectors.
func (r *run) collect(ctx context.Context, c *match.Choice, want target) (of []*match.Collector, err error) {
	if err := r.readConfirmed(); err != nil {
		return nil, err
	}
	w := &work{snapshot: r.snapshot, until: r.budget.collecting()}
	sure, where, all := c.Blocks(r.blocksOf(&err), r.hostAt)
	switch {
	case err != nil:
	case all:
		where = nil
		w.ids, err = r.snapshot.candidates(r.plan.Candidates())
	default:
		w.sure, where = len(sure), append(sure, r.bestFirst(where)...)
		w.ids = r.blocksAt(where)
	}
	if err != nil {
		return nil, err
	}
	err = w.run(ctx, r.lease, func() visitor {
		collector := c.Collector()
		of = append(of, collector)
		return &collecting{reader: r.reader(want, collector.NameMayMatch), collector: collector, where: where, run: r}
	})
	r.cut = r.cut || !w.complete()
	r.damaged = max(r.damaged, w.damaged.Load())
	return of, err
}

// firstBlock returns the number under which counters report the first of ids.
func (r *run) firstBlock() uint32 {
	if r.names == nil {
		return 0
	}
	return r.names.Names()
}

// blocksOf returns the function by which Choice.Blocks learns which blocks a reported number
// stands for: the blocks that a name of the dictionary is in, by their positions there, or
// one of ids, whose positions follow these. An error ends up in err. The function is nil
// without a dictionary.
func (r *run) blocksOf(err *error) match.BlocksOf {
	if r.names == nil {
		return nil
	}
	names, positions := r.names.Names(), r.names.Positions()
	return func(where uint32, do func(block uint32, gone bool)) {
		if *err != nil {
			return
		}
		if where >= names {
			do(where-names+positions, false)
			return
		}
		if failed := r.names.BlocksOf(where, do); failed != nil {
			*err = failed
		}
	}
}

// blockAt returns the block at a position that Choice.Blocks returns, and its head.
func (r *run) blockAt(where uint32) (block.ID, head) {
	if r.names != nil {
		positions := r.names.Positions()
		if where < positions {
			id, facts := r.names.BlockAt(where)
			return id, head{facts, true}
		}
		where -= positions
	}
	return r.ids[where], r.heads[where]
}

// hostAt returns the host of a block at a position that Choice.Blocks returns, as a position in the hosts of the plan, or
// -1 if it has gone.
func (r *run) hostAt(where uint32) int {
	_, head := r.blockAt(where)
	host, there := r.snapshot.ordinals[head.facts.Host]
	if !there {
		return -1
	}
	return host
}

// blocksAt returns the blocks at positions that Choice.Blocks returns.
func (r *run) blocksAt(where []uint32) []block.ID {
	ids := make([]block.ID, len(where))
	for i, at := range where {
		ids[i], _ = r.blockAt(at)
	}
	return ids
}

// bestFirst sorts blocks so that the best places come early: first the blocks whose heads
// are not known, then the others by when their hosts were confirmed, and then by depth. It
// sorts by counting, since there may be millions.
func (r *run) bestFirst(where []uint32) []uint32 {
	const depths = 64
	hosts := slices.SortedFunc(maps.Keys(r.confirmed), func(a, b block.HostNo) int {
		return cmp.Or(cmp.Compare(r.confirmed[b], r.confirmed[a]), cmp.Compare(a, b))
	})
	first := map[block.HostNo]int{}
	for i, no := range hosts {
		first[no] = i * depths
	}
	starts, class := make([]int, len(hosts)*depths+1), make([]int, len(where))
	for i, at := range where {
		if _, head := r.blockAt(at); head.known {
			class[i] = first[head.facts.Host] + min(int(head.facts.Depth), depths-1)
		}
		starts[class[i]+1]++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	out := make([]uint32, len(where))
	for i, at := range where {
		out[starts[class[i]]] = at
		starts[class[i]]++
	}
	return out
}

// readConfirmed reads when hosts were confirmed to be as they are known.
func (r *run) readConfirmed() error {
	r.confirmed = map[block.HostNo]int64{}
	for no := range r.snapshot.ordinals {
		at, err := r.snapshot.view.Confirmed(no)
		if err != nil {
			return fmt.Errorf("read the hosts: %w", err)
		}
		r.confirmed[no] = at
	}
	return nil
}

// newCounting returns the reader and the counter of goroutine n. The counter is a new one
// if there are not so many yet.
func (r *run) newCounting(want target, n int) counting {
	if n == len(r.counters) {
		r.counters = append(r.counters, r.plan.Counter())
	}
	return counting{r.reader(want, r.counters[n].NameMayMatch), r.counters[n]}
}

// reader lends a reader for one goroutine, until returnReaders. named is the method Named of
// the counter or collector that is shown what the reader finds.
func (r *run) reader(want target, named func([]byte) bool) *reader {
	out := r.readers.Get().(*reader)
	if out.target, out.snapshot, out.named = want, r.snapshot, nil; r.plan.TestsNames() {
		out.named = named
	}
	r.used = append(r.used, out)
	return out
}

// returnReaders gives all readers back.
func (r *run) returnReaders() {
	for _, used := range r.used {
		used.target, used.snapshot, used.named = target{}, nil, nil
		r.readers.Put(used)
	}
}
