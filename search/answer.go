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
	largest := slices.MaxFunc(judges, func(a, b *Judge) int { return len(a.pile.groups) - len(b.pile.groups) })
	s := &largest.pile
	for _, j := range judges {
		if j != largest {
			s.merge(&j.pile)
		}
	}
	a := index.Answer{Exact: exact && !s.full}
	best := page{order: p.order, limit: p.limit + 1, after: p.after}
	for i := range s.groups {
		g := &s.groups[i]
		if int(g.count) < p.places.Min || int(g.count) > p.places.Max {
			g.count = 0
			continue
		}
		a.Total++
		if g.name != 0 {
			best.offer(int32(i), s.key(g))
		}
	}
	for i, r := range best.rows {
		if i == p.limit {
			last := &best.rows[i-1]
			last.key.rank = p.order.rank(&s.groups[last.group], last.key.name)
			a.Next = last.key.cursor(p.id())
			break
		}
		a.Results = append(a.Results, s.result(&s.groups[r.group]))
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
	group int32
	key   key
}

// offer takes in a group if it belongs to the page.
func (p *page) offer(group int32, k key) {
	if p.after != nil && p.order.compare(&k, p.after) <= 0 {
		return
	}
	if len(p.rows) == p.limit && p.order.compare(&k, &p.rows[p.limit-1].key) >= 0 {
		return
	}
	i, _ := slices.BinarySearchFunc(p.rows, &k, func(r row, k *key) int { return p.order.compare(&r.key, k) })
	p.rows = slices.Insert(p.rows, i, row{group, k})
	p.rows = p.rows[:min(len(p.rows), p.limit)]
}
