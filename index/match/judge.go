package match

import (
	"hash/maphash"

	"trawl/index"
)

// Judge looks at entries, block by block, and counts the results that match. It
// keeps of each only what it takes to choose those of a page; a Collector takes up
// these. It belongs to one goroutine.
type Judge struct {
	matcher
	tally tally
	host  int
	where uint32
}

// Judge returns a judge for one goroutine.
func (p *Plan) Judge() *Judge { return &Judge{matcher: newMatcher(p), tally: newTally(p)} }

// Begin starts on a block, in which all entries are of one host, a position in the
// hosts of Compile. where is a number by which Choice.Where names the block again.
func (j *Judge) Begin(host int, where uint32) { j.host, j.where = host, where }

// Verdict is what can be said of an entry.
type Verdict uint8

// The verdicts.
const (
	No    Verdict = iota // it does not match
	Yes                  // it matches
	Maybe                // only its directory can tell
)

// Blind looks at one entry of the block without its directory; folded is its Name
// folded by AppendFold. Raw and Target need not be there. After Maybe the entry is
// to be shown once more by Entry.
func (j *Judge) Blind(e *index.Entry, folded []byte) Verdict {
	switch least, most := j.span(j.host, e, folded); {
	case least >= plain:
		j.tally.count(e, folded, seen{1, j.host, j.where})
		return Yes
	case most >= plain:
		return Maybe
	}
	return No
}

// Matches tells whether an entry matches a plan that is ByNames. It counts nothing.
func (j *Judge) Matches(e *index.Entry, folded []byte) bool {
	least, _ := j.span(0, e, folded)
	return least >= plain
}

// Count counts an entry that Matches as one that stands in n places, of which neither
// host nor time is known: there are no facets of it. n may be less than 0, for places that
// are gone and were counted, or will be. where is as in Begin.
func (j *Judge) Count(e *index.Entry, folded []byte, n int, where uint32) {
	j.tally.count(e, folded, seen{n: int32(n), where: where})
}

// Enter starts on a directory of the block and returns what its entries must have.
// Entries that lack it need not be shown. The probe is valid until the next Enter.
func (j *Judge) Enter(d Directory) Probe { return j.enter(d) }

// Entry looks at one entry of the directory last entered, as Blind does. It reports
// whether the entry matches.
func (j *Judge) Entry(e *index.Entry, folded []byte) bool {
	if !j.matches(e, folded) {
		return false
	}
	j.tally.count(e, folded, seen{1, j.host, j.where})
	return true
}

// Results returns how many results this judge has found so far.
func (j *Judge) Results() int { return j.tally.groups.n }

// Sightings returns in how many places, about, this judge has seen them.
func (j *Judge) Sightings() int { return j.tally.seen.n }

// Full tells that the judge counts as much as it may. What it is shown from then on
// may be lost, and the answer is not exact: the engine should stop.
func (j *Judge) Full() bool { return j.tally.full }

// bounds are those of what a judge and a collector keep.
type bounds struct {
	groups    int // of 50 bytes and those of the table
	sightings int
	spots     int // the places that a collector keeps, of some 40 bytes each and their names
}

// usual are the bounds of plans outside of tests.
func usual() bounds { return bounds{groups: 6 << 20, sightings: 4 << 20, spots: 2 << 20} }

// group is a result in the making: all the entries of one kind, one folded name
// and, for files, one size.
type group struct {
	hash   uint64
	size   int64
	count  int32  // places
	chosen int32  // position among the groups that a Choice has chosen, or -1
	ext    uint32 // facets: position in tally.exts
	host   int32  // facets: the first host; others are in tally.more
	score  uint16
	year   int16 // facets: likewise
	kind   index.Kind
}

// slot is a place in the table of groups.
type slot struct {
	tag uint32 // of the hash
	at  uint32 // position in tally.groups, from 1
}

// sighting says in which block a group has an entry.
type sighting struct{ group, where uint32 }

// tally counts groups.
type tally struct {
	table    []slot // open addressing by group.hash
	groups   chunked[group]
	heads    chunked[uint64] // of each group's folded name, if results are sorted by name
	seen     chunked[sighting]
	unplaced bool       // seen is not complete
	exts     extensions // for facets
	more     map[fact]struct{}
	full     bool
	plan     *Plan
	most     bounds
}

