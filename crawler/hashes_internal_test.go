package crawler

import (
	"math/rand/v2"
	"testing"
)

// TestHashes holds a set against a map.
func TestHashes(t *testing.T) {
	var h hashes
	r := rand.New(rand.NewPCG(1, 2))
	want := map[uint64]bool{}
	if h.has(0) || h.has(7) {
		t.Error("an empty set holds something")
	}
	for range 100_000 {
		x := r.Uint64N(1 << 18) // many are equal
		if x > 1<<10 {
			x *= 0x9e3779b97f4a7c15 // spread as hashes are
		}
		h.add(x)
		want[max(x, 1)] = true
	}
	for x := range want {
		if !h.has(x) {
			t.Fatalf("%x was lost", x)
		}
	}
	if h.n != len(want) || 8*len(h.slots) > 20*h.n {
		t.Errorf("%d hashes in %d slots, want %d", h.n, len(h.slots), len(want))
	}
	for range 100_000 {
		if x := r.Uint64(); h.has(x) != want[max(x, 1)] {
			t.Fatalf("%x: %t", x, h.has(x))
		}
	}
}
