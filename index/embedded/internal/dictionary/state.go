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
	sample []uint32 // hashes of names, ascending
	parts  []part
	dead   []block.ID // dead blocks that a volume holds, ascending

	positions positions
}

// part is a volume and its dead blocks.
type part struct {
	*volume

	dead bitset // by positions in volume.blocks; nil is none
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
