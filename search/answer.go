package search

import (
	"slices"

	"trawl/index"
)

// Answer puts together what the judges found; they are of no use afterwards.
// exact tells that they saw every candidate. Took, Nearest and About are left to
// the engine.
func (p *Plan) Answer(exact bool, judges ...*Judge) index.Answer {
	if len(judges) == 0 {
		judges = []*Judge{p.Judge()}
	}
	largest := slices.MaxFunc(judges, func(a, b *Judge) int { return a.pile.groups.n - b.pile.groups.n })
	s := &largest.pile
	for _, j := range judges {
		if j != largest {
			s.merge(&j.pile)
		}
	}
	a := index.Answer{Exact: exact && !s.full}
	best := page{order: p.order, limit: p.limit + 1, after: p.after}
	for i := range s.groups.n {
		g := s.groups.at(i)
		if int(g.count) < p.places.Min || int(g.count) > p.places.Max {
			g.count = 0
			continue
		}
		a.Total++
		if g.first != dropped {
			best.offer(i, s.key(g))
		}
	}
	for i, r := range best.rows {
		if i == p.limit {
			last := &best.rows[i-1]
			last.key.rank = p.order.rank(s.groups.at(last.group), last.key.name)
			a.Next = last.key.cursor(p.id())
			break
		}
		a.Results = append(a.Results, s.result(s.groups.at(r.group)))
	}
	if p.query.Facets {
		a.Facets = s.facets()
	}
	return a
}

// page gathers the first rows after a cursor.
type page struct {
	order order
	limit int
	after *key
	rows  []row // in order
}

type row struct {
	group int
	key   key
}

// offer takes in a group if it belongs to the page, and copies its name then.
func (p *page) offer(group int, k key) {
	if p.after != nil && p.order.compare(&k, p.after) <= 0 {
		return
	}
	if len(p.rows) == p.limit && p.order.compare(&k, &p.rows[p.limit-1].key) >= 0 {
		return
	}
	i, _ := slices.BinarySearchFunc(p.rows, &k, func(r row, k *key) int { return p.order.compare(&r.key, k) })
	k.name = slices.Clone(k.name)
	p.rows = slices.Insert(p.rows, i, row{group, k})
	p.rows = p.rows[:min(len(p.rows), p.limit)]
}
