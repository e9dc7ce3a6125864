package search

import (
	"hash/maphash"
	"math"
	"strings"
	"time"

	"trawl/index"
)

// The bounds of what a judge keeps: results that are only counted take some 70
// bytes, those that may still be shown 40 more and their names.
const (
	maxGroups = 6 << 20
	maxSpots  = 2 << 20
)

// group is a result in the making: all the entries of one kind, one folded name
// and, for files, one size.
type group struct {
	hash  uint64
	size  int64
	first int32  // best spot in pile.spots, or dropped
	count uint32 // places
	ext   uint32 // facets: position in pile.exts
	host  int32  // facets: the first host; others are in pile.more
	score uint16
	year  int16 // facets: likewise
	kind  index.Kind
}

// dropped stands for the spots of a group that cannot come to be shown on the
// page: it is counted only. Groups that are kept have a spot.
const dropped = -1

// slot is a place in the table of groups.
type slot struct {
	tag uint32 // of the hash
	at  uint32 // position in pile.groups, from 1
}

// spot is one place of a group, in a list of them, the best first.
type spot struct {
	next int32  // or -1
	dir  int32  // in pile.dirs
	name uint64 // in pile.names
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

// pile is what one judge has found.
type pile struct {
	plan   *Plan
	table  []slot // open addressing by group.hash
	groups chunked[group]
	spots  chunked[spot]
	names  arena
	folded []byte // room for the name in a key
	dirs   []kept
	dir    int32      // in dirs, of the directory last entered, or -1
	bound  rankHeap   // of the groups after the cursor
	exts   extensions // for facets
	more   map[fact]struct{}
	full   bool
}

func newPile(p *Plan) pile {
	s := pile{plan: p, table: make([]slot, 1<<10), dir: -1}
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
	g := s.groups.at(n)
	if fresh {
		g.size, g.kind, g.first = size, e.Kind, dropped
		fresh = s.admit(g, folded)
	}
	g.count++
	if s.more != nil {
		s.note(n, e, folded, j.dir.Host, g.count == 1)
	}
	if fresh || g.first != dropped {
		j.place(g, e)
	}
}

// find returns the position of the group of a hash, a new one if there is none,
// and -1 if it would be one too many.
func (s *pile) find(hash uint64) (n int, fresh bool) {
	mask := uint64(len(s.table) - 1)
	i, tag := hash&mask, uint32(hash>>32)
	for ; s.table[i].at != 0; i = (i + 1) & mask {
		if n := int(s.table[i].at - 1); s.table[i].tag == tag && s.groups.at(n).hash == hash {
			return n, false
		}
	}
	if s.groups.n == maxGroups {
		s.full = true
		return -1, false
	}
	n = s.groups.add(group{hash: hash})
	s.table[i] = slot{tag, uint32(n + 1)}
	if s.groups.n*2 > len(s.table) {
		s.grow()
	}
	return n, true
}

// grow makes the table twice as large.
func (s *pile) grow() {
	s.table = make([]slot, 2*len(s.table))
	mask := uint64(len(s.table) - 1)
	for n := range s.groups.n {
		hash := s.groups.at(n).hash
		i := hash & mask
		for s.table[i].at != 0 {
			i = (i + 1) & mask
		}
		s.table[i] = slot{uint32(hash >> 32), uint32(n + 1)}
	}
}

// admit scores a new group and tells whether it may come to be shown.
func (s *pile) admit(g *group, folded []byte) bool {
	if s.plan.text == "" {
		g.score = s.plan.score(g.kind, folded)
	}
	if s.bound.limit > 0 {
		rank, after := s.plan.order.rank(g, folded), s.plan.after
		if after != nil && rank < after.rank || s.bound.beyond(rank) {
			return false
		}
		if after == nil || rank > after.rank {
			s.bound.add(rank)
		}
	}
	if s.spots.n >= maxSpots {
		s.full = true
		return false
	}
	return true
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
	insert(s, g, spot{dir: s.dir, unix: e.Unix, prec: e.Precision, text: text}, e.Name, e.Raw)
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

// insert puts the spot of an entry in its group's list, unless that is long enough
// with better ones.
func insert[S string | []byte](s *pile, g *group, sp spot, name, raw S) {
	wire := name
	if len(raw) > 0 {
		wire = raw
	}
	at, n := &g.first, 0
	for *at >= 0 && n < s.plan.spots {
		next := s.spots.at(int(*at))
		if c := s.compare(&sp, next); c < 0 || c == 0 && string(wire) < string(s.names.wire(next.name)) {
			break
		}
		at = &next.next
		n++
	}
	switch {
	case n == s.plan.spots:
	case s.spots.n >= maxSpots:
		s.full = true
	default:
		sp.name, sp.next = put(&s.names, name, raw), *at
		*at = int32(s.spots.add(sp))
	}
}

// compare orders places: host up, fresh, complete, fast; then those last seen, the
// shallower ones, and by host and directory.
func (s *pile) compare(a, b *spot) int {
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
	}
	return 0
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
	position := make([]uint32, o.groups.n)
	for i := range o.groups.n {
		from := o.groups.at(i)
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
// pile's directories begin. A group that one of the two has dropped is dropped.
func (s *pile) join(n int, from *group, fresh bool, o *pile, base int32) {
	g := s.groups.at(n)
	kept := from.first != dropped && (fresh || g.first != dropped)
	if fresh {
		*g = *from
		g.first, g.count = dropped, 0
	}
	g.score = max(g.score, from.score)
	g.count += from.count
	if s.more != nil {
		s.joinFacts(n, from, fresh, o)
	}
	if !kept {
		g.first = dropped
		return
	}
	for i := from.first; i >= 0; {
		sp := *o.spots.at(int(i))
		i = sp.next
		name, raw := o.names.get(sp.name)
		sp.dir += base
		insert(s, g, sp, name, raw)
	}
}

// result makes a Result of a group.
func (s *pile) result(g *group) index.Result {
	r := index.Result{Kind: g.kind, Size: g.size, Score: float64(g.score) / scoreExact, Count: int(g.count)}
	for i := g.first; i >= 0 && len(r.Places) < s.plan.spots; i = s.spots.at(int(i)).next {
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
			snippet := s.plan.hits[sp.text].Snippet
			r.Text = &snippet
		}
	}
	return r
}

// key returns what orders a group that was not dropped. Its name is good until the
// next call.
func (s *pile) key(g *group) key {
	sp := s.spots.at(int(g.first))
	name, _ := s.names.get(sp.name)
	s.folded = AppendFold(s.folded[:0], name)
	return key{
		score: g.score, count: g.count, size: g.size, kind: g.kind, name: s.folded,
		unix: sp.unix, timed: sp.prec != index.Unknown, depth: s.dirs[sp.dir].depth,
	}
}
