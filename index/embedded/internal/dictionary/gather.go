package dictionary

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/follow"
	"trawl/index/embedded/internal/store"
)

// gathering takes what the store has and the roll has not.
type gathering struct {
	view *store.View // while run runs
	seq  uint64      // the roll has all up to this number
	last uint64      // it is taken up to this one

	blocks  []block.ID // those that entries are of, ascending
	facts   []block.Facts
	dropped []block.ID

	first   map[block.ID][]byte // masks that changed from seq to last: what they were
	later   map[block.ID][]byte // and those that changed after last
	entries []gathered
	order   []ranked // of entries
	names   []byte   // room for names
	block   block.Block
}

// gathered is an entry that has come, or is gone.
type gathered struct {
	repeated

	in posting
}

// ranked is the beginning of an entry's place in the order, by which most are sorted
// without a look at the entry.
type ranked struct {
	rank uint64
	at   uint32 // in gathering.entries
}

// len returns the number of entries.
func (g *gathering) len() int { return len(g.entries) }

// run gathers.
func (g *gathering) run(ctx context.Context) error {
	var fresh []block.ID
	err := g.view.After(g.seq, func(id block.ID, _ []byte) error {
		if len(fresh) == batchBlocks {
			return follow.ErrBatchFull
		}
		fresh, g.last = append(fresh, id), uint64(id)
		return nil
	})
	switch {
	case err == nil:
		g.last = g.view.Sequence()
	case !errors.Is(err, follow.ErrBatchFull):
		return err
	}
	if err := g.masks(ctx); err != nil {
		return err
	}
	for _, id := range fresh {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := g.take(id, nil, true); err != nil {
			return err
		}
	}
	return g.view.DroppedAfter(g.seq, func(seq uint64, ids []block.ID) error {
		if seq <= g.last {
			g.dropped = append(g.dropped, ids...)
		}
		return nil
	})
}

// masks gathers what was masked of blocks that are on the roll, or is not masked any
// more.
func (g *gathering) masks(ctx context.Context) error {
	g.first, g.later = map[block.ID][]byte{}, map[block.ID][]byte{}
	err := g.view.MaskedAfter(g.seq, func(seq uint64, id block.ID, old []byte) error {
		of := g.first
		if seq > g.last {
			of = g.later
		}
		if _, ok := of[id]; !ok {
			of[id] = old
		}
		return nil
	})
	for _, id := range slices.Sorted(maps.Keys(g.first)) {
		if uint64(id) > g.seq || err != nil {
			break
		}
		err = cmp.Or(ctx.Err(), g.take(id, g.first[id], false))
	}
	return err
}

// maskAt returns what the mask of a block was at the number last.
func (g *gathering) maskAt(id block.ID) []byte {
	if old, ok := g.later[id]; ok {
		return old
	}
	return g.view.MaskOf(id)
}

// take gathers the entries of a block: all that are there if it is fresh, else those that
// have come or gone since its mask was old. Blocks that are gone or damaged hold none.
func (g *gathering) take(id block.ID, old []byte, fresh bool) error {
	data := g.view.Data(id)
	if data == nil {
		return nil
	}
	b := &g.block
	if b.Decode(data) != nil {
		return nil //nolint:nilerr // the postings tell of it
	}
	var before, now store.Mask
	if err := errors.Join(before.Parse(old), now.Parse(g.maskAt(id))); err != nil {
		return nil //nolint:nilerr // likewise
	}
	at := uint32(len(g.blocks))
	g.blocks, g.facts = append(g.blocks, id), append(g.facts, block.FactsOf(b))
	if fresh {
		now.Each(b.Len(), func(i int) { g.Add(i, at, false) })
		return nil
	}
	for _, i := range minus(now.Entries, before.Entries) {
		g.Add(i, at, true)
	}
	for _, i := range minus(before.Entries, now.Entries) {
		g.Add(i, at, false)
	}
	return nil
}

// minus returns what is in a and not in b; both ascend.
func minus(a, b []int) (out []int) {
	for _, n := range a {
		if _, ok := slices.BinarySearch(b, n); !ok {
			out = append(out, n)
		}
	}
	return out
}

func (g *gathering) Add(i int, block uint32, takes bool) {
	b := &g.block
	if i >= b.Len() {
		return
	}
	name := b.Name(i)
	if cap(g.names)-len(g.names) < len(name) {
		g.names = make([]byte, 0, max(1<<20, len(name)))
	}
	from := len(g.names)
	g.names = append(g.names, name...)
	r := newRepeated(g.names[from:len(g.names):len(g.names)], b.Kinds()[i], b.Sizes()[i])
	g.order = append(g.order, ranked{r.rank(), uint32(len(g.entries))})
	g.entries = append(g.entries, gathered{r, posting{block, takes}})
}

// each calls do with the names, in order.
func (g *gathering) each(ctx context.Context, do func(*repeated) error) error {
	slices.SortFunc(g.order, func(a, b ranked) int {
		if a.rank != b.rank {
			return cmp.Compare(a.rank, b.rank)
		}
		x, y := &g.entries[a.at], &g.entries[b.at]
		return cmp.Or(x.compare(&y.repeated), cmp.Compare(a.at, b.at))
	})
	var t repeated
	for i := 0; i < len(g.order); {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		room := t.postings[:0]
		t = g.entries[g.order[i].at].repeated
		for ; i < len(g.order); i++ {
			e := &g.entries[g.order[i].at]
			if e.compare(&t) != 0 {
				break
			}
			room = append(room, e.in)
		}
		if t.postings = cancel(room); len(t.postings) == 0 {
			continue
		}
		if err := do(&t); err != nil {
			return err
		}
	}
	return nil
}
