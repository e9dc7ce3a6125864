package match

import (
	"strings"
	"time"

	"trawl/index"
)

// Collector gathers the places of the results that a Choice has chosen. It is to be
// shown what a Judge was shown, of the blocks of Choice.Where or more, and belongs to
// one goroutine.
type Collector struct {
	matcher
	choice *Choice
	found  []places // of each chosen group
	spots  chunked[spot]
	names  arena
	folded []byte // room for the name in a key
	dirs   []kept
	at     int32 // in dirs, of the directory last entered, or -1
	best   page  // of results with one place
	worst  *kept // the worst directory of the places that are kept of the block's groups, or nil if any may be one
	full   bool
}

// places are those of one chosen group, of which the best are kept.
type places struct {
	first int32  // in Collector.spots, or -1
	worst int32  // the last of those that are kept if there can be no more, or -1
	score uint16 // the best of those that texts tell
}

// Collector returns a collector for one goroutine.
func (c *Choice) Collector() *Collector {
	s := &Collector{matcher: newMatcher(c.plan), choice: c, at: -1, best: c.page(), found: make([]places, len(c.groups))}
	for i, n := range c.groups {
		s.found[i] = places{-1, -1, c.tally.groups.at(n).score}
	}
	return s
}

// spot is one place of a group, in a list of them, the best first.
type spot struct {
	next int32  // or -1
	dir  int32  // in Collector.dirs
	name uint64 // in Collector.names
	text int32  // position in Plan.hits, or -1
	unix int64
	prec index.Precision
}

// kept is a directory of spots.
type kept struct {
	host  int
	path  index.Path
	shown string
	rank  uint32 // smaller is better: up, fresh, complete, fast
	depth uint16
	seen  int64
	stale bool
}

// Begin starts on a block, which is one of Choice.Where.
func (s *Collector) Begin(where uint32) {
	s.worst = nil
	for _, chosen := range s.choice.of(where) {
		w := s.found[chosen].worst
		if w < 0 {
			s.worst = nil
			return
		}
		if d := &s.dirs[s.spots.at(int(w)).dir]; s.worst == nil || s.compareDirs(d, s.worst) > 0 {
			s.worst = d
		}
	}
}

// Promises tells whether a directory of the block may have a place that is among the
// best of its result. If not, its entries need not be shown. Its folded path need not be
// there.
func (s *Collector) Promises(d Directory) bool { return s.promises(s.plan.kept(&d)) }

// PromisesBlock is Promises for all directories of a block, of which it is known that
// none is at a lesser depth nor was seen later.
func (s *Collector) PromisesBlock(host, depth int, seen int64) bool {
	k := s.plan.kept(&Directory{Host: host, Seen: seen})
	k.depth = uint16(depth)
	return s.promises(k)
}

func (s *Collector) promises(k kept) bool { return s.worst == nil || s.compareDirs(&k, s.worst) <= 0 }

// Enter starts on a directory, as Judge.Enter does.
func (s *Collector) Enter(d Directory) Probe {
	s.at = -1
	return s.enter(d)
}

// Wants tells whether an entry may be one of a chosen result, whatever its
// directory is. Entries that are not wanted need not be shown.
func (s *Collector) Wants(e *index.Entry, folded []byte) bool { return s.group(e, folded) != nil }

// group returns the chosen group that an entry would belong to, or nil.
func (s *Collector) group(e *index.Entry, folded []byte) *group {
	_, n := s.choice.tally.look(s.plan.hash(e, folded))
	if n < 0 {
		return nil
	}
	if g := s.choice.tally.groups.at(n); g.chosen >= 0 {
		return g
	}
	return nil
}

// Entry looks at one entry of the directory last entered; folded is its Name
// folded by AppendFold.
func (s *Collector) Entry(e *index.Entry, folded []byte) {
	g := s.group(e, folded)
	if g == nil || !s.matches(e, folded) {
		return
	}
	if s.at < 0 {
		s.at = int32(len(s.dirs))
		k := s.plan.kept(&s.dir)
		k.path, k.shown = index.Path(strings.Clone(string(k.path))), strings.Clone(k.shown)
		s.dirs = append(s.dirs, k)
	}
	sp := spot{dir: s.at, unix: e.Unix, prec: e.Precision, text: -1}
	if s.plan.texts.words == "" && g.count == 1 && !s.best.offer(int(g.chosen), s.keyOf(g, g.score, &sp, folded)) {
		return
	}
	of := &s.found[g.chosen]
	if s.plan.texts.words != "" {
		if i, ok := s.plan.texts.at(&s.dir, e); ok {
			sp.text = int32(i)
			of.score = max(of.score, uint16(scoreExact*s.plan.texts.hits[i].Score))
		}
	}
	insert(s, of, sp, e.Name, e.Raw)
}

// kept returns what is kept of a directory.
func (p *Plan) kept(d *Directory) kept {
	h := &p.hosts[d.Host]
	k := kept{
		host: d.Host, path: d.Path, shown: d.Shown,
		depth: uint16(d.Path.Depth()), seen: d.Seen, stale: d.Stale,
	}
	if !h.Health.DownSince.IsZero() {
		k.rank |= 1 << 16
	}
	if d.Stale || d.State == index.Stale || d.State == index.Denied {
		k.rank |= 1 << 15
	}
	if d.State == index.Truncated || d.State == index.Unparsed {
		k.rank |= 1 << 14
	}
	k.rank |= uint32(255 - max(0, min(h.Known.Lanes, 255)))
	return k
}

