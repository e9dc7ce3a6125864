package match

import (
	"hash/maphash"
	"math"
	"time"

	"trawl/index"
	"trawl/search/query"
)

// Plan is a query made ready to be answered over one state of the hosts. It may
// be shared by goroutines once Found has been called or Text is "".
type Plan struct {
	query  index.Query
	now    time.Time
	hosts  []index.Host
	names  []int // of each host the position of the first one of the same name
	seed   maphash.Seed
	root   cond
	fixed  []*cond  // those that directories decide
	marks  []*cond  // those that are shown in names and paths
	asks   []*cond  // the expressions that a name must match
	exact  [][]byte // the letters and digits of the words that all have to match, by branches of an OR
	text   string
	hits   []Hit
	found  map[spotID]int // positions in hits
	places query.Places
	order  order
	after  *key // the last result of the page before
	limit  int
	spots  int // places to keep a result
	addr   func(index.HostID) string
	most   bounds
}

// spotID names a place.
type spotID struct {
	host int
	path string
}

// Compile makes a plan. An entry's host is named by its position in hosts. addr
// returns the address of a host with its port (index.Schemes.Addr), so that host:h:21
// finds the host h; it may be nil. The errors are index.ErrCursor and those of a tree
// that query.Parse does not give.
func Compile(q index.Query, hosts []index.Host, addr func(index.HostID) string) (*Plan, error) {
	p := &Plan{
		query: q, hosts: hosts, addr: addr, now: q.Now, seed: maphash.MakeSeed(),
		places: query.Places{Min: 1, Max: math.MaxInt},
		limit:  q.Limit, spots: q.Places, most: usual(),
	}
	if p.now.IsZero() {
		p.now = time.Now()
	}
	if p.limit <= 0 {
		p.limit = index.DefaultLimit
	}
	p.limit = min(p.limit, index.MaxLimit)
	if p.spots <= 0 {
		p.spots = index.DefaultPlaces
	}
	p.names = make([]int, len(hosts))
	first := map[string]int{}
	for i := range hosts {
		name := hosts[i].ID.Name()
		if _, ok := first[name]; !ok {
			first[name] = i
		}
		p.names[i] = first[name]
	}
	rest := p.top(q.Tree)
	c := &compiler{plan: p}
	var err error
	if p.root, err = c.node(rest); err != nil {
		return nil, err
	}
	p.survey(&p.root, true)
	p.asks = asksOf(&p.root)
	p.exact = exacts(&p.root)
	p.order = orderOf(q.Sort, q.Reverse)
	if q.Cursor != "" {
		if p.after, err = readCursor(q.Cursor, p.id()); err != nil {
			return nil, err
		}
		k := p.after
		k.rank = p.rank(head(k.name), k.score, k.count, k.size)
	}
	return p, nil
}

// top takes what speaks of whole results out of a tree and returns the rest.
func (p *Plan) top(tree query.Node) query.Node {
	of := []query.Node{tree}
	if and, ok := tree.(query.And); ok {
		of = and.Of
	}
	var rest []query.Node
	for _, n := range of {
		switch n := n.(type) {
		case query.Places:
			p.places.Min, p.places.Max = max(p.places.Min, n.Min), min(p.places.Max, n.Max)
			continue
		case query.Text:
			p.text = n.Words
		default:
		}
		if n != nil {
			rest = append(rest, n)
		}
	}
	if len(rest) == 1 {
		return rest[0]
	}
	return query.And{Of: rest}
}

// survey lists the conditions that are of use apart from the tree.
func (p *Plan) survey(c *cond, positive bool) {
	for i := range c.of {
		p.survey(&c.of[i], positive != (c.op == opNot))
	}
	if c.bit != 0 {
		p.fixed = append(p.fixed, c)
	}
	if !positive {
		return
	}
	switch c.op {
	case opWord, opExact, opName, opGlob, opRegexp, opPath, opPathRE, opPathRaw:
		p.marks = append(p.marks, c)
	default:
	}
}

// Text returns the words that text: asks for, "" if the query has no text:. If
// there are any, the engine looks them up and hands what it found to Found,
// before it asks for anything else.
func (p *Plan) Text() string { return p.text }

// Hit is a text that holds the words of text:.
type Hit struct {
	Host  int // position in the hosts of Compile
	Path  index.Path
	Score float64 // 0 to 1, the best hit 1
}

// Found takes the texts that hold the words of Text.
func (p *Plan) Found(hits []Hit) {
	p.hits = hits
	p.found = make(map[spotID]int, len(hits))
	for i, h := range hits {
		p.found[spotID{h.Host, string(h.Path)}] = i
	}
}

// hitAt returns the position in hits of the text at an entry's place, if it was found.
func (p *Plan) hitAt(d *Directory, e *index.Entry) (hit int, ok bool) {
	hit, ok = p.found[spotID{d.Host, string(d.Path.Join(e.Wire()))}]
	return hit, ok
}

// Candidates returns what an entry and its path must have so that the entry can
// match: a superset, never less.
func (p *Plan) Candidates() Candidate {
	want := p.wants(&p.root, place{})
	return oneOf([]Candidate{want.plain, want.own})
}

// Probe returns what the folded name of every entry that matches must hold,
// whatever its directory is. It serves to pass over whole blocks.
func (p *Plan) Probe() Probe { return probe(p.Candidates()) }

// Timed tells whether judges look at the times of entries. Collectors always do.
func (p *Plan) Timed() bool { return p.query.Facets || p.root.timed() }

// Facets tells whether facets are asked for.
func (p *Plan) Facets() bool { return p.query.Facets }

// Asks tells whether there are expressions that a name must match: Named asks them,
// before anything else of an entry is decoded.
func (p *Plan) Asks() bool { return len(p.asks) > 0 }

// asksOf returns the expressions that a name must match.
func asksOf(c *cond) (of []*cond) {
	switch c.op {
	case opRegexp:
		of = append(of, c)
	case opAnd:
		for i := range c.of {
			of = append(of, asksOf(&c.of[i])...)
		}
	}
	return of
}

// Directed tells whether directories decide what matches. Where candidates tell
// nothing of names, an engine does well to show the directories of a block first: all of
// them may have a Probe that is Never.
func (p *Plan) Directed() bool { return len(p.fixed) > 0 }
