package match

import (
	"cmp"
	"math"
	"slices"

	"trawl/index"
)

// Choice is the state after all entries that match are counted: how many results there
// are, and which of them may be on the page that is asked for. Then an engine shows the
// entries of its Blocks to its collectors, and Answer makes the page.
type Choice struct {
	plan    *Plan
	table   *groupTable   // of all
	tables  []*groupTable // with the occurrences of its groups
	limit   int           // results of the page
	total   int
	groups  []int    // positions of the chosen groups in groupTable.groups
	sure    []bool   // of these, whether they are on the page for sure
	picked  []uint64 // a bit for each group, set if it is chosen: denser in memory than group.chosen
	starts  []uint32
	byBlock []int32
	gone    map[occurrence]int            // of chosen groups: so many of their entries in a block are gone
	hostOf  func(block uint32) (host int) // -1 if there is none
}

// Choose joins the findings of counters, which must not be used afterwards.
func (p *Plan) Choose(counters ...*Counter) *Choice {
	c := &Choice{plan: p}
	for _, j := range counters {
		c.tables = append(c.tables, &j.table)
	}
	if len(c.tables) == 0 {
		c.tables = append(c.tables, &p.Counter().table)
	}
	c.table = slices.MaxFunc(c.tables, func(a, b *groupTable) int { return a.groups.n - b.groups.n })
	for _, t := range c.tables {
		if t != c.table {
			c.table.merge(t)
		}
	}
	c.choose()
	return c
}

// choose picks the results of a page. They are fewer than asked for where those are in
// more places than collectors keep, unless all are of one rank.
func (c *Choice) choose() {
	c.limit = c.plan.limit
	for places := c.pick(); places > c.plan.most.places/2 && c.limit > index.DefaultLimit; {
		before := places
		c.limit = max(1, min(c.limit, len(c.groups))/4)
		c.drop()
		if places = c.pick(); places == before {
			return
		}
	}
}

// drop undoes pick.
func (c *Choice) drop() {
	for _, n := range c.groups {
		c.table.groups.at(n).chosen = -1
	}
	c.groups, c.sure, c.total = c.groups[:0], c.sure[:0], 0
}

// pick counts the results and picks those that may be on the page: their rank is among
// the first ones after the cursor, or equal to that of the cursor. It returns how many
// places collectors will keep of them.
func (c *Choice) pick() (places int) {
	p := c.plan
	first := rankHeap{limit: c.limit + 1}
	type ranked struct {
		n    int
		rank uint64
	}
	var maybe []ranked // more than will be chosen
	room := 1 << 12    // of maybe, before those that have fallen behind are removed
	for n := range c.table.groups.n {
		g := c.table.groups.at(n)
		if int(g.count) < max(1, p.places.Min) || int(g.count) > p.places.Max {
			g.count = 0
			continue
		}
		c.total++
		r := c.rank(n, g)
		if p.after != nil && r < p.after.rank || r > first.last() {
			continue
		}
		if maybe = append(maybe, ranked{n, r}); len(maybe) == room {
			maybe = slices.DeleteFunc(maybe, func(m ranked) bool { return m.rank > first.last() })
			room = max(room, 2*len(maybe))
		}
		if p.after == nil || r > p.after.rank {
			first.add(r)
		}
	}
	last, single := first.last(), 0
	c.picked = make([]uint64, c.table.groups.n/64+1)
	for _, m := range maybe {
		if m.rank > last {
			continue
		}
		c.picked[m.n/64] |= 1 << (m.n % 64)
		g := c.table.groups.at(m.n)
		g.chosen = int32(len(c.groups))
		c.groups, c.sure = append(c.groups, m.n), append(c.sure, m.rank < last && (p.after == nil || m.rank > p.after.rank))
		if g.count == 1 {
			single++ // collectors keep only those of the page
			continue
		}
		places += min(int(g.count), p.placeLimit)
	}
	return places + min(single, c.limit)
}

// rank returns the first part of a group's place in the order.
func (c *Choice) rank(n int, g *group) uint64 {
	prefix := uint64(0)
	if c.table.prefixes.n > 0 {
		prefix = *c.table.prefixes.at(n)
	}
	return c.plan.rank(prefix, g.relevance, g.size, uint32(max(0, g.count)))
}

// Blocks returns the blocks that hold entries of chosen results. An engine has to read the
// first ones in any case, so that each result of the page has a place; the rest is
// ascending. all is true if the blocks are not known and any may hold some: then collectors have
// to be shown all of them. blocks calls do with the blocks that a number given to Counter.Begin stands for, once for
// each entry there, or for one that is gone; it may be nil if each number is one block. hostOf returns the host of
// a block, a position in the hosts of Compile, or -1.
func (c *Choice) Blocks(blocks BlocksOf, hostOf func(block uint32) (host int)) (first, rest []uint32, all bool) {
	c.hostOf = hostOf
	if c.table.incomplete {
		return nil, nil, true
	}
	if !c.sortByBlock(blocks) {
		return nil, nil, true
	}
	for at := range uint32(max(1, len(c.starts)) - 1) {
		switch chosen := c.chosenIn(at); {
		case len(chosen) == 0:
		case len(first)+len(rest) == 0 || c.shows(chosen):
			first = append(first, at)
		default:
			rest = append(rest, at)
		}
	}
	return first, rest, false
}

