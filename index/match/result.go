package match

import (
	"strings"
	"time"

	"trawl/index"
	"trawl/search/fold"
)

// result makes a Result of a chosen group.
func (s *Collector) result(chosen int) index.Result {
	g := s.choice.table.groups.at(s.choice.groups[chosen])
	r := index.Result{Kind: g.kind, Size: g.size, Score: float64(s.lists[chosen].relevance>>closeBits) / scoreExact, Count: int(g.count)}
	for i := s.lists[chosen].first; i >= 0 && len(r.Places) < s.plan.placeLimit; i = s.places.at(int(i)).next {
		p := s.places.at(int(i))
		asName, asRaw := s.names.get(p.name)
		name, raw := string(asName), string(asRaw)
		d := &s.dirs[p.dir]
		e := index.Entry{Name: name, Raw: raw, Unix: p.unix, Precision: p.prec}
		dir := d.shown
		if dir == "" {
			dir = string(d.path)
		}
		shown := strings.TrimSuffix(dir, "/") + "/" + name
		h := &s.plan.hosts[d.host]
		r.Places = append(r.Places, index.Place{
			Host: h.ID, Doors: h.Doors, Path: d.path.Join(e.Wire()), Shown: shown, Time: e.Time(), Precision: p.prec,
			Seen: time.Unix(d.seen, 0).UTC(), Stale: d.stale, Down: !h.Health.DownSince.IsZero(),
			Marks: s.plan.markPath(shown, len(shown)-len(name)),
		})
		if len(r.Places) == 1 {
			r.Name, r.Time = name, e.Time()
			r.Marks = s.plan.markName(name)
		}
		if r.Text == nil && p.text >= 0 {
			hit := s.plan.texts.hits[p.text]
			r.Text = &index.Snippet{Host: s.plan.hosts[hit.Host].ID, Path: hit.Path}
		}
	}
	r.Count = max(r.Count, len(r.Places)) // counters that were cut short have not seen them all
	return r
}

// key returns the key of a chosen group. Its name is valid until the next call.
func (s *Collector) key(chosen int) key {
	g, list := s.choice.table.groups.at(s.choice.groups[chosen]), &s.lists[chosen]
	p := s.places.at(int(list.first))
	name, _ := s.names.get(p.name)
	s.folded = fold.Append(s.folded[:0], name)
	return s.keyOf(g, list.relevance, p, string(name), s.folded)
}

// keyOf returns the key of a group whose best place is p, where it is called name.
func (s *Collector) keyOf(g *group, relevance uint16, p *place, name string, folded []byte) key {
	k := key{
		relevance: relevance, count: uint32(g.count), size: g.size, kind: g.kind, name: folded, unix: p.unix,
		timed: p.prec != index.Unknown && p.unix <= s.plan.latest, depth: s.dirs[p.dir].depth,
	}
	if s.plan.order.sort == index.ByRelevance && s.plan.texts.words == "" {
		k.fine = s.plan.fine(relevance, g.kind, name, folded)
	}
	return k
}
