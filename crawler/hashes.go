package crawler

// hashes is a set of 64-bit hashes in 10 to 20 bytes each, half of what a map takes.
// The zero value is empty.
type hashes struct {
	slots []uint64 // where a hash belongs, or behind; 0 is free
	n     int
}

const hashesFirst = 64 // slots; a power of two

// add takes a hash in.
func (h *hashes) add(x uint64) {
	if 5*h.n >= 4*len(h.slots) {
		old := h.slots
		h.slots, h.n = make([]uint64, max(hashesFirst, 2*len(old))), 0
		for _, x := range old {
			if x != 0 {
				h.add(x)
			}
		}
	}
	if at := h.find(x); h.slots[at] == 0 {
		h.slots[at] = max(x, 1)
		h.n++
	}
}

// has reports whether a hash was added.
func (h *hashes) has(x uint64) bool { return h.n > 0 && h.slots[h.find(x)] != 0 }

// find returns the slot that holds a hash, or where it is to be put.
func (h *hashes) find(x uint64) uint64 {
	x = max(x, 1) // 0 and 1 are one
	last := uint64(len(h.slots) - 1)
	at := x & last
	for h.slots[at] != 0 && h.slots[at] != x {
		at = (at + 1) & last
	}
	return at
}
