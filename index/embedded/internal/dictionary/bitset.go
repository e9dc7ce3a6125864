package dictionary

import "math/bits"

// bitset is a set of small numbers.
type bitset []uint64

// with returns the set with i in it; none is more than n. Of nil it makes a set.
func (b bitset) with(i, n int) bitset {
	if b == nil {
		b = make(bitset, n/64+1)
	}
	b[i/64] |= 1 << (i % 64)
	return b
}

func (b bitset) has(i uint32) bool { return b != nil && b[i/64]&(1<<(i%64)) != 0 }

// count returns how many numbers are in the set.
func (b bitset) count() (n int) {
	for _, word := range b {
		n += bits.OnesCount64(word)
	}
	return n
}
