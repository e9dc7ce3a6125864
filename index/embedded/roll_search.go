package embedded

import (
	"fmt"
	"slices"

	"trawl/index/match"
)

// rollCall is the roll as a search sees it at its moment. What it cannot tell of, the
// blocks that came since, or whose masks changed, the search looks up in the postings.
type rollCall struct {
	*rollState

	dead  []bitset    // of each part, with what is dead since the state
	first []uint32    // of each part, the number of its first name among all; and how many there are
	fresh []blockID   // what it cannot tell of, ascending, besides all after seq
	found []nameBlock // those that may hold what matches

	open     nameBlock // of blocksOf
	reader   block
	rosters  rosters
	room     []byte
	mentions []mention
}

// nameBlock is a block of names.
type nameBlock struct{ part, at int }

// tells reports whether the roll can tell what matches a plan. It knows nothing of
// directories, hosts and times, and so not how many results there are of each facet.
func (s *rollState) tells(plan *match.Plan) bool { return len(s.parts) > 0 && plan.ByNames() }

// call returns the roll as a view sees it, or nil if it is of no use for a plan. places
// are the hosts that there are.
func (s *rollState) call(v *view, places map[hostNo]int, plan *match.Plan) (*rollCall, error) {
	if !s.tells(plan) || plan.Facets() {
		return nil, nil
	}
	c := &rollCall{rollState: s, open: nameBlock{-1, -1}}
	c.once.Do(c.number)
	if err := c.findDead(v, places); err != nil {
		return nil, err
	}
	return c, c.seek(plan.Candidates())
}

// number gives each block that a part covers a position: those of a part follow those of
// the part before. One that several parts cover, since its mask has changed, has that of
// the first.
func (s *rollState) number() {
	n := uint32(0)
	for i, p := range s.parts {
		s.base, n = append(s.base, n), n+uint32(len(p.blocks))
		same := map[uint32]uint32{}
		for k, id := range p.blocks {
			for j := range i {
				known := s.parts[j].blocks
				if id > known[len(known)-1] {
					continue
				}
				if at, ok := slices.BinarySearch(known, id); ok {
					same[uint32(k)] = s.base[j] + uint32(at)
					break
				}
			}
		}
		s.same = append(s.same, same)
	}
	s.base = append(s.base, n)
}

// position returns the position of a block of a part.
func (s *rollState) position(part int, block uint32) uint32 {
	if at, ok := s.same[part][block]; ok {
		return at
	}
	return s.base[part] + block
}

// blocks returns how many positions of blocks there are.
func (s *rollState) blocks() uint32 { return s.base[len(s.parts)] }

// block returns the block at a position, and what is known of it.
func (s *rollState) block(at uint32) (blockID, blockFacts) {
	i := len(s.parts) - 1
	for s.base[i] > at {
		i--
	}
	p := &s.parts[i]
	return p.blocks[at-s.base[i]], p.facts[at-s.base[i]]
}

// findDead finds what is dead in a view, and what the roll cannot tell of.
func (c *rollCall) findDead(v *view, places map[hostNo]int) error {
	gone, err := c.since(v)
	if err != nil {
		return fmt.Errorf("read the store: %w", err)
	}
	n := uint32(0)
	for i := range c.parts {
		p := &c.parts[i]
		c.dead = append(c.dead, p.without(gone, places))
		c.first = append(c.first, n)
		n += uint32(p.len() * p.size)
	}
	c.first = append(c.first, n)
	return nil
}

