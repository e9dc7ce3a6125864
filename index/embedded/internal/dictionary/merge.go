package dictionary

import (
	"cmp"
	"container/heap"
	"context"
	"slices"

	"trawl/index/embedded/internal/block"
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
	blocks []block.ID
	facts  []block.Facts
	at     [][]uint32 // for each volume, where its blocks are in blocks; of no use for dead ones
}

// layOut puts them in the order of their numbers.
func layOut(parts []part) *layout {
	type one struct {
		id block.ID
		block.Facts
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
	l := &layout{blocks: make([]block.ID, len(all)), facts: make([]block.Facts, len(all))}
	for i, o := range all {
		l.blocks[i], l.facts[i] = o.id, o.Facts
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
func (m *merging) each(ctx context.Context, do func(*repeated) error) error {
	if err := m.start(); err != nil {
		return err
	}
	var t repeated
	for n := 0; len(m.readers) > 0; n++ {
		if n&0xfff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := m.take(&t); err != nil {
			return err
		}
		if len(t.postings) == 0 {
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
func (m *merging) take(t *repeated) error {
	first := &m.readers[0].now
	room := t.postings[:0]
	*t = newRepeated(append(t.name[:0], first.name...), first.kind, first.size)
	t.postings = room
	n := 0
	for len(m.readers) > 0 && m.readers[0].now.compare(t) == 0 {
		t.postings = append(t.postings, m.readers[0].now.postings...)
		n++
		if err := m.next(); err != nil {
			return err
		}
	}
	if n > 1 {
		slices.SortFunc(t.postings, func(a, b posting) int { return cmp.Compare(a.block, b.block) })
		t.postings = cancel(t.postings)
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

	now  repeated
	rank uint64 // of now

	at      int // the block of names that comes next
	entry   int // the name in block that comes next
	block   block.Block
	rosters postingsReader
	room    []byte
}

// step goes on to the next name, if there is one. What is dead is not mentioned.
func (r *namesReader) step() (bool, error) {
	for r.entry >= r.block.Len() {
		if r.at >= r.len() {
			return false, nil
		}
		if err := r.Open(r.data(r.at)); err != nil {
			return false, r.damaged(err)
		}
		r.at++
	}
	b, i := &r.block, r.entry
	r.entry++
	all, err := r.rosters.read(i, r.now.postings[:0])
	if err != nil {
		return false, r.damaged(err)
	}
	r.now = newRepeated(b.Name(i), b.Kinds()[i], b.Sizes()[i])
	r.rank = r.now.rank()
	r.now.postings = all[:0]
	for _, m := range all {
		if !r.dead.has(m.block) {
			r.now.postings = append(r.now.postings, posting{r.to[m.block], m.removed})
		}
	}
	return true, nil
}

// Open decodes a block of names.
func (r *namesReader) Open(data []byte) (err error) {
	b := &r.block
	if err := b.ReadNames(data); err != nil {
		return err
	}
	if err := b.DecodeSizes(); err != nil {
		return err
	}
	r.entry = 0
	r.rosters, err = r.openPostings(b, &r.room)
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