// insert puts the spot of an entry in its group's list, unless that is long enough
// with better ones.
func insert[S string | []byte](s *Collector, of *places, sp spot, name, raw S) {
	wire := name
	if len(raw) > 0 {
		wire = raw
	}
	at, n := &of.first, 0
	for *at >= 0 && n < s.plan.keep {
		next := s.spots.at(int(*at))
		if c := s.compare(&sp, next); c < 0 || c == 0 && string(wire) < string(s.names.wire(next.name)) {
			break
		}
		at = &next.next
		n++
	}
	switch {
	case n == s.plan.keep:
	case s.spots.n >= s.plan.most.spots:
		s.full = true
	default:
		sp.name, sp.next = put(&s.names, name, raw), *at
		*at = int32(s.spots.add(sp))
		s.measure(of)
	}
}

// measure sets worst.
func (s *Collector) measure(of *places) {
	at := of.first
	for n := 1; n < s.plan.keep && at >= 0; n++ {
		at = s.spots.at(int(at)).next
	}
	if of.worst = at; s.plan.texts.words != "" {
		of.worst = -1 // the place that a text tells of may be any
	}
}

// compare orders places by their directories.
func (s *Collector) compare(a, b *spot) int {
	if a.dir == b.dir {
		return 0
	}
	return s.compareDirs(&s.dirs[a.dir], &s.dirs[b.dir])
}

// compareDirs orders directories: host up, fresh, complete, fast; then those last
// seen, the shallower ones, and by host and path.
func (s *Collector) compareDirs(a, b *kept) int {
	switch {
	case a.rank != b.rank:
		return sign(int64(a.rank) - int64(b.rank))
	case a.seen != b.seen:
		return sign(b.seen - a.seen)
	case a.depth != b.depth:
		return int(a.depth) - int(b.depth)
	case a.host != b.host:
		return strings.Compare(string(s.plan.hosts[a.host].ID), string(s.plan.hosts[b.host].ID))
	}
	return strings.Compare(string(a.path), string(b.path))
}

func sign(n int64) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// merge takes over what another collector of the same choice has.
func (s *Collector) merge(o *Collector) {
	s.full = s.full || o.full
	base := int32(len(s.dirs))
	s.dirs = append(s.dirs, o.dirs...)
	for n := range o.found {
		s.found[n].score = max(s.found[n].score, o.found[n].score)
		for i := o.found[n].first; i >= 0; {
			sp := *o.spots.at(int(i))
			i = sp.next
			name, raw := o.names.get(sp.name)
			sp.dir += base
			insert(s, &s.found[n], sp, name, raw)
		}
	}
}

// result makes a Result of a chosen group.
func (s *Collector) result(chosen int) index.Result {
	g := s.choice.tally.groups.at(s.choice.groups[chosen])
	r := index.Result{Kind: g.kind, Size: g.size, Score: float64(s.found[chosen].score) / scoreExact, Count: int(g.count)}
	for i := s.found[chosen].first; i >= 0 && len(r.Places) < s.plan.keep; i = s.spots.at(int(i)).next {
		sp := s.spots.at(int(i))
		asName, asRaw := s.names.get(sp.name)
		name, raw := string(asName), string(asRaw)
		d := &s.dirs[sp.dir]
		e := index.Entry{Name: name, Raw: raw, Unix: sp.unix, Precision: sp.prec}
		dir := d.shown
		if dir == "" {
			dir = string(d.path)
		}
		shown := strings.TrimSuffix(dir, "/") + "/" + name
		h := &s.plan.hosts[d.host]
		r.Places = append(r.Places, index.Place{
			Host: h.ID, Path: d.path.Join(e.Wire()), Shown: shown, Time: e.Time(), Precision: sp.prec,
			Seen: time.Unix(d.seen, 0).UTC(), Stale: d.stale, Down: !h.Health.DownSince.IsZero(),
			Marks: s.plan.markPath(shown, len(shown)-len(name)),
		})
		if len(r.Places) == 1 {
			r.Name, r.Time = name, e.Time()
			r.Marks = s.plan.markName(name)
		}
		if r.Text == nil && sp.text >= 0 {
			hit := s.plan.texts.hits[sp.text]
			r.Text = &index.Snippet{Host: s.plan.hosts[hit.Host].ID, Path: hit.Path}
		}
	}
	r.Count = max(r.Count, len(r.Places)) // judges who were cut short have not seen them all
	return r
}

// key returns what orders a chosen group. Its name is good until the next call.
func (s *Collector) key(chosen int) key {
	g, of := s.choice.tally.groups.at(s.choice.groups[chosen]), &s.found[chosen]
	sp := s.spots.at(int(of.first))
	name, _ := s.names.get(sp.name)
	s.folded = AppendFold(s.folded[:0], name)
	return s.keyOf(g, of.score, sp, s.folded)
}

// keyOf is key for a group whose best place is sp.
func (s *Collector) keyOf(g *group, score uint16, sp *spot, folded []byte) key {
	return key{
		score: score, count: uint32(g.count), size: g.size, kind: g.kind, name: folded,
		unix: sp.unix, timed: sp.prec != index.Unknown, depth: s.dirs[sp.dir].depth,
	}
}