// BlocksOf calls do with the blocks that a number stands for.
type BlocksOf func(where uint32, do func(block uint32, gone bool))

// shows reports whether one of these groups is surely on the page and was not among the
// groups of a call before.
func (c *Choice) shows(chosen []int32) (yes bool) {
	for _, i := range chosen {
		yes = yes || c.sure[i]
		c.sure[i] = false
	}
	return yes
}

// sortByBlock sorts the occurrences of chosen groups by their blocks: those in block n
// are c.byBlock[c.starts[n]:c.starts[n+1]]. It reports whether they are few enough.
func (c *Choice) sortByBlock(blocks BlocksOf) bool {
	all, ok := c.occurrences(blocks)
	if !ok || len(all) == 0 {
		return ok
	}
	last := slices.MaxFunc(all, func(a, b occurrence) int { return cmp.Compare(a.where, b.where) }).where
	c.starts, c.byBlock = make([]uint32, last+3), make([]int32, len(all))
	for _, s := range all {
		c.starts[s.where+2]++
	}
	for i := 2; i < len(c.starts); i++ {
		c.starts[i] += c.starts[i-1]
	}
	for _, s := range all {
		c.byBlock[c.starts[s.where+1]] = int32(s.group)
		c.starts[s.where+1]++
	}
	c.starts = c.starts[:last+2]
	return true
}

// occurrences returns the occurrences of chosen groups; group is the position among these.
// ok is false if they are too many.
func (c *Choice) occurrences(blocks BlocksOf) (out []occurrence, ok bool) {
	if blocks == nil {
		blocks = func(where uint32, do func(block uint32, gone bool)) { do(where, false) }
	}
	c.gone = map[occurrence]int{}
	chosen := int32(0)
	ok = true
	note := func(block uint32, gone bool) {
		at := occurrence{uint32(chosen), block}
		if gone {
			c.gone[at]++
			return
		}
		if ok = ok && len(out) < c.plan.most.occurrences; ok {
			out = append(out, at)
		}
	}
	for _, t := range c.tables {
		for i := 0; i < t.occurrences.n && ok; i++ {
			s := t.occurrences.at(i)
			if c.picked[s.group/64]&(1<<(s.group%64)) != 0 {
				chosen = c.table.groups.at(int(s.group)).chosen
				blocks(s.where, note)
			}
		}
	}
	return out, ok
}

// chosenIn returns the chosen groups that were seen in a block.
func (c *Choice) chosenIn(where uint32) []int32 {
	if int(where)+1 >= len(c.starts) {
		return nil
	}
	return c.byBlock[c.starts[where]:c.starts[where+1]]
}

// Answer makes the page of the findings of collectors, which must not be used afterwards.
// exact says that counters and collectors were shown every candidate. The engine adds Took,
// About and the lines of texts.
func (c *Choice) Answer(exact bool, collectors ...*Collector) index.Answer {
	p := c.plan
	if len(collectors) == 0 {
		collectors = append(collectors, c.Collector())
	}
	s := collectors[0]
	for _, o := range collectors[1:] {
		s.merge(o)
	}
	a := index.Answer{Exact: exact && !s.full && !c.table.full, Total: c.total}
	if !a.Exact && p.places.Max < math.MaxInt {
		return index.Answer{} // a result that was seen in part may be in more places
	}
	best := c.page()
	for i := range s.lists {
		if s.lists[i].first >= 0 {
			best.offer(i, s.key(i))
		}
	}
	best.cut()
	if len(best.rows) > c.limit {
		a.Next = best.rows[c.limit-1].key.cursor(p.queryID())
		best.rows = best.rows[:c.limit]
	}
	hosts := c.countHosts(s, best.rows)
	for i, r := range best.rows {
		result := s.result(r.group)
		result.Hosts, result.Cut = hosts[i], !a.Exact
		a.Results = append(a.Results, result)
	}
	a.Facets = c.Facets()
	a.FacetsExact = a.Exact && p.query.Facets
	return a
}

// Facets counts the results by their common properties, if the query asks for that.
func (c *Choice) Facets() []index.Facet {
	if !c.plan.query.Facets {
		return nil
	}
	return c.table.facets()
}

// page collects the first rows after a cursor.
type page struct {
	order order
	after *key
	limit int
	last  *key  // later rows are not of the page; nil if it is not known yet
	rows  []row // in no order, and up to twice the limit, before cut
}

type row struct {
	group int
	key   key
}

// page returns a page for the results of a choice, and for one more: if that is there,
// there is another page.
func (c *Choice) page() page {
	return page{order: c.plan.order, after: c.plan.after, limit: c.limit + 1}
}

// offer adds a group if it may belong to the page, and reports whether it did. It copies
// the name.
func (p *page) offer(group int, k key) bool {
	if p.after != nil && p.order.compare(&k, p.after) <= 0 || p.last != nil && p.order.compare(&k, p.last) >= 0 {
		return false
	}
	k.name = slices.Clone(k.name)
	if p.rows = append(p.rows, row{group, k}); len(p.rows) == 2*p.limit {
		p.cut()
	}
	return true
}

// cut sorts the rows and removes those that are too many.
func (p *page) cut() {
	slices.SortFunc(p.rows, func(a, b row) int { return p.order.compare(&a.key, &b.key) })
	if len(p.rows) >= p.limit {
		p.rows = p.rows[:p.limit]
		last := p.rows[p.limit-1].key
		p.last = &last
	}
}