func newTally(p *Plan) tally {
	t := tally{plan: p, most: p.most, table: make([]slot, 1<<10)}
	if p.query.Facets {
		t.more = map[fact]struct{}{}
		t.exts = newExtensions()
	}
	return t
}

// hash tells groups apart.
func (p *Plan) hash(e *index.Entry, folded []byte) uint64 {
	return maphash.Bytes(p.seed, folded) ^ (uint64(sizeOf(e))+uint64(e.Kind)<<61)*0x9E3779B97F4A7C15
}

// sizeOf returns the size that tells an entry's result from others.
func sizeOf(e *index.Entry) int64 {
	if e.Kind != index.File {
		return index.UnknownSize
	}
	return e.Size
}

// seen is where an entry was seen: in n places of a block.
type seen struct {
	n     int32
	host  int
	where uint32
}

// count takes up an entry that matches.
func (t *tally) count(e *index.Entry, folded []byte, at seen) {
	n, fresh := t.find(t.plan.hash(e, folded))
	if n < 0 {
		return
	}
	g := t.groups.at(n)
	if fresh {
		g.size, g.kind = sizeOf(e), e.Kind
		if t.plan.texts.words == "" {
			g.score = t.plan.score(e.Kind, folded)
		}
		if t.plan.order.sort == index.ByName {
			t.heads.add(head(folded))
		}
	}
	g.count += at.n
	if t.more != nil {
		t.note(n, e, folded, at.host, fresh)
	}
	if t.seen.n < t.most.sightings {
		t.seen.add(sighting{uint32(n), at.where})
	} else {
		t.unplaced = true
	}
}

// find returns the position of the group of a hash, a new one if there is none,
// and -1 if it would be one too many.
func (t *tally) find(hash uint64) (n int, fresh bool) {
	i, n := t.look(hash)
	switch {
	case n >= 0:
		return n, false
	case t.groups.n == t.most.groups:
		t.full = true
		return -1, false
	}
	n = t.groups.add(group{hash: hash, chosen: -1})
	t.table[i] = slot{uint32(hash >> 32), uint32(n + 1)}
	if t.groups.n*2 > len(t.table) {
		t.grow()
	}
	return n, true
}

// look returns the position of the group of a hash, or -1 and the place in the
// table where it would be.
func (t *tally) look(hash uint64) (i uint64, n int) {
	mask := uint64(len(t.table) - 1)
	i, tag := hash&mask, uint32(hash>>32)
	for ; t.table[i].at != 0; i = (i + 1) & mask {
		if n := int(t.table[i].at - 1); t.table[i].tag == tag && t.groups.at(n).hash == hash {
			return i, n
		}
	}
	return i, -1
}

// grow makes the table larger: four times as long as it is small, which spares half of
// the work, then twice.
func (t *tally) grow() {
	times := 4
	if len(t.table) > 1<<18 {
		times = 2
	}
	t.table = make([]slot, times*len(t.table))
	mask := uint64(len(t.table) - 1)
	for n := range t.groups.n {
		hash := t.groups.at(n).hash
		i := hash & mask
		for t.table[i].at != 0 {
			i = (i + 1) & mask
		}
		t.table[i] = slot{uint32(hash >> 32), uint32(n + 1)}
	}
}

// merge takes over what another tally of the same plan has, and makes its
// sightings those of this one's groups.
func (t *tally) merge(o *tally) {
	t.full, t.unplaced = t.full || o.full, t.unplaced || o.unplaced
	position := make([]uint32, o.groups.n)
	for i := range o.groups.n {
		from := o.groups.at(i)
		n, fresh := t.find(from.hash)
		if n < 0 {
			t.unplaced = true
			return
		}
		position[i] = uint32(n)
		g := t.groups.at(n)
		if fresh {
			*g = *from
			if o.heads.n > 0 {
				t.heads.add(*o.heads.at(i))
			}
		} else {
			g.count += from.count
		}
		if t.more != nil {
			t.joinFacts(n, from, fresh, o)
		}
	}
	for f := range o.more {
		f.group = position[f.group]
		t.more[f] = struct{}{}
	}
	for i := range o.seen.n {
		s := o.seen.at(i)
		s.group = position[s.group]
	}
}