// since returns the blocks that are not as the roll knows them any more, and sets fresh.
func (c *rollCall) since(v *view) (gone []blockID, err error) {
	if v.sequence() == c.seq {
		return nil, nil
	}
	err = v.droppedAfter(c.seq, func(_ uint64, ids []blockID) error {
		gone = append(gone, ids...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = v.maskedAfter(c.seq, func(_ uint64, id blockID, _ []byte) error {
		c.fresh = append(c.fresh, id)
		return nil
	})
	c.fresh = union(nil, c.fresh)
	return append(gone, c.fresh...), err
}

// without returns what is dead once some blocks are, and those of hosts that are being
// removed.
func (p *part) without(gone []blockID, places map[hostNo]int) bitset {
	dead := p.dead
	if len(gone) > 0 {
		dead = slices.Clone(dead)
	}
	for _, id := range gone {
		if i, ok := slices.BinarySearch(p.blocks, id); ok {
			dead = dead.with(i, len(p.blocks))
		}
	}
	stranger := func(no hostNo) bool { _, ok := places[no]; return !ok }
	if !slices.ContainsFunc(p.of, stranger) {
		return dead
	}
	dead = slices.Clone(dead)
	for i := range p.blocks {
		if stranger(p.facts[i].host) {
			dead = dead.with(i, len(p.blocks))
		}
	}
	return dead
}

// seek finds the blocks of names that may hold what meets a condition.
func (c *rollCall) seek(cand match.Candidate) (err error) {
	defer func() {
		if r := recover(); r != nil { // zap does not prove what it reads
			err = fmt.Errorf("%w: %v", errVolume, r)
		}
	}()
	for i, p := range c.parts {
		for k, grams := range p.grams {
			found, err := newNamesLookup(grams).eval(cand)
			if err != nil {
				return p.damaged(err)
			}
			first, n := k*gramsBlocks, int(grams.Count())
			if found.some == nil {
				for at := range n {
					c.found = append(c.found, nameBlock{i, first + at})
				}
				continue
			}
			for it := found.some.Iterator(); it.HasNext(); {
				c.found = append(c.found, nameBlock{i, first + min(int(it.Next()), n-1)})
			}
		}
	}
	return nil
}

// left returns which of the blocks that the postings tell of the roll cannot tell of.
func (c *rollCall) left(ids []blockID) []blockID {
	return slices.DeleteFunc(ids, func(id blockID) bool {
		_, fresh := slices.BinarySearch(c.fresh, id)
		return uint64(id) <= c.seq && !fresh
	})
}

// whole reports whether the roll tells of all there is in a view.
func (c *rollCall) whole(v *view) bool { return v.sequence() == c.seq }

// names returns how many names there may be: their numbers are less.
func (c *rollCall) names() uint32 { return c.first[len(c.first)-1] }

// blocksOf calls do with the positions of the blocks in which the name of a number stands.
// It is quickest for rising numbers.
func (c *rollCall) blocksOf(name uint32, do func(block uint32)) error {
	i := len(c.parts) - 1
	for c.first[i] > name {
		i--
	}
	p := &c.parts[i]
	n := int(name - c.first[i])
	b, n := nameBlock{i, n / p.size}, n%p.size
	if b != c.open || n < c.rosters.next {
		err := c.reader.decodeHead(p.data(b.at))
		if err == nil {
			c.rosters, err = p.openRosters(&c.reader, &c.room)
		}
		if err != nil {
			return p.damaged(err)
		}
		c.open = b
	}
	var err error
	if c.mentions, err = c.rosters.of(n, c.mentions[:0]); err != nil {
		return p.damaged(err)
	}
	for _, m := range c.mentions {
		if !m.takes && !c.dead[i].has(m.block) {
			do(c.position(i, m.block))
		}
	}
	return nil
}

// len returns how many blocks of names may hold what matches, and data one of them.
func (c *rollCall) len() int { return len(c.found) }

func (c *rollCall) data(where int) []byte {
	in := c.found[where]
	return c.parts[in.part].data(in.at)
}

// firstName returns the number of the first name of a block of names.
func (c *rollCall) firstName(where int) uint32 {
	in := c.found[where]
	return c.first[in.part] + uint32(in.at*c.parts[in.part].size)
}

// damagedAt returns the error of a block of names that cannot be read.
func (c *rollCall) damagedAt(where int, err error) error {
	return c.parts[c.found[where].part].damaged(err)
}

// placeCounter counts the places of names, for one goroutine.
type placeCounter struct {
	roll *rollCall

	part     int
	block    *block
	rosters  rosters
	opened   bool // rosters are those of the block
	room     []byte
	mentions []mention
}

// counter returns a placeCounter.
func (c *rollCall) counter() placeCounter { return placeCounter{roll: c} }

// begin starts on a block of names, of which names and numbers are decoded.
func (c *placeCounter) begin(where int, b *block) {
	c.part, c.block, c.opened = c.roll.found[where].part, b, false
}

// places returns in how many places a name stands, one behind those before.
func (c *placeCounter) places(entry int) (n int, err error) {
	dead := c.roll.dead[c.part]
	if dead == nil {
		return c.block.placesOf(entry)
	}
	if !c.opened {
		if c.rosters, err = c.roll.parts[c.part].openRosters(c.block, &c.room); err != nil {
			return 0, err
		}
		c.opened = true
	}
	if c.mentions, err = c.rosters.of(entry, c.mentions[:0]); err != nil {
		return 0, err
	}
	return balance(slices.DeleteFunc(c.mentions, func(m mention) bool { return dead.has(m.block) })), nil
}
