package crawler

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"trawl/crawler/loops"
	"trawl/index"
)

// A bulk answer is believed when some of its directories, listed singly by
// another way, hold the same: the deepest, the largest and the newest, for those
// are where servers cut; some empty ones, for a directory that may not be listed
// looks empty in many a bulk answer; the last, where a stream breaks off; and
// some at random.
const (
	sampleEach    = 3      // of the deepest, the largest, the newest and the empty
	sampleRandom  = 4      // of all, and
	sampleShare   = 10_000 // one more for so many directories, up to
	sampleMost    = 64
	sampleEntries = 4096      // of a directory that are kept to find what differs
	sampleSmall   = 8 << 10   // bytes that they may take, and
	sampleBytes   = 1 << 20   // those of directories where they take more, together
	emptyBytes    = 256 << 10 // that the names of empty directories may take
)

// probe is a directory as the bulk answer lists it.
type probe struct {
	dir     index.Path
	above   *loops.Lineage
	print   loops.Fingerprint
	newest  int64
	entries []index.Entry // nil when there are too many
	weight  int64         // of entries
}

// sample chooses the directories of a proof while the answer arrives.
type sample struct {
	seen                     int
	deepest, largest, newest []probe
	random                   []probe
	empty                    []loops.Directory
	emptied                  int64 // weight of empty
	last                     probe
}

// offer considers a directory.
func (s *sample) offer(l *index.Listing, whole loops.Fingerprint, above *loops.Lineage) {
	if l.More {
		return
	}
	s.seen++
	p := probe{dir: l.Dir, above: above, print: whole, newest: -1}
	for i := range l.Entries {
		p.newest = max(p.newest, l.Entries[i].Unix)
	}
	if p.entries = held(l.Entries, whole.Count); p.entries != nil {
		p.weight = listingMemory(l)
	}
	s.last = p
	if whole.Count == 0 {
		if s.emptied += weight(l.Dir); s.emptied <= emptyBytes {
			s.empty = append(s.empty, loops.Directory{Dir: l.Dir, Above: above})
		}
		return
	}
	if p.weight > sampleSmall && s.weight()+p.weight > sampleBytes {
		p.entries, p.weight = nil, 0
	}
	top(&s.deepest, p, func(a probe) int64 { return int64(a.dir.Depth()) })
	top(&s.largest, p, func(a probe) int64 { return int64(a.print.Count) })
	top(&s.newest, p, func(a probe) int64 { return a.newest })
	size := min(sampleRandom+s.seen/sampleShare, sampleMost)
	if len(s.random) < size {
		s.random = append(s.random, p)
	} else if at := rand.N(s.seen); at < len(s.random) { //nolint:gosec // a sample needs no secret
		s.random[at] = p
	}
}

// weight returns the memory of the sample's entries.
func (s *sample) weight() (sum int64) {
	for _, probes := range [][]probe{s.deepest, s.largest, s.newest, s.random} {
		for i := range probes {
			sum += probes[i].weight
		}
	}
	return sum
}

// held returns entries, or nil if they are not all there or too many.
func held(entries []index.Entry, whole int) []index.Entry {
	switch {
	case len(entries) != whole || whole > sampleEntries:
		return nil
	case whole == 0:
		return []index.Entry{}
	}
	return entries
}

// top keeps p if it is among the best by a measure.
func top(best *[]probe, p probe, by func(probe) int64) {
	if len(*best) == sampleEach && by(p) <= by((*best)[sampleEach-1]) {
		return
	}
	*best = append(*best, p)
	slices.SortStableFunc(*best, func(a, b probe) int { return cmp.Compare(by(b), by(a)) })
	*best = (*best)[:min(len(*best), sampleEach)]
}

// probes returns the directories to be listed singly, each once, with so many of
// the empty ones.
func (s *sample) probes(empty int) []probe {
	all := slices.Concat(s.deepest, s.largest, s.newest, s.random)
	empty = min(empty, len(s.empty))
	for i := range empty {
		e := &s.empty[i*len(s.empty)/empty]
		all = append(all, probe{dir: e.Dir, above: e.Above})
	}
	if s.last.dir != "" {
		all = append(all, s.last)
	}
	slices.SortFunc(all, func(a, b probe) int { return cmp.Compare(a.dir, b.dir) })
	return slices.CompactFunc(all, func(a, b probe) bool { return a.dir == b.dir })
}
