package match

import (
	"hash/maphash"
	"time"

	"trawl/index"
	"trawl/search/query"
)

// Plan is a query made ready to be answered over one state of the hosts. It may
// be shared by goroutines once SetTexts has been called or Text is "".
type Plan struct {
	query      index.Query
	hosts      []index.Host
	names      []int // of each host the position of the first one of the same name
	seed       maphash.Seed
	conds      compiled
	texts      texts
	places     query.Places
	order      order
	after      *key // the last result of the page before
	limit      int
	placeLimit int   // places to keep a result
	latest     int64 // later times count as unknown
	most       bounds
}

// Compile makes a plan. The host of an entry is named by its position in hosts. addr
// returns the address of a host with its port, as index.Schemes.Addr does, so that
// host:h:21 finds the host h; it may be nil. The errors are index.ErrCursor and those of a
// tree that query.Parse does not return.
func Compile(q index.Query, hosts []index.Host, addr func(index.HostID) string) (*Plan, error) {
	p := &Plan{
		query: q, hosts: hosts, seed: maphash.MakeSeed(),
		limit: q.Limit, placeLimit: q.Places, most: usual(),
	}
	if p.limit <= 0 {
		p.limit = index.DefaultLimit
	}
	p.limit = min(p.limit, index.MaxLimit)
	if p.placeLimit <= 0 {
		p.placeLimit = index.DefaultPlaces
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
	now := q.Now
	if now.IsZero() {
		now = time.Now()
	}
	p.latest = now.Unix() + aheadMost
	c := &compiler{hosts: hosts, addr: addr, now: now.Unix(), texts: &p.texts}
	var err error
	if p.conds, err = c.tree(q.Tree); err != nil {
		return nil, err
	}
	p.places = c.places
	p.order = orderOf(q.Sort, q.Reverse)
	if q.Cursor != "" {
		if p.after, err = readCursor(q.Cursor, p.queryID()); err != nil {
			return nil, err
		}
		k := p.after
		k.rank = p.rank(naturalPrefix(k.name), k.relevance, k.size, k.count)
	}
	return p, nil
}

// Text returns the words that text: asks for, "" if the query has no text:. If
// there are any, the engine first looks them up and passes the texts to SetTexts.
func (p *Plan) Text() string { return p.texts.words }

// Hit is a text that holds the words of text:.
type Hit struct {
	Host  int // position in the hosts of Compile
	Path  index.Path
	Score float64 // 0 to 1, the best hit 1
}

// SetTexts sets the texts that hold the words of Text.
func (p *Plan) SetTexts(hits []Hit) { p.texts.set(hits) }

// Candidates returns a condition that every entry that matches meets. Others may meet it
// too.
func (p *Plan) Candidates() Candidate { return p.conds.root.wants(dirMask{}).matching() }

// Exact returns the condition of the entries whose name, or name without its extension, is the words
// of the query, with separators between them. These come first by relevance, so that an engine shows
// their blocks first, however little time it has.
func (p *Plan) Exact() Candidate {
	if p.order.sort != index.ByRelevance || p.texts.words != "" {
		return None{}
	}
	var all []Candidate
	for i := range p.conds.phrases {
		if text := p.conds.phrases[i].loose(); text != "" {
			all = append(all, Named{text})
		}
	}
	return oneOf(all)
}

// Probe returns a condition on folded names that every entry that matches meets, whatever
// its directory is. With it an engine skips whole blocks.
func (p *Plan) Probe() Probe { return probe(p.Candidates()) }

// UsesTimes reports whether counters use the times of entries. Collectors always do.
func (p *Plan) UsesTimes() bool { return p.query.Facets || p.conds.timed }

// Facets reports whether the query asks for facets.
func (p *Plan) Facets() bool { return p.query.Facets }

// TestsNames reports whether there are expressions that a name must match. NameMayMatch
// tests them, before anything else of an entry is decoded.
func (p *Plan) TestsNames() bool { return len(p.conds.nameTests) > 0 }

// UsesDirectories reports whether directories decide matches. Where candidates have no
// condition on names, an engine should show the directories of a block first: all of their
// probes may be Never.
func (p *Plan) UsesDirectories() bool { return len(p.conds.directed) > 0 }

// ByNames reports whether names, kinds and sizes alone decide what matches: no directory,
// no host and no time does.
func (p *Plan) ByNames() bool { return p.conds.root.spans().decided() }
