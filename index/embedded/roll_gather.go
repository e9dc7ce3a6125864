package embedded

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
)

// gathering takes what the store has and the roll has not.
type gathering struct {
	view *view  // while run runs
	seq  uint64 // the roll has all up to this number
	last uint64 // it is taken up to this one

	blocks  []blockID // those that entries are of, ascending
	facts   []blockFacts
	dropped []blockID

	first   map[blockID][]byte // masks that changed from seq to last: what they were
	later   map[blockID][]byte // and those that changed after last
	entries []gathered
	order   []ranked // of entries
	names   []byte   // room for names
	block   block
}

// gathered is an entry that has come, or is gone.
type gathered struct {
	rolled

	in mention
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
	var fresh []blockID
	err := g.view.after(g.seq, func(id blockID, _ []byte) error {
		if len(fresh) == rollBatch {
			return errFull
		}
		fresh, g.last = append(fresh, id), uint64(id)
		return nil
	})
	switch {
	case err == nil:
		g.last = g.view.sequence()
	case !errors.Is(err, errFull):
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
	return g.view.droppedAfter(g.seq, func(seq uint64, ids []blockID) error {
		if seq <= g.last {
			g.dropped = append(g.dropped, ids...)
		}
		return nil
	})
}

// masks gathers what was masked of blocks that are on the roll, or is not masked any
// more.
func (g *gathering) masks(ctx context.Context) error {
	g.first, g.later = map[blockID][]byte{}, map[blockID][]byte{}
	err := g.view.maskedAfter(g.seq, func(seq uint64, id blockID, old []byte) error {
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
func (g *gathering) maskAt(id blockID) []byte {
	if old, ok := g.later[id]; ok {
		return old
	}
	return g.view.maskOf(id)
}

// take gathers the entries of a block: all that are there if it is fresh, else those that
// have come or gone since its mask was old. Blocks that are gone or damaged hold none.
func (g *gathering) take(id blockID, old []byte, fresh bool) error {
	data := g.view.data(id)
	if data == nil {
		return nil
	}
	b := &g.block
	if b.decode(data) != nil {
		return nil //nolint:nilerr // the postings tell of it
	}
	var before, now mask
	if err := errors.Join(before.parse(old), now.parse(g.maskAt(id))); err != nil {
		return nil //nolint:nilerr // likewise
	}
	at := uint32(len(g.blocks))
	g.blocks, g.facts = append(g.blocks, id), append(g.facts, factsOf(b))
	if fresh {
		now.each(b.len(), func(i int) { g.add(i, at, false) })
		return nil
	}
	for _, i := range minus(now.entries, before.entries) {
		g.add(i, at, true)
	}
	for _, i := range minus(before.entries, now.entries) {
		g.add(i, at, false)
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

func (g *gathering) add(i int, block uint32, takes bool) {
	b := &g.block
	if i >= b.len() {
		return
	}
	name := b.name(i)
	if cap(g.names)-len(g.names) < len(name) {
		g.names = make([]byte, 0, max(1<<20, len(name)))
	}
	from := len(g.names)
	g.names = append(g.names, name...)
	r := newRolled(g.names[from:len(g.names):len(g.names)], b.kind[i], b.size[i])
	g.order = append(g.order, ranked{r.rank(), uint32(len(g.entries))})
	g.entries = append(g.entries, gathered{r, mention{block, takes}})
}

// each calls do with the names, in order.
func (g *gathering) each(ctx context.Context, do func(*rolled) error) error {
	slices.SortFunc(g.order, func(a, b ranked) int {
		if a.rank != b.rank {
			return cmp.Compare(a.rank, b.rank)
		}
		x, y := &g.entries[a.at], &g.entries[b.at]
		return cmp.Or(x.compare(&y.rolled), cmp.Compare(a.at, b.at))
	})
	var t rolled
	for i := 0; i < len(g.order); {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		room := t.mentions[:0]
		t = g.entries[g.order[i].at].rolled
		for ; i < len(g.order); i++ {
			e := &g.entries[g.order[i].at]
			if e.compare(&t) != 0 {
				break
			}
			room = append(room, e.in)
		}
		if t.mentions = settleMentions(room); len(t.mentions) == 0 {
			continue
		}
		if err := do(&t); err != nil {
			return err
		}
	}
	return nil
}
