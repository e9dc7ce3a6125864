// Package hashes remembers millions of 64-bit hashes in as little memory as it can.
package hashes

import (
	"iter"
	"math/bits"
	"slices"
)

// Table is a set of 64-bit hashes without their last two bits, in which each carries
// two marks of its owner instead. It takes some 10 bytes for each, a third of what a map takes while it
// grows. The zero value is empty. Only one goroutine may use it at a time.
type Table struct {
	shards [shards]shard // by the first bits of spread
}

// Marks are the bits of a hash that are marks.
const Marks = 3

// Cost is what a hash takes, in bytes, at most, where there are thousands.
const Cost = 12

// A shard is grown alone, so that what is copied is never much beside the table.
const (
	shardBits = 6
	shards    = 1 << shardBits
)

// shard holds hashes with their marks in the order of spread, more or less: each where
// it belongs, or behind. 0 is free.
type shard struct {
	slots []uint64
	n     int
}

// Put takes a hash in, with the marks in its last bits, which replace those that it had.
func (t *Table) Put(x uint64) {
	x = nonzero(x)
	s := t.shard(x)
	at, found := s.find(x)
	if !found {
		if 8*(s.n+1) > 7*len(s.slots) {
			s.grow()
			at, _ = s.find(x)
		}
		s.n++
	}
	s.slots[at] = x
}

// Get returns a hash that was put, with its marks.
func (t *Table) Get(hash uint64) (x uint64, found bool) {
	hash = nonzero(hash)
	s := t.shard(hash)
	at, found := s.find(hash)
	if !found {
		return 0, false
	}
	return s.slots[at], true
}

// Delete takes a hash out, if it is there.
func (t *Table) Delete(hash uint64) {
	hash = nonzero(hash)
	s := t.shard(hash)
	free, found := s.find(hash)
	if !found {
		return
	}
	for at := s.after(free); s.slots[at] != 0; at = s.after(at) {
		if home := s.home(s.slots[at]); (at-home+len(s.slots))%len(s.slots) >= (at-free+len(s.slots))%len(s.slots) {
			s.slots[free], free = s.slots[at], at
		}
	}
	s.slots[free] = 0
	s.n--
}

// Len returns how many hashes there are.
func (t *Table) Len() (n int) {
	for i := range t.shards {
		n += t.shards[i].n
	}
	return n
}

// All returns the hashes with their marks, in no order. Those that it has given may
// be put meanwhile with other marks.
func (t *Table) All() iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for i := range t.shards {
			for _, x := range t.shards[i].slots {
				if x != 0 && !yield(x) {
					return
				}
			}
		}
	}
}

// nonzero makes the hashes 0 and 4 one, since 0 is a free slot.
func nonzero(x uint64) uint64 {
	if x&^Marks == 0 {
		return x | (Marks + 1)
	}
	return x
}

// spread makes the first bits depend on all bits of the hash.
func spread(x uint64) uint64 { return x >> 2 * 0x9e3779b97f4a7c15 }

func (t *Table) shard(x uint64) *shard { return &t.shards[spread(x)>>(64-shardBits)] }

// home returns the slot in which a hash belongs.
func (s *shard) home(x uint64) int {
	at, _ := bits.Mul64(spread(x)<<shardBits, uint64(len(s.slots)))
	return int(at)
}

func (s *shard) after(at int) int {
	if at++; at == len(s.slots) {
		return 0
	}
	return at
}

// find returns the slot that holds a hash, or else the one where it is to be put, if
// there are slots.
func (s *shard) find(x uint64) (at int, found bool) {
	if len(s.slots) == 0 {
		return 0, false
	}
	for at = s.home(x); s.slots[at] != 0; at = s.after(at) {
		if (s.slots[at]^x)&^Marks == 0 {
			return at, true
		}
	}
	return at, false
}

// grow adds a sixth of the slots, and what there is to the next size of the allocator.
func (s *shard) grow() {
	old := s.slots
	s.slots = slices.Grow([]uint64(nil), len(old)+len(old)/6+8)
	s.slots = s.slots[:cap(s.slots)]
	for _, x := range old {
		if x != 0 {
			at, _ := s.find(x)
			s.slots[at] = x
		}
	}
}
