package dictionary

import (
	"slices"
	"sync"

	"trawl/index/embedded/internal/block"
)

// positions number the blocks of all parts of a state: the blocks of a part follow those of
// the part before. Several parts may hold a block, because its mask has changed; it has its
// position in the first of them.
type positions struct {
	once sync.Once
	base []uint32            // by part: the position of its first block; at the end how many positions there are
	same []map[uint32]uint32 // by part: the positions of its blocks that a part before holds, too
}

// compute computes the positions of the blocks of parts. Only the first call does something.
func (p *positions) compute(parts []part) {
	p.once.Do(func() {
		n := uint32(0)
		for i := range parts {
			p.base, n = append(p.base, n), n+uint32(len(parts[i].blocks))
			p.same = append(p.same, p.inEarlier(parts[:i], parts[i].blocks))
		}
		p.base = append(p.base, n)
	})
}

// inEarlier returns, by position in blocks, the positions of the blocks that earlier parts
// hold.
func (p *positions) inEarlier(earlier []part, blocks []block.ID) map[uint32]uint32 {
	same := map[uint32]uint32{}
	for k, id := range blocks {
		for j := range earlier {
			known := earlier[j].blocks
			if id > known[len(known)-1] {
				continue
			}
			if at, ok := slices.BinarySearch(known, id); ok {
				same[uint32(k)] = p.base[j] + uint32(at)
				break
			}
		}
	}
	return same
}

// of returns the position of a block of a part.
func (p *positions) of(part int, block uint32) uint32 {
	if at, ok := p.same[part][block]; ok {
		return at
	}
	return p.base[part] + block
}

// count returns how many positions there are.
func (p *positions) count() uint32 { return p.base[len(p.base)-1] }

// at returns the part that has a position, and the block's position in that part.
func (p *positions) at(position uint32) (part int, block uint32) {
	part = len(p.base) - 2
	for p.base[part] > position {
		part--
	}
	return part, position - p.base[part]
}
