package match

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"trawl/search/fold"

	"trawl/index"
	"trawl/search/query"
)

// maxFacetValues bounds the values that a facet lists.
const maxFacetValues = 20

// extraValue is a host or year of a result besides its first one.
type extraValue struct {
	group uint32
	year  bool
	value int32
}

// extensions numbers the extensions of the results, each with the type of its files; 0 is none.
type extensions struct {
	number map[string]uint32 // by extension, a zero byte and type
	names  []string          // by number
	types  []string          // by number
	known  fileTypes
}

func newExtensions() extensions {
	return extensions{number: map[string]uint32{}, names: []string{""}, types: []string{""}, known: newFileTypes(query.Types())}
}

// numberOf returns the number of an extension and a type. Long or odd extensions have none.
func (x *extensions) numberOf(ext []byte, typ string) uint32 {
	if len(ext) == 0 || len(ext) > 10 {
		return 0
	}
	for _, c := range ext {
		if !fold.Letter(c) && c != '+' && c != '_' && c != '-' {
			return 0
		}
	}
	var room [32]byte
	key := append(append(append(room[:0], ext...), 0), typ...)
	n, ok := x.number[string(key)]
	if !ok {
		n = uint32(len(x.names))
		x.number[string(key)] = n
		x.names = append(x.names, string(ext))
		x.types = append(x.types, typ)
	}
	return n
}

// noYear is the year of an unknown time.
const noYear = math.MinInt16

func yearOf(e *index.Entry) int16 {
	if e.Precision == index.Unknown {
		return noYear
	}
	year := time.Unix(e.Unix, 0).UTC().Year()
	if year < 1 || year > 9998 {
		return noYear
	}
	return int16(year)
}

// addFacts adds an entry to what the facets count of its group.
func (t *groupTable) addFacts(n int, e *index.Entry, folded []byte, host int, fresh bool) {
	g := t.groups.at(n)
	year := yearOf(e)
	host = t.plan.names[host]
	if fresh {
		g.host, g.year = int32(host), year
		if e.Kind != index.Dir {
			g.ext = t.exts.numberOf(ExtOf(folded), t.exts.known.of(e, folded))
		}
		return
	}
	t.addMoreFacts(n, int32(host), year)
}

// addMoreFacts adds a host and a year to a group that may have others.
func (t *groupTable) addMoreFacts(n int, host int32, year int16) {
	g := t.groups.at(n)
	if g.host != host {
		t.more[extraValue{uint32(n), false, host}] = struct{}{}
	}
	if year != noYear && g.year != year {
		if g.year == noYear {
			g.year = year
			return
		}
		t.more[extraValue{uint32(n), true, int32(year)}] = struct{}{}
	}
}

// mergeFacts is addFacts for a group of another table.
func (t *groupTable) mergeFacts(n int, from *group, fresh bool, o *groupTable) {
	if fresh {
		t.groups.at(n).ext = t.exts.numberOf([]byte(o.exts.names[from.ext]), o.exts.types[from.ext])
		return
	}
	t.addMoreFacts(n, from.host, from.year)
}

// facets counts the groups that have places.
func (t *groupTable) facets() []index.Facet {
	exts, hosts, years := make([]int, len(t.exts.names)), make([]int, len(t.plan.hosts)), map[int32]int{}
	ranges := classes()
	sizes := make([]int, len(ranges))
	for i := range t.groups.n {
		g := t.groups.at(i)
		if g.count == 0 {
			continue
		}
		exts[g.ext]++
		hosts[g.host]++
		years[int32(g.year)]++
		for n, c := range ranges {
			if g.size != index.UnknownSize && c.size.Min <= g.size && g.size <= c.size.Max {
				sizes[n]++
			}
		}
	}
	for f := range t.more {
		switch g := t.groups.at(int(f.group)); {
		case g.count == 0:
		case f.year && int32(g.year) != f.value:
			years[f.value]++
		case !f.year && g.host != f.value:
			hosts[f.value]++
		}
	}
	delete(years, noYear)
	return []index.Facet{
		facet("type", t.exts.countTypes(exts), func(v string) query.Node { return query.Type{Of: []string{v}} }),
		facet("host", t.countHosts(hosts), func(v string) query.Node { return query.Host{Name: v} }),
		facet("ext", t.exts.count(exts), func(v string) query.Node { return query.Ext{Of: []string{v}} }),
		facet("year", countYears(years), yearNode),
		facet("size", countSizes(sizes), sizeNode),
	}
}

// facet lists the values that are counted, the most frequent first; node makes the
// filter of one.
func facet(name string, counts map[string]int, node func(string) query.Node) index.Facet {
	f := index.Facet{Name: name}
	for v, n := range counts {
		if n > 0 && v != "" {
			f.Values = append(f.Values, index.FacetValue{Value: v, Count: n, Query: node(v).String()})
		}
	}
	slices.SortFunc(f.Values, func(a, b index.FacetValue) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	f.Values = f.Values[:min(len(f.Values), maxFacetValues)]
	return f
}

func (x *extensions) countTypes(counts []int) map[string]int {
	out := map[string]int{}
	for i, n := range counts {
		out[x.types[i]] += n
	}
	return out
}

func (x *extensions) count(counts []int) map[string]int {
	out := map[string]int{}
	for i, n := range counts {
		out[x.names[i]] += n
	}
	return out
}

func (t *groupTable) countHosts(counts []int) map[string]int {
	out := map[string]int{}
	for i, n := range counts {
		out[t.plan.hosts[i].ID.Name()] += n
	}
	return out
}

func countYears(counts map[int32]int) map[string]int {
	out := map[string]int{}
	for year, n := range counts {
		out[fmt.Sprintf("%04d", year)] = n
	}
	return out
}

func yearNode(v string) query.Node {
	start, err := time.Parse("2006", v)
	if err != nil {
		return query.Time{From: math.MinInt64, To: math.MaxInt64}
	}
	return query.Time{From: start.Unix(), To: start.AddDate(1, 0, 0).Unix()}
}

func countSizes(counts []int) map[string]int {
	out := map[string]int{}
	for i, c := range classes() {
		out[c.name] = counts[i]
	}
	return out
}

func sizeNode(v string) query.Node {
	i := slices.IndexFunc(classes(), func(c class) bool { return c.name == v })
	return classes()[i].size
}

// class is a range of sizes. The facet's query gives its ends exactly.
type class struct {
	name string
	size query.Size
}

func classes() []class {
	const kib, mib, gib = 1 << 10, 1 << 20, 1 << 30
	return []class{
		{"0", query.Size{Min: 0, Max: 0}},
		{"..1KiB", query.Size{Min: 1, Max: kib - 1}},
		{"1KiB..1MiB", query.Size{Min: kib, Max: mib - 1}},
		{"1MiB..10MiB", query.Size{Min: mib, Max: 10*mib - 1}},
		{"10MiB..100MiB", query.Size{Min: 10 * mib, Max: 100*mib - 1}},
		{"100MiB..1GiB", query.Size{Min: 100 * mib, Max: gib - 1}},
		{"1GiB..10GiB", query.Size{Min: gib, Max: 10*gib - 1}},
		{"10GiB..", query.Size{Min: 10 * gib, Max: math.MaxInt64}},
	}
}
