package embedded

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"trawl/index"
	"trawl/index/match"
)

// verifying tells which entries match: of the names on the roll, then of the blocks that
// it cannot tell of.
type verifying struct {
	moment *moment
	plan   *match.Plan
	shift  *shift
	start  time.Time
	budget time.Duration
	rooms  *sync.Pool // of *scan

	roll      *rollCall // or nil
	ids       []blockID // to be judged
	heads     []head    // of ids, as far as the judges came
	judges    []*match.Counter
	cut       bool             // some were left out
	confirmed map[hostNo]int64 // as hostStatus.confirmed
	damaged   int64
	scans     []*scan // in use
}

// head is what a block tells of itself at its head, if it does.
type head struct {
	facts blockFacts
	known bool
}

// of returns v as it was before it ran, for a plan.
func (v *verifying) of(plan *match.Plan) *verifying {
	return &verifying{moment: v.moment, plan: plan, shift: v.shift, rooms: v.rooms, start: v.start, budget: v.budget}
}

// run shows names and candidate blocks to judges, and then the blocks that hold what was
// chosen to collectors. exact is false if some were left out because the budget ran out,
// which began at start, or because they could not be read. Judges get nine sixteenths of the
// budget: what is found must also be put together and shown.
func (v *verifying) run(ctx context.Context) (c *match.Choice, of []*match.Collector, exact bool, err error) {
	sought, ok := soughtBy(v.plan)
	if !ok {
		return v.plan.Choose(), nil, true, nil
	}
	defer v.tidy()
	if v.roll, err = v.moment.call(v.plan); err != nil {
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
	c = v.plan.Choose(v.judges...)
	sought.timed = true
	of, err = v.collect(ctx, c, sought)
	return c, of, v.whole(), err
}

// whole tells whether nothing was left out, and logs what could not be read.
func (v *verifying) whole() bool {
	if v.damaged > 0 {
		v.moment.view.store.log.Error("damaged blocks are left out of an answer: run `trawl check`, then remove and crawl their hosts anew", "blocks", v.damaged)
	}
	return !v.cut && v.damaged == 0
}

// facets shows candidate blocks to judges, for the facets alone. exact is as in run.
func (v *verifying) facets(ctx context.Context) (f []index.Facet, exact bool, err error) {
	sought, ok := soughtBy(v.plan)
	if !ok {
		return v.plan.Choose().Facets(), true, nil
	}
	defer v.tidy()
	err = v.judge(ctx, sought)
	return v.plan.Choose(v.judges...).Facets(), v.whole(), err
}

// read shows the names on the roll to judges.
func (v *verifying) read(ctx context.Context, sought sought) error {
	w := &work{moment: v.moment, names: v.roll, until: deadline(v.start, v.budget, toJudge)}
	n := 0
	err := w.run(ctx, v.shift, func() looker {
		n++
		return &callJudging{judged: v.judged(sought, n-1), roll: v.roll}
	})
	v.done(w)
	return err
}

// judge shows the candidate blocks to judges, less those that the roll tells of.
func (v *verifying) judge(ctx context.Context, sought sought) (err error) {
	if v.roll != nil && v.roll.whole(v.moment) {
		return nil
	}
	if v.ids, err = v.moment.candidates(v.plan.Candidates()); err != nil {
		return err
	}
	if v.roll != nil {
		v.ids = v.roll.left(v.ids)
	}
	v.heads = make([]head, len(v.ids))
	w := &work{moment: v.moment, ids: v.ids, until: deadline(v.start, v.budget, toJudge)}
	n := 0
	err = w.run(ctx, v.shift, func() looker {
		n++
		return &judging{judged: v.judged(sought, n-1), heads: v.heads, from: v.from()}
	})
	v.done(w)
	return err
}

// collect shows the blocks of what was chosen to collectors.
func (v *verifying) collect(ctx context.Context, c *match.Choice, sought sought) (of []*match.Collector, err error) {
	if err := v.confirm(); err != nil {
		return nil, err
	}
	w := &work{moment: v.moment, until: v.rest()}
	sure, where, all := c.Blocks(v.blocks(&err))
	switch {
	case err != nil:
	case all:
		where = nil
		w.ids, err = v.moment.candidates(v.plan.Candidates())
	default:
		w.sure, where = len(sure), append(sure, v.byPromise(where)...)
		w.ids = v.blocksAt(where)
	}
	if err != nil {
		return nil, err
	}
	err = w.run(ctx, v.shift, func() looker {
		collector := c.Collector()
		of = append(of, collector)
		return &collecting{scan: v.scan(sought, collector.NameMayMatch), collector: collector, where: where, of: v}
	})
	v.cut = v.cut || !w.complete()
	v.damaged = max(v.damaged, w.damaged.Load())
	return of, err
}

// from returns the number under which judges know the first of ids: what is less are
// names on the roll.
func (v *verifying) from() uint32 {
	if v.roll == nil {
		return 0
	}
	return v.roll.names()
}

// blocks returns what tells Choice.Blocks which blocks a number stands for that a judge
// was told: those in which a name stands, by their positions on the roll, or one of
// ids, which come after them.
func (v *verifying) blocks(err *error) func(where uint32, do func(block uint32)) {
	if v.roll == nil {
		return nil
	}
	names, blocks := v.roll.names(), v.roll.blocks()
	return func(where uint32, do func(block uint32)) {
		if *err != nil {
			return
		}
		if where >= names {
			do(where - names + blocks)
			return
		}
		if failed := v.roll.blocksOf(where, do); failed != nil {
			*err = failed
		}
	}
}

// blockAt returns the block that Choice.Blocks tells of, and what is known of it.
func (v *verifying) blockAt(where uint32) (blockID, head) {
	if v.roll != nil {
		blocks := v.roll.blocks()
		if where < blocks {
			id, facts := v.roll.block(where)
			return id, head{facts, true}
		}
		where -= blocks
	}
	return v.ids[where], v.heads[where]
}

// blocksAt returns the blocks that Choice.Blocks tells of.
func (v *verifying) blocksAt(where []uint32) []blockID {
	ids := make([]blockID, len(where))
	for i, at := range where {
		ids[i], _ = v.blockAt(at)
	}
	return ids
}

// byPromise puts blocks in an order in which the best places come early: those first of
// which nothing is known, the others by when their hosts were confirmed, and then by
// depth. confirmed is known.
func (v *verifying) byPromise(where []uint32) []uint32 {
	const depths = 64
	hosts := slices.SortedFunc(maps.Keys(v.confirmed), func(a, b hostNo) int {
		return cmp.Or(cmp.Compare(v.confirmed[b], v.confirmed[a]), cmp.Compare(a, b))
	})
	first := map[hostNo]int{}
	for i, no := range hosts {
		first[no] = i * depths
	}
	starts, class := make([]int, len(hosts)*depths+1), make([]int, len(where))
	for i, at := range where {
		if _, head := v.blockAt(at); head.known {
			class[i] = first[head.facts.host] + min(int(head.facts.depth), depths-1)
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
func (v *verifying) confirm() error {
	v.confirmed = map[hostNo]int64{}
	for no := range v.moment.places {
		of, err := v.moment.view.statusesOf(no)
		if err != nil {
			return fmt.Errorf("read the hosts: %w", err)
		}
		v.confirmed[no] = of.confirmed
	}
	return nil
}

// done takes down what became of the work of judges.
func (v *verifying) done(w *work) {
	v.cut = v.cut || w.late.Load()
	v.damaged += w.damaged.Load()
}

// judged returns a scan for one of the judges, a new one if there are not so many yet.
func (v *verifying) judged(sought sought, n int) judged {
	if n == len(v.judges) {
		v.judges = append(v.judges, v.plan.Counter())
	}
	return judged{v.scan(sought, v.judges[n].NameMayMatch), v.judges[n]}
}

// rest returns when the collectors have to end: with the budget, but they get their
// share in any case.
func (v *verifying) rest() time.Time {
	end, share := deadline(v.start, v.budget, 16), deadline(time.Now(), v.budget, toCollect)
	if share.After(end) {
		return share
	}
	return end
}

// scan returns a scan, until tidy. named is Named of whom it is for.
func (v *verifying) scan(sought sought, named func([]byte) bool) *scan {
	s := v.rooms.Get().(*scan)
	if s.sought, s.moment, s.named = sought, v.moment, nil; v.plan.TestsNames() {
		s.named = named
	}
	v.scans = append(v.scans, s)
	return s
}

// tidy gives back what scan gave out.
func (v *verifying) tidy() {
	for _, s := range v.scans {
		s.sought, s.moment, s.named = sought{}, nil, nil
		v.rooms.Put(s)
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
