package scan

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/cores"
	"trawl/index/embedded/internal/dictionary"
	"trawl/index/match"
)

// Search tells which entries match: of the names on the roll, then of the blocks that
// it cannot tell of.
type Search struct {
	Moment *Snapshot
	Plan   *match.Plan
	Lease  *cores.Lease
	Start  time.Time
	Budget time.Duration
	Scans  *sync.Pool // of *scan

	roll      *dictionary.Reader // or nil
	ids       []block.ID         // to be judged
	heads     []head             // of ids, as far as the judges came
	judges    []*match.Judge
	cut       bool                   // some were left out
	confirmed map[block.HostNo]int64 // as store.View.Confirmed
	damaged   int64
	scans     []*Scan // in use
}

// head is what a block tells of itself at its head, if it does.
type head struct {
	facts block.Facts
	known bool
}

// headOf returns what the block says at its head.
func headOf(b *block.Block) head {
	return head{b.HeadFacts(), true}
}

// With returns v as it was before it ran, for a plan.
func (v *Search) With(plan *match.Plan) *Search {
	return &Search{Moment: v.Moment, Plan: plan, Lease: v.Lease, Scans: v.Scans, Start: v.Start, Budget: v.Budget}
}

// Run shows names and candidate blocks to judges, and then the blocks that hold what was
// chosen to collectors. exact is false if some were left out because the budget ran out,
// which began at start, or because they could not be read. Judges get nine sixteenths of the
// budget: what is found must also be put together and shown.
func (v *Search) Run(ctx context.Context) (c *match.Choice, of []*match.Collector, exact bool, err error) {
	sought, ok := targetOf(v.Plan)
	if !ok {
		return v.Plan.Choose(), nil, true, nil
	}
	defer v.tidy()
	if v.roll, err = v.Moment.names.Open(v.Moment.View, v.Moment.places, v.Plan); err != nil {
		return nil, nil, false, err
	}
	if v.roll != nil {
		if err := v.read(ctx, sought.ofNames()); err != nil {
			return nil, nil, false, err
		}
	}
	if err := v.judge(ctx, sought); err != nil {
		return nil, nil, false, err
	}
	c = v.Plan.Choose(v.judges...)
	sought.timed = true
	of, err = v.collect(ctx, c, sought)
	return c, of, v.whole(), err
}

// whole tells whether nothing was left out, and logs what could not be read.
func (v *Search) whole() bool {
	if v.damaged > 0 {
		v.Moment.View.Store.Log.Error("damaged blocks are left out of an answer: run `trawl check`, then remove and crawl their hosts anew", "blocks", v.damaged)
	}
	return !v.cut && v.damaged == 0
}

// Facets shows candidate blocks to judges, for the facets alone. exact is as in run.
func (v *Search) Facets(ctx context.Context) (f []index.Facet, exact bool, err error) {
	sought, ok := targetOf(v.Plan)
	if !ok {
		return v.Plan.Choose().Facets(), true, nil
	}
	defer v.tidy()
	err = v.judge(ctx, sought)
	return v.Plan.Choose(v.judges...).Facets(), v.whole(), err
}

// read shows the names on the roll to judges.
func (v *Search) read(ctx context.Context, sought target) error {
	w := &work{moment: v.Moment, names: v.roll, until: deadline(v.Start, v.Budget, toJudge)}
	n := 0
	err := w.run(ctx, v.Lease, func() visitor {
		n++
		return &nameJudging{judged: v.judged(sought, n-1), roll: v.roll, counts: v.roll.Counter()}
	})
	v.done(w)
	return err
}

// judge shows the candidate blocks to judges, less those that the roll tells of.
func (v *Search) judge(ctx context.Context, sought target) (err error) {
	if v.roll != nil && v.roll.CoversAll(v.Moment.View) {
		return nil
	}
	if v.ids, err = v.Moment.candidates(v.Plan.Candidates()); err != nil {
		return err
	}
	if v.roll != nil {
		v.ids = v.roll.Uncovered(v.ids)
	}
	v.heads = make([]head, len(v.ids))
	w := &work{moment: v.Moment, ids: v.ids, until: deadline(v.Start, v.Budget, toJudge)}
	n := 0
	err = w.run(ctx, v.Lease, func() visitor {
		n++
		return &judging{judged: v.judged(sought, n-1), heads: v.heads, from: v.from()}
	})
	v.done(w)
	return err
}

