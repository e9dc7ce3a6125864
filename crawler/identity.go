package crawler

import (
	"fmt"
	"hash/maphash"
	"sync"

	"trawl/index"
)

// Some servers tell what they know entries by, mostly device and inode: the fact
// "unique" of MLSD, "i" of EPLF. A directory that is known by the same as one above
// it is that one, which a link or a mount shows again, and would be listed without
// end. One that is known by the same as a directory elsewhere is a place of its own,
// where people can fetch what it holds, and is listed as such; but where directories
// link to each other there are more paths than can be walked, so that one directory
// is listed at so many places at most.
//
// Servers exist that know everything by one identifier, or by its number in the
// listing. So an identifier alone cuts nothing: the times of both directories must
// be equal too, or four above be known by the same. And the host must not have shown
// that its identifiers tell nothing: it tells one of different things, or of most
// directories in a listing, or directories tell of themselves what those above do
// not. Then none is believed any more, and what was cut on their word is listed.

// identity is what a server knows a directory by.
type identity struct {
	id   uint64 // hash of the identifier; 0 if there is none
	when stamp  // as the directory above told it
}

// agrees reports whether nothing but the identifier speaks against d and e being
// one directory.
func (d identity) agrees(e identity) bool {
	return d.when == e.when || d.when.precision == index.Unknown || e.when.precision == index.Unknown
}

// known returns the directory above that is d too.
func (l *lineage) known(d identity) (index.Path, bool) {
	n := 0
	for ; l != nil && d.id != 0; l = l.above {
		if l.self.id != d.id {
			continue
		}
		if n++; l.self.agrees(d) || n >= repeats {
			return l.dir, true
		}
	}
	return "", false
}

// knows reports whether a directory above has this identifier.
func (l *lineage) knows(id uint64) bool {
	for ; l != nil && id != 0; l = l.above {
		if l.self.id == id {
			return true
		}
	}
	return false
}

// idents is what a pass heard of identifiers.
type idents struct {
	seed   maphash.Seed
	memory *share

	mu    sync.Mutex // guards the following
	met   map[uint64]bearer
	heard uint32 // listings
	told  int    // different identifiers that are remembered
	dirs  int    // those of directories among them

	differ int    // that were told of another thing before
	twins  int    // directories that are told the identifier of another in the same listing
	astray int    // directories that tell of themselves what those above do not
	lying  bool   // none is believed any more
	cut    []task // what was not listed on their word
}

// bearer is what an identifier was first told of.
type bearer struct {
	when   stamp
	heard  uint32 // the last listing that told it
	places uint16 // where a directory is listed
	kind   index.Kind
}

// How many identifiers are remembered, those of files to judge the host by. What is
// above a directory is known without them.
const (
	identsMost  = 32 << 10
	identsFiles = 4 << 10
	identCosts  = 64 // of each, in bytes
)

const (
	placesMost = 64 // of one directory
	strayMost  = 1  // directories that tell of themselves what those above do not: one may have been replaced
	differRate = 8  // so many identifiers there must be for each, but one, that was told of something else: times change
)

// hash returns what an identifier is remembered by; 0 for none.
func (x *idents) hash(ident string) uint64 {
	if ident == "" {
		return 0
	}
	return maphash.String(x.seed, ident) | 1
}

// hear takes the identifiers of a listing as evidence for or against the host's
// identifiers, and reports whether it is now that they turn out to lie. The directory
// itself is at the head of line.
func (x *idents) hear(l *index.Listing, line *lineage) (lie bool) {
	if l.Idents == nil && l.Ident == "" {
		return false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.heard++
	if id := x.hash(l.Ident); id != 0 {
		if line.self.id != 0 && line.self.id != id {
			x.astray++
		}
		x.meet(id, bearer{kind: index.Dir, when: line.self.when})
	}
	x.weigh(l, line)
	if x.lying || x.astray <= strayMost && x.differ <= 1+x.told/differRate && (x.twins == 0 || x.twins < x.dirs) {
		return false
	}
	x.lying = true
	return true
}

// lie reports whether identifiers are known to tell nothing.
func (x *idents) lie() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.lying
}

