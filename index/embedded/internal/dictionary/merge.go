package dictionary

import (
	"cmp"
	"container/heap"
	"context"
	"slices"

	"trawl/index/embedded/internal/block"
)

const (
	// manyVolumes is the largest number of volumes while more blocks keep coming. When it
	// is exceeded the mergeVolumes smallest volumes become one.
	manyVolumes  = 12
	mergeVolumes = 8

	// growth is how many times larger a volume is than all smaller ones together once no
	// more blocks come.
	growth = 3
)

// mergeDue merges volumes until no merge is due; more means that more blocks will come soon.
func (d *Dictionary) mergeDue(ctx context.Context, more bool) error {
	for {
		positions := toMerge(d.state.parts, more)
		if len(positions) == 0 {
			return nil
		}
		if err := d.merge(ctx, positions); err != nil {
			return err
		}
	}
}

// merge makes one volume of the parts at some positions.
func (d *Dictionary) merge(ctx context.Context, positions []int) error {
	next := &State{kept: true, seq: d.state.seq, missed: d.state.missed, dead: d.state.dead, unread: d.state.unread}
	var merged []part
	for i, p := range d.state.parts {
		if slices.Contains(positions, i) {
			merged = append(merged, p)
		} else {
			next.parts = append(next.parts, p)
		}
	}
	m := newMerger(merged)
	fresh, err := d.files.write(ctx, d.size, m.table.blocks, m.table.facts, m.each)
	if err != nil {
		return err
	}
	return d.installWith(ctx, next, fresh)
}

// toMerge returns the positions of the parts that are to become one, the smallest first.
func toMerge(parts []part, more bool) []int {
	order := make([]int, len(parts))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return parts[a].names - parts[b].names })
	if more {
		if len(parts) <= manyVolumes {
			return nil
		}
		return order[:mergeVolumes]
	}
	n, sum := 0, 0
	for i, at := range order {
		p := parts[at]
		if i > 0 && p.names < growth*sum || p.dead.count()*4 > len(p.blocks) {
			n = i + 1
		}
		sum += p.names
	}
	return order[:n]
}

// merger merges the names of several volumes.
type merger struct {
	table   *blockTable
	readers namesHeap
}

// newMerger returns a merger of parts.
func newMerger(parts []part) *merger {
	m := &merger{table: newBlockTable(parts)}
	for i, p := range parts {
		m.readers = append(m.readers, &namesReader{part: p, to: m.table.at[i]})
	}
	return m
}

// blockTable is the table of the blocks that a merged volume covers.
type blockTable struct {
	blocks []block.ID // ascending
	facts  []block.Facts
	at     [][]uint32 // by part and position there: the position in blocks; undefined for dead blocks
}

// newBlockTable makes the table of the blocks of parts, without dead ones.
func newBlockTable(parts []part) *blockTable {
	type row struct {
		id block.ID
		block.Facts
	}
	var all []row
	for _, p := range parts {
		for i, id := range p.blocks {
			if !p.dead.has(uint32(i)) {
				all = append(all, row{id, p.facts[i]})
			}
		}
	}
	if len(parts) > 1 {
		slices.SortFunc(all, func(a, b row) int { return cmp.Compare(a.id, b.id) })
		all = slices.CompactFunc(all, func(a, b row) bool { return a.id == b.id })
	}
	t := &blockTable{blocks: make([]block.ID, len(all)), facts: make([]block.Facts, len(all))}
	for i, r := range all {
		t.blocks[i], t.facts[i] = r.id, r.Facts
	}
	for _, p := range parts {
		at, k := make([]uint32, len(p.blocks)), 0
		for i, id := range p.blocks {
			for k < len(t.blocks) && t.blocks[k] < id {
				k++
			}
			at[i] = uint32(k)
		}
		t.at = append(t.at, at)
	}
	return t
}

// each calls do with the merged names; see nameSeq.
func (m *merger) each(ctx context.Context, do func(*repeatedName) error) error {
	if err := m.start(); err != nil {
		return err
	}
	var name repeatedName
	for n := 0; len(m.readers) > 0; n++ {
		if n&0xfff == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := m.read(&name); err != nil {
			return err
		}
		if len(name.postings) == 0 {
			continue
		}
		if err := do(&name); err != nil {
			return err
		}
	}
	return nil
}

// start advances each reader to its first name, and leaves out readers without names.
func (m *merger) start() error {
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

// read sets name to the next name, with the postings of all readers that have it. It reuses
// the memory of name.
func (m *merger) read(name *repeatedName) error {
	first := &m.readers[0].now
	postings := name.postings[:0]
	*name = newRepeatedName(append(name.name[:0], first.name...), first.kind, first.size)
	name.postings = postings
	n := 0
	for len(m.readers) > 0 && m.readers[0].now.compare(name) == 0 {
		name.postings = append(name.postings, m.readers[0].now.postings...)
		n++
		if err := m.next(); err != nil {
			return err
		}
	}
	if n > 1 {
		slices.SortFunc(name.postings, func(a, b posting) int { return cmp.Compare(a.block, b.block) })
		name.postings = cancelOut(name.postings)
	}
	return nil
}

// next advances the first reader, and removes it after its last name.
func (m *merger) next() error {
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

// namesReader reads the names of a part, in order.
type namesReader struct {
	part
	to []uint32 // by position in the part: the position of a block in the merged table

	now  repeatedName
	rank uint64 // of now

	at       int // the block of names that comes next
	entry    int // the name in block that comes next
	block    block.Block
	postings postingsReader // of block
	room     []byte         // memory for postings
}

// step advances to the next name, and reports whether there is one. It leaves out postings of
// dead blocks.
func (r *namesReader) step() (bool, error) {
	for r.entry >= r.block.Len() {
		if r.at >= r.len() {
			return false, nil
		}
		if err := r.open(r.at); err != nil {
			return false, r.damaged(err)
		}
		r.at++
	}
	b, i := &r.block, r.entry
	r.entry++
	all, err := r.postings.read(i, r.now.postings[:0])
	if err != nil {
		return false, r.damaged(err)
	}
	r.now = newRepeatedName(b.Name(i), b.Kinds()[i], b.Sizes()[i])
	r.rank = r.now.rank()
	r.now.postings = all[:0]
	for _, p := range all {
		if !r.dead.has(p.block) {
			r.now.postings = append(r.now.postings, posting{r.to[p.block], p.removed})
		}
	}
	return true, nil
}

// open decodes a block of names.
func (r *namesReader) open(at int) (err error) {
	b := &r.block
	if err := r.decodeHead(at, b); err != nil {
		return err
	}
	if err := b.DecodeNames(); err != nil {
		return err
	}
	if err := b.SplitNames(); err != nil {
		return err
	}
	if err := b.DecodeSizes(); err != nil {
		return err
	}
	r.entry = 0
	r.postings, err = r.openPostings(b, &r.room)
	return err
}

// namesHeap is a heap (container/heap) with the reader of the first name first.
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
