package embedded

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
)

// merging makes the names of several volumes one volume's.
type merging struct {
	*layout

	readers namesHeap
}

// newMerging merges some volumes.
func newMerging(parts []part) *merging {
	m := &merging{layout: layOut(parts)}
	for i, p := range parts {
		m.readers = append(m.readers, &namesReader{part: p, to: m.at[i]})
	}
	return m
}

// layout puts the blocks that volumes cover, without the dead, in one order.
type layout struct {
	blocks []blockID
	facts  []blockFacts
	at     [][]uint32 // for each volume, where its blocks are in blocks; of no use for dead ones
}

// layOut puts them in the order of their numbers.
func layOut(parts []part) *layout {
	type one struct {
		id blockID
		blockFacts
	}
	var all []one
	for _, p := range parts {
		for i, id := range p.blocks {
			if !p.dead.has(uint32(i)) {
				all = append(all, one{id, p.facts[i]})
			}
		}
	}
	if len(parts) > 1 {
		slices.SortFunc(all, func(a, b one) int { return cmp.Compare(a.id, b.id) })
		all = slices.CompactFunc(all, func(a, b one) bool { return a.id == b.id })
	}
	l := &layout{blocks: make([]blockID, len(all)), facts: make([]blockFacts, len(all))}
	for i, o := range all {
		l.blocks[i], l.facts[i] = o.id, o.blockFacts
	}
	for _, p := range parts {
		at, k := make([]uint32, len(p.blocks)), 0
		for i, id := range p.blocks {
			for k < len(l.blocks) && l.blocks[k] < id {
				k++
			}
			at[i] = uint32(k)
		}
		l.at = append(l.at, at)
	}
	return l
}

// each calls do with the names, in order.
func (m *merging) each(ctx context.Context, do func(*rolled) error) error {
	if err := m.start(); err != nil {
		return err
	}
	var t rolled
	for n := 0; len(m.readers) > 0; n++ {
		if n&0xfff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := m.take(&t); err != nil {
			return err
		}
		if len(t.mentions) == 0 {
			continue
		}
		if err := do(&t); err != nil {
			return err
		}
	}
	return nil
}

// start goes to the first name of each reader.
func (m *merging) start() error {
	some := m.readers[:0]
	for _, r := range m.readers {
		more, err := r.step()
		if err != nil {
			return err
		}
		if more {
			some = append(some, r)
		}
	}
	m.readers = some
	heap.Init(&m.readers)
	return nil
}

// take sets t to the next name, with what all readers say of it.
func (m *merging) take(t *rolled) error {
	first := &m.readers[0].now
	room := t.mentions[:0]
	*t = newRolled(append(t.name[:0], first.name...), first.kind, first.size)
	t.mentions = room
	n := 0
	for len(m.readers) > 0 && m.readers[0].now.compare(t) == 0 {
		t.mentions = append(t.mentions, m.readers[0].now.mentions...)
		n++
		if err := m.next(); err != nil {
			return err
		}
	}
	if n > 1 {
		slices.SortFunc(t.mentions, func(a, b mention) int { return cmp.Compare(a.block, b.block) })
		t.mentions = settleMentions(t.mentions)
	}
	return nil
}

// next goes on with the reader that was first.
func (m *merging) next() error {
	more, err := m.readers[0].step()
	switch {
	case err != nil:
		return err
	case more:
		heap.Fix(&m.readers, 0)
	default:
		heap.Pop(&m.readers)
	}
	return nil
}

// namesReader reads the names of a volume, in order.
type namesReader struct {
	part
	to []uint32 // where its blocks are among those of the merge

	now  rolled
	rank uint64 // of now

	at      int // the block of names that comes next
	entry   int // the name in block that comes next
	block   block
	rosters rosters
	room    []byte
}

// step goes on to the next name, if there is one. What is dead is not mentioned.
func (r *namesReader) step() (bool, error) {
	for r.entry >= r.block.len() {
		if r.at >= r.len() {
			return false, nil
		}
		if err := r.open(r.data(r.at)); err != nil {
			return false, r.damaged(err)
		}
		r.at++
	}
	b, i := &r.block, r.entry
	r.entry++
	all, err := r.rosters.of(i, r.now.mentions[:0])
	if err != nil {
		return false, r.damaged(err)
	}
	r.now = newRolled(b.name(i), b.kind[i], b.size[i])
	r.rank = r.now.rank()
	r.now.mentions = all[:0]
	for _, m := range all {
		if !r.dead.has(m.block) {
			r.now.mentions = append(r.now.mentions, mention{r.to[m.block], m.takes})
		}
	}
	return true, nil
}

// open decodes a block of names.
func (r *namesReader) open(data []byte) (err error) {
	b := &r.block
	if err := b.readNames(data); err != nil {
		return err
	}
	if err := b.decodeSizes(); err != nil {
		return err
	}
	r.entry = 0
	r.rosters, err = r.openRosters(b, &r.room)
	return err
}

// namesHeap has the reader of the first name first.
type namesHeap []*namesReader

func (h namesHeap) Len() int      { return len(h) }
func (h namesHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h namesHeap) Less(i, j int) bool {
	a, b := h[i], h[j]
	if a.rank != b.rank {
		return a.rank < b.rank
	}
	return a.now.compare(&b.now) < 0
}
func (h *namesHeap) Push(x any) { *h = append(*h, x.(*namesReader)) }
func (h *namesHeap) Pop() any {
	last := len(*h) - 1
	r := (*h)[last]
	*h = (*h)[:last]
	return r
}
