package dictionary

import (
	"slices"

	"trawl/index/embedded/internal/block"
	"trawl/index/embedded/internal/store"
)

// State is the dictionary at one moment. It does not change, except that positions are
// computed by the first search. The zero State is that of no dictionary.
type State struct {
	kept   bool     // there is a dictionary; else there is a sample
	seq    uint64   // it covers all changes of the store up to this number
	missed uint64   // and those up to this one that the store had forgotten (store.View.Forgotten)
	sample []uint32 // hashes of names, ascending
	parts  []part
	dead   []block.ID // dead blocks that a volume holds, ascending
	unread []block.ID // blocks up to seq that could not be read, and are not covered, ascending

	positions positions
}

// part is a volume and its dead blocks.
type part struct {
	*volume

	dead bitset // by positions in volume.blocks; nil is none
}

// continues reports whether a view has all changes since the state: not if it is of another
// catalogue, or from a backup.
func (s *State) continues(v *store.View) bool {
	return s.seq <= v.Sequence() && (len(s.parts) == 0 || max(s.seq, s.missed) >= v.Forgotten())
}

// Release ends one use of the state.
func (s *State) Release() {
	for _, p := range s.parts {
		p.release()
	}
}

// awaits returns the number after which the dictionary needs all changes of the store.
func (s *State) awaits() uint64 {
	if !s.kept {
		return store.NotFollowing
	}
	return s.seq
}

// after returns the state with what was gathered after it, but for its names. A block that could
// not be read is dead in all volumes, and is not covered until it is dropped.
func (s *State) after(g *gatherer) *State {
	unread := union(s.unread, g.unread)
	return &State{
		kept: true, seq: g.last, missed: g.missed, parts: slices.Clone(s.parts), dead: union(s.dead, append(g.dropped, unread...)),
		unread: slices.DeleteFunc(unread, func(id block.ID) bool { return slices.Contains(g.dropped, id) }),
	}
}

// has reports whether a volume is part of the state.
func (s *State) has(v *volume) bool {
	return slices.ContainsFunc(s.parts, func(p part) bool { return p.volume == v })
}

// markDead marks dead blocks in the parts, and removes from dead those that no part holds.
func (s *State) markDead() {
	held := make([]bool, len(s.dead))
	for i := range s.parts {
		p := &s.parts[i]
		p.dead = nil
		for k, id := range s.dead {
			if at, ok := slices.BinarySearch(p.blocks, id); ok {
				p.dead = p.dead.with(at, len(p.blocks))
				held[k] = true
			}
		}
	}
	at := -1
	s.dead = slices.DeleteFunc(slices.Clone(s.dead), func(block.ID) bool {
		at++
		return !held[at]
	})
}

// union returns the blocks in a or b, ascending.
func union(a, b []block.ID) []block.ID {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}
