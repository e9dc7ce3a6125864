package match

import (
	"strings"

	"trawl/index"
)

// Collector collects the places of the results that a Choice has chosen. An engine shows
// it the entries that it showed to a Counter, at least those in Choice.Blocks.
// It belongs to one goroutine.
type Collector struct {
	matcher
	choice *Choice
	lists  []placeList // of each chosen group
	places chunked[place]
	names  nameBuffer
	folded []byte // room for the name in a key
	dirs   []keptDir
	at     int32    // in dirs, of the directory last entered, or -1
	best   page     // of results with one place
	worst  *keptDir // the worst directory in the lists of the block's groups, or nil if one of these is not full
	hosts  hostSets // of groups, if all their entries are shown; else nil: Choice knows their blocks
	full   bool
}

// Collector returns a collector for one goroutine.
func (c *Choice) Collector() *Collector {
	s := &Collector{matcher: newMatcher(c.plan), choice: c, at: -1, best: c.page(), lists: make([]placeList, len(c.groups))}
	if c.starts == nil {
		s.hosts = hostSets{}
	}
	for i, n := range c.groups {
		s.lists[i] = placeList{-1, -1, c.table.groups.at(n).relevance}
	}
	return s
}

// Begin starts on a block, which is one of Choice.Blocks.
func (s *Collector) Begin(where uint32) {
	s.worst = nil
	for _, chosen := range s.choice.chosenIn(where) {
		w := s.lists[chosen].worst
		if w < 0 {
			s.worst = nil
			return
		}
		if d := &s.dirs[s.places.at(int(w)).dir]; s.worst == nil || s.compareDirs(d, s.worst) > 0 {
			s.worst = d
		}
	}
}

// MayImprove reports whether a directory of the block may have a place that is among the
// best of its result. If not, its entries need not be shown. The folded path is not used.
func (s *Collector) MayImprove(d Directory) bool { return s.mayImprove(s.plan.keptDir(&d)) }

// MayImproveBlock reports what MayImprove does for all directories of a block at once: none
// of them is less deep than depth or was seen later than seen.
func (s *Collector) MayImproveBlock(host, depth int, seen int64) bool {
	k := s.plan.keptDir(&Directory{Host: host, Seen: seen})
	k.depth = uint16(depth)
	return s.mayImprove(k)
}

func (s *Collector) mayImprove(d keptDir) bool {
	return s.worst == nil || s.compareDirs(&d, s.worst) <= 0
}

// Enter starts on a directory, as Counter.Enter does.
func (s *Collector) Enter(d Directory) Probe {
	s.at = -1
	return s.enter(d)
}

// Wants reports whether an entry may be one of a chosen result, whatever its
// directory is. Other entries need not be shown.
func (s *Collector) Wants(e *index.Entry, folded []byte) bool { return s.group(e, folded) != nil }

// group returns the chosen group that an entry would belong to, or nil.
func (s *Collector) group(e *index.Entry, folded []byte) *group {
	_, n := s.choice.table.lookup(s.plan.hash(e, folded))
	if n < 0 {
		return nil
	}
	if g := s.choice.table.groups.at(n); g.chosen >= 0 {
		return g
	}
	return nil
}

// Entry looks at one entry of the directory last entered; folded is its Name
// folded by fold.Append.
func (s *Collector) Entry(e *index.Entry, folded []byte) {
	g := s.group(e, folded)
	if g == nil || !s.matches(e, folded) {
		return
	}
	s.note(g)
	if s.at < 0 {
		s.at = int32(len(s.dirs))
		k := s.plan.keptDir(&s.dir)
		k.path, k.shown = index.Path(strings.Clone(string(k.path))), strings.Clone(k.shown)
		s.dirs = append(s.dirs, k)
	}
	p := place{dir: s.at, unix: e.Unix, prec: e.Precision, text: -1}
	if s.plan.texts.words == "" && g.count == 1 && !s.best.offer(int(g.chosen), s.keyOf(g, g.relevance, &p, e.Name, folded)) {
		return
	}
	list := &s.lists[g.chosen]
	if s.plan.texts.words != "" {
		if i, ok := s.plan.texts.at(&s.dir, e); ok {
			p.text = int32(i)
			list.relevance = max(list.relevance, uint16(scoreExact*s.plan.texts.hits[i].Score)<<closeBits)
		}
	}
	insert(s, list, p, e.Name, e.Raw)
}

// merge adds the places of another collector of the same choice.
func (s *Collector) merge(o *Collector) {
	s.full = s.full || o.full
	s.hosts.merge(o.hosts)
	base := int32(len(s.dirs))
	s.dirs = append(s.dirs, o.dirs...)
	for n := range o.lists {
		s.lists[n].relevance = max(s.lists[n].relevance, o.lists[n].relevance)
		for i := o.lists[n].first; i >= 0; {
			p := *o.places.at(int(i))
			i = p.next
			name, raw := o.names.get(p.name)
			p.dir += base
			insert(s, &s.lists[n], p, name, raw)
		}
	}
}
