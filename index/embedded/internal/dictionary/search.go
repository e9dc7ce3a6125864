package dictionary

import (
	"fmt"
	"slices"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/postings"
	"trawl/index/embedded/internal/store"
	"trawl/index/match"
)

// Reader is the roll as a search sees it at its moment. What it cannot tell of, the
// blocks that came since, or whose masks changed, the search looks up in the postings.
type Reader struct {
	*State

	dead  []bitset    // of each part, with what is dead since the state
	first []uint32    // of each part, the number of its first name among all; and how many there are
	fresh []block.ID  // what it cannot tell of, ascending, besides all after seq
	found []nameBlock // those that may hold what matches

	open     nameBlock // of blocksOf
	reader   block.Block
	reader2  postingsReader
	room     []byte
	postings []posting
}

// nameBlock is a block of names.
type nameBlock struct{ part, at int }

// Answers reports whether the roll can tell what matches a plan. It knows nothing of
// directories, hosts and times, and so not how many results there are of each facet.
func (s *State) Answers(plan *match.Plan) bool { return len(s.parts) > 0 && plan.ByNames() }

// Open returns the roll as a view sees it, or nil if it is of no use for a plan. places
// are the hosts that there are.
func (s *State) Open(v *store.View, places map[block.HostNo]int, plan *match.Plan) (*Reader, error) {
	if !s.Answers(plan) || plan.Facets() {
		return nil, nil
	}
	c := &Reader{State: s, open: nameBlock{-1, -1}}
	c.once.Do(c.number)
	if err := c.findDead(v, places); err != nil {
		return nil, err
	}
	return c, c.seek(plan.Candidates())
}

