package match_test

import (
	"fmt"
	"testing"

	"trawl/search/fold"

	"trawl/index"
	"trawl/index/match"
)

// BenchmarkCounter shows the entries of the catalogue to a counter again and again,
// as if they were of ever other directories, without the help of a probe.
func BenchmarkCounter(b *testing.B) {
	c := load(b)
	type shown struct {
		d       match.Directory
		entries []index.Entry
		folded  [][]byte
	}
	var dirs []shown
	// Directories of mirrors have some ten entries; those of the catalogue have one.
	for i := 0; i < len(c.dirs); i += 10 {
		s := shown{d: c.dirs[i].Directory}
		for _, d := range c.dirs[i:min(i+10, len(c.dirs))] {
			for _, e := range d.entries {
				s.entries = append(s.entries, e)
				s.folded = append(s.folded, fold.Append(nil, e.Name))
			}
		}
		dirs = append(dirs, s)
	}
	for _, text := range []string{
		"kernel", "linux kernel", "readme", "zzzz", "*.iso", "lib*amd64*.deb", "/linux-[0-9]+/", "size:>1G", "type:video size:>1M",
		"-a", "e", "(ubuntu | debian) iso", "path:/pub/**/*.iso", "case:README",
	} {
		for _, facets := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/facets=%t", text, facets), func(b *testing.B) {
				q := index.Query{Tree: parse(b, text), Facets: facets}
				b.ReportAllocs()
				entries, matches := 0, 0
				for b.Loop() {
					plan, err := match.Compile(q, c.hosts, addr)
					if err != nil {
						b.Fatal(err)
					}
					j := plan.Counter()
					j.Begin(0, 0)
					for range 20 {
						for i := range dirs {
							d := &dirs[i]
							j.Enter(d.d)
							for k := range d.entries {
								if j.Entry(&d.entries[k], d.folded[k]) {
									matches++
								}
							}
							entries += len(d.entries)
						}
					}
				}
				b.ReportMetric(float64(entries)/b.Elapsed().Seconds()/1e6, "Mentries/s")
				b.ReportMetric(100*float64(matches)/float64(entries), "%matched")
			})
		}
	}
}
