package match

import (
	"hash/maphash"

	"trawl/index"
)

// bounds limit the memory of a counter and a collector.
type bounds struct {
	groups      int // of 50 bytes and those of the table
	occurrences int
	places      int // that a collector keeps, of some 40 bytes each and their names
}

// usual returns the bounds of plans outside of tests.
func usual() bounds { return bounds{groups: 6 << 20, occurrences: 4 << 20, places: 2 << 20} }

// group is a result that is being counted: all the entries of one kind, one folded name
// and, for files, one size.
type group struct {
	hash      uint64
	size      int64
	count     int32  // places
	chosen    int32  // position among the groups that a Choice has chosen, or -1
	ext       uint32 // facets: position in groupTable.exts
	host      int32  // facets: the first host; others are in groupTable.more
	relevance uint16
	year      int16 // facets: likewise
	kind      index.Kind
}

// slot is one place of the hash table.
type slot struct {
	tag uint32 // of the hash
	at  uint32 // position in groupTable.groups, from 1; 0 is empty
}

// occurrence is one block in which a group has an entry.
type occurrence struct{ group, where uint32 }

// groupTable counts groups.
type groupTable struct {
	slots       []slot // open addressing by group.hash
	groups      chunked[group]
	prefixes    chunked[uint64] // of each group's folded name, if results are sorted by name
	occurrences chunked[occurrence]
	incomplete  bool       // seen is not complete
	exts        extensions // for facets
	more        map[extraValue]struct{}
	full        bool
	plan        *Plan
	most        bounds
}

func newGroupTable(p *Plan) groupTable {
	t := groupTable{plan: p, most: p.most, slots: make([]slot, 1<<10)}
	if p.query.Facets {
		t.more = map[extraValue]struct{}{}
		t.exts = newExtensions()
	}
	return t
}

// hash returns the hash by which groups are distinguished.
func (p *Plan) hash(e *index.Entry, folded []byte) uint64 {
	return maphash.Bytes(p.seed, folded) ^ (uint64(sizeOf(e))+uint64(e.Kind)<<61)*0x9E3779B97F4A7C15
}

// sizeOf returns the size by which results are distinguished.
func sizeOf(e *index.Entry) int64 {
	if e.Kind != index.File {
		return index.UnknownSize
	}
	return e.Size
}

// seenAt says where an entry was seen: in n places of a block.
type seenAt struct {
	n     int32
	host  int
	where uint32
}

// count adds an entry that matches.
func (t *groupTable) count(e *index.Entry, folded []byte, at seenAt) {
	n, fresh := t.find(t.plan.hash(e, folded))
	if n < 0 {
		return
	}
	g := t.groups.at(n)
	if fresh {
		g.size, g.kind = sizeOf(e), e.Kind
		if t.plan.texts.words == "" {
			g.relevance = t.plan.relevance(e.Kind, folded)
		}
		if t.plan.order.sort == index.ByName {
			t.prefixes.add(naturalPrefix(folded))
		}
	}
	g.count += at.n
	if t.more != nil {
		t.addFacts(n, e, folded, at.host, fresh)
	}
	if t.occurrences.n < t.most.occurrences {
		t.occurrences.add(occurrence{uint32(n), at.where})
	} else {
		t.incomplete = true
	}
}

// find returns the position of the group of a hash, a new one if there is none,
// and -1 if it would be one too many.
func (t *groupTable) find(hash uint64) (n int, fresh bool) {
	i, n := t.lookup(hash)
	switch {
	case n >= 0:
		return n, false
	case t.groups.n == t.most.groups:
		t.full = true
		return -1, false
	}
	n = t.groups.add(group{hash: hash, chosen: -1})
	t.slots[i] = slot{uint32(hash >> 32), uint32(n + 1)}
	if t.groups.n*2 > len(t.slots) {
		t.grow()
	}
	return n, true
}

// lookup returns the position of the group of a hash, or -1 and the place in the
// table where it would be.
func (t *groupTable) lookup(hash uint64) (i uint64, n int) {
	mask := uint64(len(t.slots) - 1)
	i, tag := hash&mask, uint32(hash>>32)
	for ; t.slots[i].at != 0; i = (i + 1) & mask {
		if n := int(t.slots[i].at - 1); t.slots[i].tag == tag && t.groups.at(n).hash == hash {
			return i, n
		}
	}
	return i, -1
}

// grow makes the table longer: four times while it is small, which saves half of the
// work, then twice.
func (t *groupTable) grow() {
	times := 4
	if len(t.slots) > 1<<18 {
		times = 2
	}
	t.slots = make([]slot, times*len(t.slots))
	mask := uint64(len(t.slots) - 1)
	for n := range t.groups.n {
		hash := t.groups.at(n).hash
		i := hash & mask
		for t.slots[i].at != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = slot{uint32(hash >> 32), uint32(n + 1)}
	}
}

// merge adds the groups of another table of the same plan, and turns the occurrences
// there into those of the groups here.
func (t *groupTable) merge(o *groupTable) {
	t.full, t.incomplete = t.full || o.full, t.incomplete || o.incomplete
	position := make([]uint32, o.groups.n)
	for i := range o.groups.n {
		from := o.groups.at(i)
		n, fresh := t.find(from.hash)
		if n < 0 {
			t.incomplete = true
			return
		}
		position[i] = uint32(n)
		g := t.groups.at(n)
		if fresh {
			*g = *from
			if o.prefixes.n > 0 {
				t.prefixes.add(*o.prefixes.at(i))
			}
		} else {
			g.count += from.count
		}
		if t.more != nil {
			t.mergeFacts(n, from, fresh, o)
		}
	}
	for f := range o.more {
		f.group = position[f.group]
		t.more[f] = struct{}{}
	}
	for i := range o.occurrences.n {
		s := o.occurrences.at(i)
		s.group = position[s.group]
	}
}
