package dictionary

import (
	"fmt"
	"runtime/debug"
	"slices"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/postings"
	"trawl/index/embedded/internal/store"
	"trawl/index/match"
)

// Reader is the dictionary as one search sees it. It does not cover the blocks that came, or
// whose masks changed, since its state: the search looks these up in the postings. One
// goroutine uses its methods at a time.
type Reader struct {
	state *State

	dead      []bitset    // by part: its dead blocks, with those that are dead since the state
	first     []uint32    // by part: the number of its first name; at the end how many numbers there are
	remasked  []block.ID  // blocks whose masks changed since the state, ascending
	found     []nameBlock // those that may hold what matches
	firsts    int         // so many of them may hold names that are the words of the query
	lastNames namesCursor // of BlocksOf
}

// nameBlock is a block of names, by its part and its position there.
type nameBlock struct{ part, at int }

// namesCursor is a block of names of which BlocksOf has read some postings.
type namesCursor struct {
	in       nameBlock
	block    block.Block
	reader   postingsReader
	room     []byte    // memory for reader
	postings []posting // memory for those of a name
}

// Answers reports whether the dictionary can find what matches a plan. It knows nothing of
// directories, hosts and times, and thus cannot count facets either.
func (s *State) Answers(plan *match.Plan) bool { return len(s.parts) > 0 && plan.ByNames() }

// Open returns the dictionary as a view of the store sees it, or nil if it cannot answer a
// plan. places has the hosts of the view.
func (s *State) Open(v *store.View, places map[block.HostNo]int, plan *match.Plan) (*Reader, error) {
	if !s.Answers(plan) || plan.Facets() {
		return nil, nil
	}
	s.positions.compute(s.parts)
	r := &Reader{state: s, lastNames: namesCursor{in: nameBlock{-1, -1}}}
	if err := r.findDead(v, places); err != nil {
		return nil, err
	}
	if err := r.seek(plan.Candidates(), func(at nameBlock) { r.found = append(r.found, at) }); err != nil {
		return nil, err
	}
	return r, r.putFirst(plan.Exact())
}

// putFirst puts the blocks of names that may hold what meets a condition before the others that were
// found.
func (r *Reader) putFirst(c match.Candidate) error {
	first := map[nameBlock]bool{}
	if err := r.seek(c, func(at nameBlock) { first[at] = true }); err != nil || len(first) == 0 {
		return err
	}
	rest := make([]nameBlock, 0, len(r.found))
	r.firsts = 0
	for _, at := range r.found {
		if first[at] {
			r.found[r.firsts] = at
			r.firsts++
		} else {
			rest = append(rest, at)
		}
	}
	copy(r.found[r.firsts:], rest)
	return nil
}

// First returns how many of the blocks of names come first since they may hold names that are the
// words of the query.
func (r *Reader) First() int { return r.firsts }

// Positions returns the number of positions of blocks: see BlocksOf and BlockAt.
func (r *Reader) Positions() uint32 { return r.state.positions.count() }

// BlockAt returns the block at a position, and its facts.
func (r *Reader) BlockAt(position uint32) (block.ID, block.Facts) {
	part, at := r.state.positions.at(position)
	p := &r.state.parts[part]
	return p.blocks[at], p.facts[at]
}

// findDead finds the blocks that are dead in a view, and numbers the names.
func (r *Reader) findDead(v *store.View, places map[block.HostNo]int) error {
	gone, err := r.changed(v)
	if err != nil {
		return fmt.Errorf("read the store: %w", err)
	}
	n := uint32(0)
	for i := range r.state.parts {
		p := &r.state.parts[i]
		r.dead = append(r.dead, p.deadWith(gone, places))
		r.first = append(r.first, n)
		n += uint32(p.len() * p.size)
	}
	r.first = append(r.first, n)
	return nil
}

