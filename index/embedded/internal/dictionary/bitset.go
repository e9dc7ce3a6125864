package dictionary

import "math/bits"

// bitset is a set of small numbers.
type bitset []uint64

// with adds i and returns the set. It makes a set of nil, for numbers up to n.
func (b bitset) with(i, n int) bitset {
	if b == nil {
		b = make(bitset, n/64+1)
	}
	b[i/64] |= 1 << (i % 64)
	return b
}

// has reports whether i is in the set.
func (b bitset) has(i uint32) bool { return b != nil && b[i/64]&(1<<(i%64)) != 0 }

// count returns how many numbers are in the set.
func (b bitset) count() (n int) {
	for _, word := range b {
		n += bits.OnesCount64(word)
	}
	return n
}
