// Package hashes remembers millions of 64-bit hashes in as little memory as it can: the
// zero [Table] is empty, [Table.Put] adds a hash and [Table.Get] looks one up.
package hashes

import (
	"iter"
	"math/bits"
	"slices"
)

// Table is a set of 64-bit hashes. The last two bits of a hash do not count: they carry
// two marks of the owner. A hash takes some 10 bytes, a third of those of a map that
// grows. The zero value is empty. Only one goroutine may use it at a time.
type Table struct {
	shards [shards]shard // by the first bits of spread
}

// Marks are the bits of a hash that are marks.
const Marks = 3

// Cost is how many bytes a hash takes at most, where there are thousands.
const Cost = 12

// Each shard grows alone, so that a copy is always small beside the table.
const (
	shardBits = 6
	shards    = 1 << shardBits
)

// shard holds hashes with their marks, about in the order of spread: each in the slot
// where it belongs, or behind. A slot of 0 is free.
type shard struct {
	slots []uint64
	n     int
}

// Put adds a hash. The marks in its last bits replace those that it had.
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

// Get returns a hash that Put added, with its marks.
func (t *Table) Get(hash uint64) (x uint64, found bool) {
	hash = nonzero(hash)
	s := t.shard(hash)
	at, found := s.find(hash)
	if !found {
		return 0, false
	}
	return s.slots[at], true
}

// Delete removes a hash, if it is there.
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

// All returns the hashes with their marks, in no order. A hash that it has returned may
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

// nonzero makes the hashes 0 and 4 the same, since 0 is a free slot.
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

// find returns the slot that holds a hash, or else the free one where it belongs, if
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

// grow adds a sixth of the slots, and those up to the next size of the allocator.
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