// changed returns the blocks that were dropped, or whose masks changed, since the state. It
// sets remasked.
func (r *Reader) changed(v *store.View) (gone []block.ID, err error) {
	if v.Sequence() == r.state.seq {
		return nil, nil
	}
	err = v.DroppedAfter(r.state.seq, func(_ uint64, ids []block.ID) error {
		gone = append(gone, ids...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = v.MaskedAfter(r.state.seq, func(_ uint64, id block.ID, _ []byte) error {
		r.remasked = append(r.remasked, id)
		return nil
	})
	r.remasked = union(nil, r.remasked)
	return append(gone, r.remasked...), err
}

// deadWith returns the dead blocks of the part, with those in gone and those of hosts that
// are being removed, which places lacks.
func (p *part) deadWith(gone []block.ID, places map[block.HostNo]int) bitset {
	dead := p.dead
	if len(gone) > 0 {
		dead = slices.Clone(dead)
	}
	for _, id := range gone {
		if i, ok := slices.BinarySearch(p.blocks, id); ok {
			dead = dead.with(i, len(p.blocks))
		}
	}
	removed := func(no block.HostNo) bool { _, ok := places[no]; return !ok }
	if !slices.ContainsFunc(p.hosts, removed) {
		return dead
	}
	dead = slices.Clone(dead)
	for i := range p.blocks {
		if removed(p.facts[i].Host) {
			dead = dead.with(i, len(p.blocks))
		}
	}
	return dead
}

// seek calls found with the blocks of names that may hold what meets a condition.
func (r *Reader) seek(c match.Candidate, found func(nameBlock)) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if failure := recover(); failure != nil { // zap does not verify what it reads
			err = fmt.Errorf("%w: %v", ErrDamaged, failure)
		}
	}()
	for i, p := range r.state.parts {
		for k, grams := range p.grams {
			docs, err := postings.NewNamesLookup(grams).Eval(c)
			if err != nil {
				return p.damaged(err)
			}
			first, n := k*gramsBlocks, int(grams.Count())
			if docs.Some == nil {
				for at := range n {
					found(nameBlock{i, first + at})
				}
				continue
			}
			for it := docs.Some.Iterator(); it.HasNext(); {
				found(nameBlock{i, first + min(int(it.Next()), n-1)})
			}
		}
	}
	return nil
}

// Uncovered returns those of ids that the dictionary does not cover. It reuses their memory.
func (r *Reader) Uncovered(ids []block.ID) []block.ID {
	return slices.DeleteFunc(ids, func(id block.ID) bool {
		_, remasked := slices.BinarySearch(r.remasked, id)
		_, unread := slices.BinarySearch(r.state.unread, id)
		return uint64(id) <= r.state.seq && !remasked && !unread
	})
}

// CoversAll reports whether the dictionary covers all blocks of a view.
func (r *Reader) CoversAll(v *store.View) bool {
	return v.Sequence() == r.state.seq && len(r.state.unread) == 0
}

// Names returns a number that is greater than those of all names.
func (r *Reader) Names() uint32 { return r.first[len(r.first)-1] }

// BlocksOf calls do with the positions of the blocks that hold the name of a number, once for each place, and once more for
// each place that is gone. It is fastest for ascending numbers.
func (r *Reader) BlocksOf(name uint32, do func(position uint32, gone bool)) (err error) {
	defer Guarded(&err)()
	i := len(r.state.parts) - 1
	for r.first[i] > name {
		i--
	}
	p, c := &r.state.parts[i], &r.lastNames
	n := int(name - r.first[i])
	in, n := nameBlock{i, n / p.size}, n%p.size
	if in != c.in || n < c.reader.next {
		if err = p.decodeHead(in.at, &c.block); err == nil {
			c.reader, err = p.openPostings(&c.block, &c.room)
		}
		if err != nil {
			return p.damaged(err)
		}
		c.in = in
	}
	if c.postings, err = c.reader.read(n, c.postings[:0]); err != nil {
		return p.damaged(err)
	}
	for _, posting := range c.postings {
		if !r.dead[i].has(posting.block) {
			do(r.state.positions.of(i, posting.block), posting.removed)
		}
	}
	return nil
}

// Len returns the number of blocks of names that may hold what matches.
func (r *Reader) Len() int { return len(r.found) }

// Data returns one of the blocks of names that may hold what matches, which is to be read by
// DecodeHead.
func (r *Reader) Data(where int) []byte {
	in := r.found[where]
	return r.state.parts[in.part].data(in.at)
}

// DecodeHead reads the head of one of the blocks of names that may hold what matches. The caller
// defers Guarded.
func (r *Reader) DecodeHead(where int, b *block.Block) error {
	in := r.found[where]
	return r.state.parts[in.part].decodeHead(in.at, b)
}

// FirstName returns the number of the first name of a block of names.
func (r *Reader) FirstName(where int) uint32 {
	in := r.found[where]
	return r.first[in.part] + uint32(in.at*r.state.parts[in.part].size)
}

// DamagedAt returns the error of a block of names that cannot be read.
func (r *Reader) DamagedAt(where int, err error) error {
	return r.state.parts[r.found[where].part].damaged(err)
}

// PlaceCounter counts the places of names. One goroutine uses it.
type PlaceCounter struct {
	names *Reader

	part     int
	block    *block.Block
	reader   postingsReader
	opened   bool      // reader is that of block
	room     []byte    // memory for reader
	postings []posting // memory for those of a name
}

// Counter returns a PlaceCounter.
func (r *Reader) Counter() PlaceCounter { return PlaceCounter{names: r} }

// Begin starts with a block of names, of which names and numbers are decoded.
func (c *PlaceCounter) Begin(where int, b *block.Block) {
	c.part, c.block, c.opened = c.names.found[where].part, b, false
}

// Places returns the number of places of a name. Names ascend from call to call.
func (c *PlaceCounter) Places(entry int) (n int, err error) {
	dead := c.names.dead[c.part]
	if dead == nil {
		return c.block.PlacesOf(entry)
	}
	if !c.opened {
		if c.reader, err = c.names.state.parts[c.part].openPostings(c.block, &c.room); err != nil {
			return 0, err
		}
		c.opened = true
	}
	if c.postings, err = c.reader.read(entry, c.postings[:0]); err != nil {
		return 0, err
	}
	return countPlaces(slices.DeleteFunc(c.postings, func(p posting) bool { return dead.has(p.block) })), nil
}
