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

// gatherer gathers a batch of the entries that have come to the store, or are gone, since
// the dictionary covered it.
type gatherer struct {
	view *store.View // valid during run
	seq  uint64      // the dictionary covers the store up to this number
	skip []block.ID  // but for these, which could not be read, ascending
	last uint64      // and will up to this number, with the batch

	missed uint64 // as in State

	blocks  []block.ID // the blocks of entries, ascending
	facts   []block.Facts
	dropped []block.ID
	unread  []block.ID // could not be read, and are not covered

	masksAtSeq  map[block.ID][]byte // the masks at seq of blocks whose masks changed up to last
	masksAtLast map[block.ID][]byte // the masks at last of blocks whose masks changed after it
	entries     []gathered
	order       []ranked // of entries
	names       []byte   // memory for names
	block       block.Block
}

// gathered is an entry that has come, or is gone. Its name has no postings but this one.
type gathered struct {
	repeatedName

	posting posting
}

// ranked is the rank of an entry, by which most entries are sorted without reading them.
type ranked struct {
	rank uint64
	at   uint32 // in gatherer.entries
}

// run gathers the batch.
func (g *gatherer) run(ctx context.Context) error {
	var fresh []block.ID
	n := 0
	err := g.view.AllAfter(g.seq, func(id block.ID, _ []byte, unreadable error) error {
		if n++; n > batchBlocks {
			return follow.ErrBatchFull
		}
		if g.last = uint64(id); unreadable != nil {
			g.unread = append(g.unread, id)
		} else {
			fresh = append(fresh, id)
		}
		return nil
	})
	switch {
	case err == nil:
		g.last = g.view.Sequence()
	case !errors.Is(err, follow.ErrBatchFull):
		return err
	}
	if err := g.addMasked(ctx); err != nil {
		return err
	}
	for _, id := range fresh {
		if err := ctx.Err(); err != nil {
			return err
		}
		g.addBlock(id)
	}
	return g.view.DroppedAfter(g.seq, func(seq uint64, ids []block.ID) error {
		if seq <= g.last {
			g.dropped = append(g.dropped, ids...)
		}
		return nil
	})
}

// addMasked adds the entries that masks have taken from blocks that the dictionary covers, or
// given back to them.
func (g *gatherer) addMasked(ctx context.Context) error {
	g.masksAtSeq, g.masksAtLast = map[block.ID][]byte{}, map[block.ID][]byte{}
	err := g.view.MaskedAfter(g.seq, func(seq uint64, id block.ID, old []byte) error {
		masks := g.masksAtSeq
		if seq > g.last {
			masks = g.masksAtLast
		}
		if _, ok := masks[id]; !ok {
			masks[id] = old
		}
		return nil
	})
	for _, id := range slices.Sorted(maps.Keys(g.masksAtSeq)) {
		if uint64(id) > g.seq || err != nil {
			break
		}
		if _, skip := slices.BinarySearch(g.skip, id); skip {
			continue
		}
		if err = ctx.Err(); err == nil {
			g.addChanged(id, g.masksAtSeq[id])
		}
	}
	return err
}

// parseMaskAtLast reads the mask that a block has at the number last.
func (g *gatherer) parseMaskAtLast(id block.ID, m *store.Mask) error {
	mask, ok := g.masksAtLast[id]
	if !ok {
		var err error
		if mask, err = g.view.MaskOf(id); err != nil {
			return err
		}
	}
	return m.Parse(mask)
}

// addBlock adds all entries of a block.
func (g *gatherer) addBlock(id block.ID) {
	var now store.Mask
	if !g.read(id, func() error { return g.parseMaskAtLast(id, &now) }) {
		return
	}
	at := g.addID(id)
	now.Each(g.block.Len(), func(i int) { g.add(i, at, false) })
}

// addChanged adds the entries of a block that have come or are gone since its mask was old.
func (g *gatherer) addChanged(id block.ID, old []byte) {
	var before, now store.Mask
	masks := func() error { return cmp.Or(before.Parse(old), g.parseMaskAtLast(id, &now)) }
	if !g.read(id, masks) {
		return
	}
	at := g.addID(id)
	for _, i := range minus(now.Entries, before.Entries) {
		g.add(i, at, true)
	}
	for _, i := range minus(before.Entries, now.Entries) {
		g.add(i, at, false)
	}
}

// read reads a block and its masks, and reports whether it has entries: not if it is gone. One
// that cannot be read is noted as unread.
func (g *gatherer) read(id block.ID, masks func() error) bool {
	there, err := g.decode(id)
	if err == nil && there {
		err = masks()
	}
	if err != nil {
		g.unread = append(g.unread, id)
	}
	return err == nil && there
}

// decode reads a block, and reports whether it is there.
func (g *gatherer) decode(id block.ID) (there bool, err error) {
	defer store.Guarded(&err)()
	data, err := g.view.Data(id)
	if err != nil || data == nil {
		return false, err
	}
	return true, g.block.Decode(data)
}

// addID adds the block that was read last to the table, and returns its position.
func (g *gatherer) addID(id block.ID) uint32 {
	g.blocks, g.facts = append(g.blocks, id), append(g.facts, block.FactsOf(&g.block))
	return uint32(len(g.blocks) - 1)
}

// minus returns the numbers in a that are not in b. Both ascend.
func minus(a, b []int) (out []int) {
	for _, n := range a {
		if _, ok := slices.BinarySearch(b, n); !ok {
			out = append(out, n)
		}
	}
	return out
}

// add adds an entry of the block that was read last, which has the position at.
func (g *gatherer) add(i int, at uint32, removed bool) {
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
	r := newRepeatedName(g.names[from:len(g.names):len(g.names)], b.Kinds()[i], b.Sizes()[i])
	g.order = append(g.order, ranked{r.rank(), uint32(len(g.entries))})
	g.entries = append(g.entries, gathered{r, posting{at, removed}})
}

// each calls do with the names of the entries; see nameSeq.
func (g *gatherer) each(ctx context.Context, do func(*repeatedName) error) error {
	slices.SortFunc(g.order, func(a, b ranked) int {
		if a.rank != b.rank {
			return cmp.Compare(a.rank, b.rank)
		}
		x, y := &g.entries[a.at], &g.entries[b.at]
		return cmp.Or(x.compare(&y.repeatedName), cmp.Compare(a.at, b.at))
	})
	var name repeatedName
	for i := 0; i < len(g.order); {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		postings := name.postings[:0]
		name = g.entries[g.order[i].at].repeatedName
		for ; i < len(g.order); i++ {
			e := &g.entries[g.order[i].at]
			if e.compare(&name) != 0 {
				break
			}
			postings = append(postings, e.posting)
		}
		if name.postings = cancelOut(postings); len(name.postings) == 0 {
			continue
		}
		if err := do(&name); err != nil {
			return err
		}
	}
	return nil
}
