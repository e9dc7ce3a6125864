package match

import (
	"strings"

	"trawl/index"
)

// placeList is the list of the best places of one chosen group.
type placeList struct {
	first     int32  // in Collector.places, or -1
	worst     int32  // the last one if the list is full, or -1
	relevance uint16 // of the group, or the best of its texts
}

// place is one place of a group. The lists are linked, the best place first.
type place struct {
	next int32  // or -1
	dir  int32  // in Collector.dirs
	name uint64 // in Collector.names
	text int32  // position in Plan.texts.hits, or -1
	unix int64
	prec index.Precision
}

// keptDir is the part of a Directory that is kept for its places.
type keptDir struct {
	host  int
	path  index.Path
	shown string
	rank  uint32 // smaller is better: up, fresh, complete, fast
	depth uint16
	seen  int64
	stale bool
}

// keptDir returns the part of a directory that is kept. Its texts are not copied.
func (p *Plan) keptDir(d *Directory) keptDir {
	h := &p.hosts[d.Host]
	k := keptDir{
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
	k.rank |= uint32(255 - max(0, min(h.Known.Connections, 255)))
	return k
}

// insert puts the place of an entry in the list of its group, unless that is full of
// better ones.
func insert[S string | []byte](s *Collector, list *placeList, p place, name, raw S) {
	wire := name
	if len(raw) > 0 {
		wire = raw
	}
	at, n := &list.first, 0
	for *at >= 0 && n < s.plan.placeLimit {
		next := s.places.at(int(*at))
		if c := s.compare(&p, next); c < 0 || c == 0 && string(wire) < string(s.names.wire(next.name)) {
			break
		}
		at = &next.next
		n++
	}
	switch {
	case n == s.plan.placeLimit:
	case s.places.n >= s.plan.most.places:
		s.full = true
	default:
		p.name, p.next = addNames(&s.names, name, raw), *at
		*at = int32(s.places.add(p))
		s.setWorst(list)
	}
}

// setWorst finds the last place of a full list.
func (s *Collector) setWorst(list *placeList) {
	at := list.first
	for n := 1; n < s.plan.placeLimit && at >= 0; n++ {
		at = s.places.at(int(at)).next
	}
	if list.worst = at; s.plan.texts.words != "" {
		list.worst = -1 // the place of a text may be any
	}
}

// compare orders places by their directories.
func (s *Collector) compare(a, b *place) int {
	if a.dir == b.dir {
		return 0
	}
	return s.compareDirs(&s.dirs[a.dir], &s.dirs[b.dir])
}

// compareDirs orders directories: host up, fresh, complete, fast; then those last
// seen, the shallower ones, and by host and path.
func (s *Collector) compareDirs(a, b *keptDir) int {
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
