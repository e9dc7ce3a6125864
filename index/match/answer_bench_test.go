package match_test

import (
	"fmt"
	"testing"

	"trawl/index"
	"trawl/index/match"
)

// BenchmarkAnswer measures a query that nearly everything matches: two counters
// with half a million results each, a third of them the same, merged.
func BenchmarkAnswer(b *testing.B) {
	const each = 500_000
	hosts := []index.Host{{ID: "ftp://a/"}, {ID: "ftp://b/"}}
	var folded [2][][]byte
	for side := range folded {
		for n := range each {
			folded[side] = append(folded[side], fmt.Appendf(nil, "some-file-%d.txt", n+side*each*2/3))
		}
	}
	for _, by := range []index.Sort{index.ByRelevance, index.ByName, index.ByTime} {
		for _, facets := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/facets=%t", by, facets), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					plan, err := match.Compile(index.Query{Tree: parse(b, "e"), Sort: by, Facets: facets}, hosts, addr)
					if err != nil {
						b.Fatal(err)
					}
					counters := []*match.Counter{plan.Counter(), plan.Counter()}
					show := func(side int, enter func(match.Directory) match.Probe, take func(*index.Entry, []byte)) {
						for n, name := range folded[side] {
							if n%10 == 0 {
								enter(match.Directory{Host: side, Path: "/pub/d", Folded: []byte("/pub/d")})
							}
							take(&index.Entry{Name: string(name), Size: 1, Unix: int64(n), Precision: index.Second}, name)
						}
					}
					for side, j := range counters {
						j.Begin(side, uint32(side))
						show(side, j.Enter, func(e *index.Entry, folded []byte) { j.TryEntry(e, folded) })
					}
					choice := plan.Choose(counters...)
					var collectors []*match.Collector
					for side := range counters {
						s := choice.Collector()
						show(side, s.Enter, s.Entry)
						collectors = append(collectors, s)
					}
					if a := choice.Answer(true, collectors...); a.Total != each*5/3 {
						b.Fatal(a.Total)
					}
				}
				b.ReportMetric(2*each*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mentries/s")
			})
		}
	}
}
