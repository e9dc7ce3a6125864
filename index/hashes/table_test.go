package hashes

import (
	"maps"
	"math/rand/v2"
	"runtime"
	"testing"
)

// TestTable holds a table against a map.
func TestTable(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]func(r *rand.Rand) uint64{
		"few":    func(r *rand.Rand) uint64 { return r.Uint64N(1 << 6) },
		"small":  func(r *rand.Rand) uint64 { return r.Uint64N(1 << 18) },
		"spread": func(r *rand.Rand) uint64 { return r.Uint64N(1<<17) * 0x9e3779b97f4a7c15 },
		"high":   func(r *rand.Rand) uint64 { return r.Uint64N(1<<17) << 44 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var table Table
			want := map[uint64]uint64{}
			r := rand.New(rand.NewPCG(1, 2))
			for range 300_000 {
				x := next(r)
				hash := max(x&^Marks, Marks+1) // 0 and 4 are one
				if r.IntN(4) == 0 {
					delete(want, hash)
					table.Delete(x)
				} else {
					want[hash] = x & Marks
					table.Put(x)
				}
				if y := next(r); r.IntN(8) == 0 {
					got, found := table.Get(y)
					marks, wanted := want[max(y&^Marks, Marks+1)]
					if found != wanted || found && got&Marks != marks {
						t.Fatalf("%x: %x, %t; want marks %x, %t", y, got, found, marks, wanted)
					}
				}
			}
			got := map[uint64]uint64{}
			for x := range table.All() {
				got[x&^Marks] = x & Marks
				table.Put(x ^ Marks)
			}
			if !maps.Equal(got, want) || table.Len() != len(want) {
				t.Errorf("%d hashes, %d counted, want %d", len(got), table.Len(), len(want))
			}
			for x := range table.All() {
				if x&Marks != want[x&^Marks]^Marks {
					t.Fatalf("%x: its marks were not replaced", x)
				}
			}
		})
	}
}

// heap is what is allocated and in use, in bytes.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestCost holds Cost.
func TestCost(t *testing.T) {
	before := heap()
	var table Table
	r := rand.New(rand.NewPCG(1, 2))
	for n := 1; n <= 1_000_000; n++ {
		table.Put(r.Uint64())
		if n >= 10_000 && n%33_000 == 0 {
			if took := heap() - before; took > uint64(n*Cost) {
				t.Errorf("%d hashes take %d bytes, %.1f each", n, took, float64(took)/float64(n))
			}
		}
	}
	runtime.KeepAlive(&table)
}

// As many hashes as a host may have directories, beside a map.
func BenchmarkFiveMillion(b *testing.B) {
	const n = 5_000_000
	report := func(b *testing.B, before uint64) {
		b.ReportMetric(float64(heap()-before)/n, "B/hash")
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n*b.N), "ns/hash")
	}
	b.Run("table", func(b *testing.B) {
		for range b.N {
			before, r := heap(), rand.New(rand.NewPCG(1, 2))
			var table Table
			for range n {
				table.Put(r.Uint64())
			}
			report(b, before)
			runtime.KeepAlive(&table)
		}
	})
	b.Run("map", func(b *testing.B) {
		for range b.N {
			before, r := heap(), rand.New(rand.NewPCG(1, 2))
			table := map[uint64]bool{}
			for range n {
				table[r.Uint64()] = true
			}
			report(b, before)
			runtime.KeepAlive(table)
		}
	})
}
