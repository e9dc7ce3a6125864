package search

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"strings"
	"time"

	"trawl/index"
)

// The bounds of what a judge keeps: results that are only counted take some 50
// bytes, those that may still be shown 100 more and their names.
const (
	maxGroups = 6 << 20
	maxSpots  = 2 << 20
)

// group is a result in the making: all the entries of one kind, one folded name
// and, for files, one size.
type group struct {
	hash  uint64
	size  int64
	name  uint32 // position of the folded name in pile.names; 0 if it cannot come to be shown
	first int32  // best spot in pile.spots, or -1
	count uint32 // places
	ext   uint32 // facets: position in pile.exts
	host  int32  // facets: the first host; others are in pile.more
	score uint16
	year  int16 // facets: likewise
	kind  index.Kind
}

// spot is one place of a group, in a list of them, the best first.
type spot struct {
	next int32 // or -1
	dir  int32 // in pile.dirs
	name uint32
	text int32 // position in Plan.hits, or -1
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

// pile is what one judge has found.
type pile struct {
	plan   *Plan
	table  []uint32 // open addressing by group.hash: position in groups, from 1
	groups []group
	spots  []spot
	names  []byte // each after its length in four bytes
	dirs   []kept
	dir    int32      // in dirs, of the directory last entered, or -1
	bound  rankHeap   // of the groups after the cursor
	exts   extensions // for facets
	more   map[fact]struct{}
	full   bool
}

func newPile(p *Plan) pile {
	s := pile{plan: p, table: make([]uint32, 1<<10), dir: -1}
	if p.query.Facets {
		s.more = map[fact]struct{}{}
		s.exts = newExtensions()
	}
	if p.order.pruned() && p.places.Min <= 1 && p.places.Max == math.MaxInt && p.text == "" {
		s.bound.limit = p.limit + 1
	}
	return s
}

// enter forgets the directory.
func (s *pile) enter() { s.dir = -1 }

// keep takes up an entry that matches.
func (j *Judge) keep(e *index.Entry, folded []byte) {
	s := &j.pile
	size := e.Size
	if e.Kind != index.File {
		size = index.UnknownSize
	}
	hash := maphash.Bytes(j.plan.seed, folded) ^ (uint64(size)+uint64(e.Kind)<<61)*0x9E3779B97F4A7C15
	n, fresh := s.find(hash)
	if n < 0 {
		return
	}
	g := &s.groups[n]
	if fresh {
		g.size, g.kind, g.first = size, e.Kind, -1
		s.judgeName(g, folded)
	}
	g.count++
	if s.more != nil {
		s.note(n, e, folded, j.dir.Host, fresh)
	}
	if g.name != 0 {
		j.place(g, e)
	}
}

// find returns the position of the group of a hash, a new one if there is none,
// and -1 if it would be one too many.
func (s *pile) find(hash uint64) (n int, fresh bool) {
	mask := uint64(len(s.table) - 1)
	i := (hash ^ hash>>32) & mask
	for s.table[i] != 0 {
		if n := s.table[i] - 1; s.groups[n].hash == hash {
			return int(n), false
		}
		i = (i + 1) & mask
	}
	if len(s.groups) == maxGroups {
		s.full = true
		return -1, false
	}
	s.groups = append(s.groups, group{hash: hash})
	s.table[i] = uint32(len(s.groups))
	if len(s.groups)*2 > len(s.table) {
		s.grow()
	}
	return len(s.groups) - 1, true
}

// grow makes the table twice as large.
func (s *pile) grow() {
	s.table = make([]uint32, 2*len(s.table))
	mask := uint64(len(s.table) - 1)
	for n := range s.groups {
		hash := s.groups[n].hash
		i := (hash ^ hash>>32) & mask
		for s.table[i] != 0 {
			i = (i + 1) & mask
		}
		s.table[i] = uint32(n + 1)
	}
}

// judgeName scores a new group and keeps its name if it may come to be shown.
func (s *pile) judgeName(g *group, folded []byte) {
	if s.plan.text == "" {
		g.score = s.plan.score(g.kind, folded)
	}
	if s.bound.limit > 0 {
		rank := s.plan.order.rank(g, folded)
		if after := s.plan.after; after != nil && rank < after.rank || s.bound.beyond(rank) {
			return
		}
		if after := s.plan.after; after == nil || rank > after.rank {
			s.bound.add(rank)
		}
	}
	if len(s.spots) >= maxSpots || len(s.names) > math.MaxUint32-1<<17 {
		s.full = true
		return
	}
	g.name = s.putName(folded)
}

// putName keeps a name and returns its position, which is never 0.
func (s *pile) putName(name []byte) uint32 {
	if len(s.names) == 0 {
		s.names = append(s.names, 0)
	}
	n := len(s.names)
	s.names = binary.LittleEndian.AppendUint32(s.names, uint32(len(name)))
	s.names = append(s.names, name...)
	return uint32(n)
}

// getName returns the name at a position.
func (s *pile) getName(at uint32) []byte {
	n := binary.LittleEndian.Uint32(s.names[at:])
	return s.names[at+4 : at+4+n]
}

// place puts an entry's place among the best ones of its group.
func (j *Judge) place(g *group, e *index.Entry) {
	s := &j.pile
	if s.dir < 0 {
		s.dir = int32(len(s.dirs))
		s.dirs = append(s.dirs, j.plan.kept(&j.dir))
	}
	text := int32(-1)
	if j.plan.text != "" {
		if i, ok := j.plan.found[spotID{j.dir.Host, string(j.dir.Path.Join(e.Wire()))}]; ok {
			text = int32(i)
			g.score = max(g.score, uint16(scoreExact*j.plan.hits[i].Score))
		}
	}
	s.insert(g, spot{dir: s.dir, unix: e.Unix, prec: e.Precision, text: text}, e)
}

// kept returns what is kept of a directory, its strings copied.
func (p *Plan) kept(d *Directory) kept {
	h := &p.hosts[d.Host]
	k := kept{
		host: d.Host, path: index.Path(strings.Clone(string(d.Path))), shown: strings.Clone(d.Shown),
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

// insert puts a spot in its group's list, unless that is long enough with better
// ones. e tells the names; if it is nil, sp.name has them.
func (s *pile) insert(g *group, sp spot, e *index.Entry) {
	at, n := &g.first, 0
	for *at >= 0 && n < s.plan.spots {
		if s.compare(&sp, e, &s.spots[*at]) < 0 {
			break
		}
		at = &s.spots[*at].next
		n++
	}
	if n == s.plan.spots {
		return
	}
	if e != nil {
		sp.name = s.putName([]byte(e.Name))
		s.putName([]byte(e.Raw))
	}
	sp.next = *at
	if len(s.spots) < maxSpots {
		*at = int32(len(s.spots))
		s.spots = append(s.spots, sp)
		return
	}
	s.full = true
}

// compare orders places: host up, fresh, complete, fast; then those last seen, the
// shallower ones, and by host and path.
func (s *pile) compare(a *spot, e *index.Entry, b *spot) int {
	da, db := &s.dirs[a.dir], &s.dirs[b.dir]
	switch {
	case da.rank != db.rank:
		return sign(int64(da.rank) - int64(db.rank))
	case da.seen != db.seen:
		return sign(db.seen - da.seen)
	case da.depth != db.depth:
		return int(da.depth) - int(db.depth)
	case da.host != db.host:
		return strings.Compare(string(s.plan.hosts[da.host].ID), string(s.plan.hosts[db.host].ID))
	case a.dir != b.dir && da.path != db.path:
		return strings.Compare(string(da.path), string(db.path))
	case e != nil:
		return strings.Compare(e.Wire(), s.wire(b.name))
	}
	return strings.Compare(s.wire(a.name), s.wire(b.name))
}

// entryNames returns the names of an entry that insert has kept.
func (s *pile) entryNames(at uint32) (name, raw string) {
	n := s.getName(at)
	return string(n), string(s.getName(at + 4 + uint32(len(n))))
}

func (s *pile) wire(at uint32) string {
	e := index.Entry{}
	e.Name, e.Raw = s.entryNames(at)
	return e.Wire()
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

// merge takes over what another pile of the same plan has.
func (s *pile) merge(o *pile) {
	s.full = s.full || o.full
	base := int32(len(s.dirs))
	s.dirs = append(s.dirs, o.dirs...)
	position := make([]uint32, len(o.groups))
	for i := range o.groups {
		from := &o.groups[i]
		n, fresh := s.find(from.hash)
		if n < 0 {
			return
		}
		position[i] = uint32(n)
		s.join(n, from, fresh, o, base)
	}
	for f := range o.more {
		f.group = position[f.group]
		s.more[f] = struct{}{}
	}
}

// join adds a group of another pile to one of this; base is where the other
// pile's directories begin.
func (s *pile) join(n int, from *group, fresh bool, o *pile, base int32) {
	g := &s.groups[n]
	if fresh {
		*g = *from
		g.name, g.first, g.count = 0, -1, 0
	}
	g.score = max(g.score, from.score)
	g.count += from.count
	if s.more != nil {
		s.joinFacts(n, from, fresh, o)
	}
	if from.name == 0 || !fresh && g.name == 0 {
		g.name, g.first = 0, -1
		return
	}
	if fresh {
		g.name = s.putName(o.getName(from.name))
	}
	for i := from.first; i >= 0; i = o.spots[i].next {
		sp := o.spots[i]
		sp.dir += base
		sp.name = 0
		e := index.Entry{}
		e.Name, e.Raw = o.entryNames(o.spots[i].name)
		s.insert(g, sp, &e)
	}
}

// result makes a Result of a group.
func (s *pile) result(g *group) index.Result {
	r := index.Result{Kind: g.kind, Size: g.size, Score: float64(g.score) / scoreExact, Count: int(g.count)}
	for i := g.first; i >= 0 && len(r.Places) < s.plan.spots; i = s.spots[i].next {
		sp := &s.spots[i]
		name, raw := s.entryNames(sp.name)
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
			snippet := s.plan.hits[sp.text].Snippet
			r.Text = &snippet
		}
	}
	return r
}

// key returns what orders a group.
func (s *pile) key(g *group) key {
	k := key{score: g.score, count: g.count, size: g.size, kind: g.kind, name: s.getName(g.name)}
	if g.first >= 0 {
		sp := &s.spots[g.first]
		k.unix, k.timed = sp.unix, sp.prec != index.Unknown
		k.depth = s.dirs[sp.dir].depth
	}
	return k
}