// number gives each block that a part covers a position: those of a part follow those of
// the part before. One that several parts cover, since its mask has changed, has that of
// the first.
func (s *State) number() {
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
func (s *State) position(part int, block uint32) uint32 {
	if at, ok := s.same[part][block]; ok {
		return at
	}
	return s.base[part] + block
}

// Positions returns how many positions of blocks there are.
func (s *State) Positions() uint32 { return s.base[len(s.parts)] }

// BlockAt returns the block at a position, and what is known of it.
func (s *State) BlockAt(at uint32) (block.ID, block.Facts) {
	i := len(s.parts) - 1
	for s.base[i] > at {
		i--
	}
	p := &s.parts[i]
	return p.blocks[at-s.base[i]], p.facts[at-s.base[i]]
}

// findDead finds what is dead in a view, and what the roll cannot tell of.
func (c *Reader) findDead(v *store.View, places map[block.HostNo]int) error {
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
func (c *Reader) since(v *store.View) (gone []block.ID, err error) {
	if v.Sequence() == c.seq {
		return nil, nil
	}
	err = v.DroppedAfter(c.seq, func(_ uint64, ids []block.ID) error {
		gone = append(gone, ids...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = v.MaskedAfter(c.seq, func(_ uint64, id block.ID, _ []byte) error {
		c.fresh = append(c.fresh, id)
		return nil
	})
	c.fresh = union(nil, c.fresh)
	return append(gone, c.fresh...), err
}

// without returns what is dead once some blocks are, and those of hosts that are being
// removed.
func (p *part) without(gone []block.ID, places map[block.HostNo]int) bitset {
	dead := p.dead
	if len(gone) > 0 {
		dead = slices.Clone(dead)
	}
	for _, id := range gone {
		if i, ok := slices.BinarySearch(p.blocks, id); ok {
			dead = dead.with(i, len(p.blocks))
		}
	}
	stranger := func(no block.HostNo) bool { _, ok := places[no]; return !ok }
	if !slices.ContainsFunc(p.of, stranger) {
		return dead
	}
	dead = slices.Clone(dead)
	for i := range p.blocks {
		if stranger(p.facts[i].Host) {
			dead = dead.with(i, len(p.blocks))
		}
	}
	return dead
}

// seek finds the blocks of names that may hold what meets a condition.
func (c *Reader) seek(cand match.Candidate) (err error) {
	defer func() {
		if r := recover(); r != nil { // zap does not prove what it reads
			err = fmt.Errorf("%w: %v", ErrDamaged, r)
		}
	}()
	for i, p := range c.parts {
		for k, grams := range p.grams {
			found, err := postings.NewNamesLookup(grams).Eval(cand)
			if err != nil {
				return p.damaged(err)
			}
			first, n := k*gramsBlocks, int(grams.Count())
			if found.Some == nil {
				for at := range n {
					c.found = append(c.found, nameBlock{i, first + at})
				}
				continue
			}
			for it := found.Some.Iterator(); it.HasNext(); {
				c.found = append(c.found, nameBlock{i, first + min(int(it.Next()), n-1)})
			}
		}
	}
	return nil
}

// Uncovered returns which of the blocks that the postings tell of the roll cannot tell of.
func (c *Reader) Uncovered(ids []block.ID) []block.ID {
	return slices.DeleteFunc(ids, func(id block.ID) bool {
		_, fresh := slices.BinarySearch(c.fresh, id)
		return uint64(id) <= c.seq && !fresh
	})
}

// CoversAll reports whether the roll tells of all there is in a view.
func (c *Reader) CoversAll(v *store.View) bool { return v.Sequence() == c.seq }

// Names returns how many names there may be: their numbers are less.
func (c *Reader) Names() uint32 { return c.first[len(c.first)-1] }

// BlocksOf calls do with the positions of the blocks in which the name of a number stands.
// It is quickest for rising numbers.
func (c *Reader) BlocksOf(name uint32, do func(block uint32)) error {
	i := len(c.parts) - 1
	for c.first[i] > name {
		i--
	}
	p := &c.parts[i]
	n := int(name - c.first[i])
	b, n := nameBlock{i, n / p.size}, n%p.size
	if b != c.open || n < c.reader2.next {
		err := c.reader.DecodeHead(p.data(b.at))
		if err == nil {
			c.reader2, err = p.openPostings(&c.reader, &c.room)
		}
		if err != nil {
			return p.damaged(err)
		}
		c.open = b
	}
	var err error
	if c.postings, err = c.reader2.read(n, c.postings[:0]); err != nil {
		return p.damaged(err)
	}
	for _, m := range c.postings {
		if !m.removed && !c.dead[i].has(m.block) {
			do(c.position(i, m.block))
		}
	}
	return nil
}

// Len returns how many blocks of names may hold what matches, and data one of them.
func (c *Reader) Len() int { return len(c.found) }

func (c *Reader) Data(where int) []byte {
	in := c.found[where]
	return c.parts[in.part].data(in.at)
}

// FirstName returns the number of the first name of a block of names.
func (c *Reader) FirstName(where int) uint32 {
	in := c.found[where]
	return c.first[in.part] + uint32(in.at*c.parts[in.part].size)
}

// DamagedAt returns the error of a block of names that cannot be read.
func (c *Reader) DamagedAt(where int, err error) error {
	return c.parts[c.found[where].part].damaged(err)
}

// PlaceCounter counts the places of names, for one goroutine.
type PlaceCounter struct {
	roll *Reader

	part     int
	block    *block.Block
	rosters  postingsReader
	opened   bool // rosters are those of the block
	room     []byte
	mentions []posting
}

// Counter returns a placeCounter.
func (c *Reader) Counter() PlaceCounter { return PlaceCounter{roll: c} }

// Begin starts on a block of names, of which names and numbers are decoded.
func (c *PlaceCounter) Begin(where int, b *block.Block) {
	c.part, c.block, c.opened = c.roll.found[where].part, b, false
}

// Places returns in how many places a name stands, one behind those before.
func (c *PlaceCounter) Places(entry int) (n int, err error) {
	dead := c.roll.dead[c.part]
	if dead == nil {
		return c.block.PlacesOf(entry)
	}
	if !c.opened {
		if c.rosters, err = c.roll.parts[c.part].openPostings(c.block, &c.room); err != nil {
			return 0, err
		}
		c.opened = true
	}
	if c.mentions, err = c.rosters.read(entry, c.mentions[:0]); err != nil {
		return 0, err
	}
	return net(slices.DeleteFunc(c.mentions, func(m posting) bool { return dead.has(m.block) })), nil
}