// collect shows the blocks of what was chosen to collectors.
func (v *Search) collect(ctx context.Context, c *match.Choice, sought target) (of []*match.Collector, err error) {
	if err := v.confirm(); err != nil {
		return nil, err
	}
	w := &work{moment: v.Moment, until: v.rest()}
	sure, where, all := c.Where(v.blocks(&err))
	switch {
	case err != nil:
	case all:
		where = nil
		w.ids, err = v.Moment.candidates(v.Plan.Candidates())
	default:
		w.sure, where = len(sure), append(sure, v.byPromise(where)...)
		w.ids = v.blocksAt(where)
	}
	if err != nil {
		return nil, err
	}
	err = w.run(ctx, v.Lease, func() visitor {
		collector := c.Collector()
		of = append(of, collector)
		return &collecting{Scan: v.scan(sought, collector.Named), collector: collector, where: where, of: v}
	})
	v.cut = v.cut || !w.complete()
	v.damaged = max(v.damaged, w.damaged.Load())
	return of, err
}

// from returns the number under which judges know the first of ids: what is less are
// names on the roll.
func (v *Search) from() uint32 {
	if v.roll == nil {
		return 0
	}
	return v.roll.Names()
}

// blocks returns what tells Choice.Where which blocks a number stands for that a judge
// was told: those in which a name stands, by their positions on the roll, or one of
// ids, which come after them.
func (v *Search) blocks(err *error) func(where uint32, do func(block uint32)) {
	if v.roll == nil {
		return nil
	}
	names, blocks := v.roll.Names(), v.roll.Positions()
	return func(where uint32, do func(block uint32)) {
		if *err != nil {
			return
		}
		if where >= names {
			do(where - names + blocks)
			return
		}
		if failed := v.roll.BlocksOf(where, do); failed != nil {
			*err = failed
		}
	}
}

// blockAt returns the block that Choice.Where tells of, and what is known of it.
func (v *Search) blockAt(where uint32) (block.ID, head) {
	if v.roll != nil {
		blocks := v.roll.Positions()
		if where < blocks {
			id, facts := v.roll.BlockAt(where)
			return id, head{facts, true}
		}
		where -= blocks
	}
	return v.ids[where], v.heads[where]
}

// blocksAt returns the blocks that Choice.Where tells of.
func (v *Search) blocksAt(where []uint32) []block.ID {
	ids := make([]block.ID, len(where))
	for i, at := range where {
		ids[i], _ = v.blockAt(at)
	}
	return ids
}

// byPromise puts blocks in an order in which the best places come early: those first of
// which nothing is known, the others by when their hosts were confirmed, and then by
// depth. confirmed is known.
func (v *Search) byPromise(where []uint32) []uint32 {
	const depths = 64
	hosts := slices.SortedFunc(maps.Keys(v.confirmed), func(a, b block.HostNo) int {
		return cmp.Or(cmp.Compare(v.confirmed[b], v.confirmed[a]), cmp.Compare(a, b))
	})
	first := map[block.HostNo]int{}
	for i, no := range hosts {
		first[no] = i * depths
	}
	starts, class := make([]int, len(hosts)*depths+1), make([]int, len(where))
	for i, at := range where {
		if _, head := v.blockAt(at); head.known {
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

// confirm notes when hosts were confirmed to be as they are known.
func (v *Search) confirm() error {
	v.confirmed = map[block.HostNo]int64{}
	for no := range v.Moment.places {
		at, err := v.Moment.View.Confirmed(no)
		if err != nil {
			return fmt.Errorf("read the hosts: %w", err)
		}
		v.confirmed[no] = at
	}
	return nil
}

// done takes down what became of the work of judges.
func (v *Search) done(w *work) {
	v.cut = v.cut || w.late.Load()
	v.damaged += w.damaged.Load()
}

// judged returns a scan for one of the judges, a new one if there are not so many yet.
func (v *Search) judged(sought target, n int) judged {
	if n == len(v.judges) {
		v.judges = append(v.judges, v.Plan.Judge())
	}
	return judged{v.scan(sought, v.judges[n].Named), v.judges[n]}
}

// rest returns when the collectors have to end: with the budget, but they get their
// share in any case.
func (v *Search) rest() time.Time {
	end, share := deadline(v.Start, v.Budget, 16), deadline(time.Now(), v.Budget, toCollect)
	if share.After(end) {
		return share
	}
	return end
}

// scan returns a scan, until tidy. named is Named of whom it is for.
func (v *Search) scan(sought target, named func([]byte) bool) *Scan {
	s := v.Scans.Get().(*Scan)
	if s.target, s.moment, s.named = sought, v.Moment, nil; v.Plan.Asks() {
		s.named = named
	}
	v.scans = append(v.scans, s)
	return s
}

// tidy gives back what scan gave out.
func (v *Search) tidy() {
	for _, s := range v.scans {
		s.target, s.moment, s.named = target{}, nil, nil
		v.Scans.Put(s)
	}
}

// The shares of a budget, in sixteenths.
const (
	toJudge   = 9
	toCollect = 4 // whatever the judges took
)

// deadline returns when some sixteenths of a budget have run out, counted from start:
// never if it is negative.
func deadline(start time.Time, budget time.Duration, sixteenths int) time.Time {
	if budget < 0 {
		return time.Time{}
	}
	return start.Add(budget * time.Duration(sixteenths) / 16)
}
