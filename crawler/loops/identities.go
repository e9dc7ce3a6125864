package loops

import (
	"fmt"
	"hash/maphash"
	"sync"

	"trawl/crawler/pace"
	"trawl/index"
)

// Some servers identify entries in listings, mostly by device and inode: the fact
// "unique" of MLSD, "i" of EPLF. A directory with the identifier of one above it is that
// one, shown again by a link or a mount, and would be listed without end. A directory
// with the identifier of one elsewhere is a place of its own, where people can fetch what
// it holds, and is listed as such; but where directories link to each other there are
// more paths than can be walked, so that one directory is listed at so many places at
// most.
//
// Servers exist that give everything one identifier, or its number in the listing. So an
// identifier alone cuts nothing: the times of both directories must be equal too, or four
// above must have the same identifier. And the host must not have shown that its
// identifiers are worthless: it gives one to different things, or to most directories in
// a listing, or directories name another one for themselves than those above do. Then
// none is believed any more, and the directories that were cut because of them are
// listed.

// Stamp is a time as a listing shows it.
type Stamp struct {
	Unix      int64
	Precision index.Precision
}

// Identity is how a server identifies a directory.
type Identity struct {
	ID   uint64 // hash of the identifier; 0 if there is none
	When Stamp  // as the directory above shows it
}

// agrees reports whether nothing but the identifier speaks against d and e being
// one directory.
func (d Identity) agrees(e Identity) bool {
	return d.When == e.When || d.When.Precision == index.Unknown || e.When.Precision == index.Unknown
}

// Directory is a directory that is to be listed.
type Directory struct {
	Dir   index.Path
	Above *Lineage
	Self  Identity
}

// Identities is the detector of directories by their identifiers. Its methods may be
// called from several goroutines.
type Identities struct {
	seed   maphash.Seed
	budget *pace.Budget

	mu       sync.Mutex // guards the following
	owners   map[uint64]owner
	listings uint32 // that were learned from
	known    int    // different identifiers that are remembered
	dirs     int    // those of directories among them

	differ     int  // identifiers that another thing had before
	duplicates int  // directories with the identifier of another in the same listing
	astray     int  // directories that name another identifier for themselves than those above
	worthless  bool // none is believed any more
	cut        []Directory
}

// NewIdentities returns a detector that remembers identifiers within a budget.
func NewIdentities(seed maphash.Seed, budget *pace.Budget) *Identities {
	return &Identities{seed: seed, budget: budget}
}

// owner is the thing that first had an identifier.
type owner struct {
	when    Stamp
	listing uint32 // the last one that showed it
	places  uint16 // where a directory is listed
	kind    index.Kind
}

// How many identifiers are remembered, those of files to assess the host by. The
// directories above one are known without them.
const (
	identsMost  = 32 << 10
	identsFiles = 4 << 10
	identCosts  = 64 // of each, in bytes
	cutCosts    = 64 // of a directory that was cut, beside its path
)

const (
	placesMost = 64 // of one directory
	strayMost  = 1  // directories that name another identifier for themselves: one may have been replaced
	differRate = 8  // identifiers there must be for each, but one, that had another owner: times change
)

// Hash returns what an identifier is remembered by; 0 for none.
func (x *Identities) Hash(ident string) uint64 {
	if ident == "" {
		return 0
	}
	return maphash.String(x.seed, ident) | 1
}

// Learn takes the identifiers of a listing as evidence for or against the host's
// identifiers, and reports whether they now turn out to be worthless. Then the caller
// lists the directories that it returns, which were cut before. The directory itself is
// at the head of line.
func (x *Identities) Learn(l *index.Listing, line *Lineage) (again []Directory, worthless bool) {
	if l.Idents == nil && l.Ident == "" {
		return nil, false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.listings++
	if id := x.Hash(l.Ident); id != 0 {
		if line.Self.ID != 0 && line.Self.ID != id {
			x.astray++
		}
		x.meet(id, owner{kind: index.Dir, when: line.Self.When})
	}
	x.compare(l, line)
	if x.worthless || x.astray <= strayMost && x.differ <= 1+x.known/differRate && (x.duplicates == 0 || x.duplicates < x.dirs) {
		return nil, false
	}
	x.worthless = true
	again, x.cut = x.cut, nil
	return again, true
}

// Worthless reports whether the host's identifiers are no longer believed.
func (x *Identities) Worthless() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.worthless
}

// compare compares the identifiers of entries with their owners; mu is held. It makes
// nothing of those of directories above, nor of those in them: they may have changed
// since.
func (x *Identities) compare(l *index.Listing, line *Lineage) {
	loop := line.Above.knows(line.Self.ID)
	for i, ident := range l.Idents {
		e := &l.Entries[i]
		if ident == "" || e.Kind == index.Link { // some give a link the identifier of its target
			continue
		}
		id, when := x.Hash(ident), Stamp{e.Unix, e.Precision}
		was, met := x.meet(id, owner{kind: e.Kind, when: when, listing: x.listings})
		switch {
		case !met, loop, e.Kind == index.Dir && was.kind == index.Dir && line.knows(id):
		case was.kind != e.Kind, was.when != when && was.when.Precision != index.Unknown:
			x.differ++
		case was.listing == x.listings && e.Kind == index.Dir:
			x.duplicates++
		}
	}
}

// meet returns the owner of an identifier if it has one, and remembers the present one;
// mu is held.
func (x *Identities) meet(id uint64, now owner) (was owner, met bool) {
	if was, met = x.owners[id]; met {
		now.kind, now.when, now.places = was.kind, was.when, was.places
		x.owners[id] = now
		return was, true
	}
	room := len(x.owners) < identsFiles || len(x.owners) < identsMost && now.kind == index.Dir
	if !room || !x.budget.TrySpend(identCosts) {
		return was, false
	}
	if x.owners == nil {
		x.owners = make(map[uint64]owner)
	}
	x.owners[id] = now
	x.known++
	if now.kind == index.Dir {
		x.dirs++
	}
	return was, false
}

// Duplicate returns why a directory need not be listed, if it is listed already. It
// remembers the directory, should the identifiers turn out to be worthless.
func (x *Identities) Duplicate(d Directory) (why string, found bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	above, loop := d.Above.known(d.Self)
	o, met := x.owners[d.Self.ID]
	switch {
	case x.worthless:
		return "", false
	case loop && x.dirs > 1:
		why = "a loop: the server knows it as " + string(above)
	case met && o.places >= placesMost:
		why = fmt.Sprintf("the server knows it as a directory that is listed in %d places", o.places)
	case met:
		o.places++
		x.owners[d.Self.ID] = o
	}
	if why == "" || !x.budget.TrySpend(int64(len(d.Dir))+cutCosts) {
		return "", false
	}
	x.cut = append(x.cut, d)
	return why, true
}