// void returns what was cut on the word of identifiers that lie.
func (x *idents) void() []task {
	x.mu.Lock()
	defer x.mu.Unlock()
	cut := x.cut
	x.cut = nil
	return cut
}

// weigh holds the identifiers of entries against what they were told of before; mu is
// held. Of what is above, and in it, nothing is made: it may have changed since.
func (x *idents) weigh(l *index.Listing, line *lineage) {
	loop := line.above.knows(line.self.id)
	for i, ident := range l.Idents {
		e := &l.Entries[i]
		if ident == "" || e.Kind == index.Link { // some tell of a link what its target is known by
			continue
		}
		id, when := x.hash(ident), stamp{e.Unix, e.Precision}
		was, met := x.meet(id, bearer{kind: e.Kind, when: when, heard: x.heard})
		switch {
		case !met, loop, e.Kind == index.Dir && was.kind == index.Dir && line.knows(id):
		case was.kind != e.Kind, was.when != when && was.when.precision != index.Unknown:
			x.differ++
		case was.heard == x.heard && e.Kind == index.Dir:
			x.twins++
		}
	}
}

// meet returns what an identifier was told of before, and takes down what it is told
// of now; mu is held.
func (x *idents) meet(id uint64, now bearer) (was bearer, met bool) {
	if was, met = x.met[id]; met {
		now.kind, now.when, now.places = was.kind, was.when, was.places
		x.met[id] = now
		return was, true
	}
	room := len(x.met) < identsFiles || len(x.met) < identsMost && now.kind == index.Dir
	if !room || !x.memory.try(identCosts) {
		return was, false
	}
	if x.met == nil {
		x.met = make(map[uint64]bearer)
	}
	x.met[id] = now
	x.told++
	if now.kind == index.Dir {
		x.dirs++
	}
	return was, false
}

// twin reports why a directory need not be listed, if it is one that is listed
// already. It is remembered, should the host turn out to lie.
func (x *idents) twin(t task) (why string, found bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	above, loop := t.above.known(t.self)
	b, met := x.met[t.self.id]
	switch {
	case x.lying:
		return "", false
	case loop && x.dirs > 1:
		why = "a loop: the server knows it as " + string(above)
	case met && b.places >= placesMost:
		why = fmt.Sprintf("the server knows it as a directory that is listed in %d places", b.places)
	case met:
		b.places++
		x.met[t.self.id] = b
	}
	if why == "" || !x.memory.try(weight(t.dir)) {
		return "", false
	}
	x.cut = append(x.cut, t)
	return why, true
}

// hear judges the identifiers of a part and learns what the directory is known by.
func (r *reading) hear(l *index.Listing) error {
	line := &lineage{dir: r.task.dir, self: r.self, above: r.task.above}
	lie := r.idents.hear(l, line)
	if id := r.idents.hash(l.Ident); id != 0 {
		r.self.id = id
	}
	if !lie {
		return nil
	}
	r.c.log.Info("identifiers lie", "host", r.id, "dir", index.Visible(string(l.Dir)))
	if r.resumed {
		r.spoil() // what was cut before, the next crawl lists
		return nil
	}
	again := r.idents.void()
	r.meter.truncated.Add(int64(-len(again)))
	r.meter.directories.Add(int64(-len(again)))
	for _, t := range again {
		if err := r.push(only(t)); err != nil {
			return fmt.Errorf("%w: %w", errFatal, err)
		}
	}
	return nil
}

// novel returns those of a directory's kids that are not listed already, as far as
// the server tells.
func (w *walker) novel(above *lineage, kids []kid, way string) ([]kid, error) {
	var left []kid // nil while all are
	for i, k := range kids {
		var why string
		found := false
		if k.self.id != 0 {
			why, found = w.idents.twin(task{dir: above.dir.Join(k.name), above: above, self: k.self})
		}
		if !found {
			if left != nil {
				left = append(left, k)
			}
			continue
		}
		if left == nil {
			left = append(make([]kid, 0, len(kids)), kids[:i]...)
		}
		if err := w.cut(above.dir.Join(k.name), way, why); err != nil {
			return nil, err
		}
	}
	if left == nil {
		return kids, nil
	}
	return left, nil
}
