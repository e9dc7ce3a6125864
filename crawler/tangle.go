package crawler

import (
	"hash/maphash"
	"slices"
	"sync"

	"trawl/index"
	"trawl/index/hashes"
)

// Links from directories to each other, on a server that shows them as directories,
// make more paths than can be walked though none of them is a loop: of 30 directories
// that link to each other there are 30! of them. Where the server does not tell what it
// knows directories by, such a tangle shows by its depth: directories that hold, with
// sizes and times, what was met elsewhere (they repeat), and whose names are told by a
// directory above the one that they are in (they echo), lie in each other, many times,
// as deep as an archive never does that was made without links. Copies of trees repeat,
// but do not echo; a store spread over 00/00/00 does both, but is not deep. From
// then on what repeats and echoes is listed no further: it is to be had elsewhere.

const (
	tangleRepeat = 5    // so many directories that repeat and echo, each in the one before it
	tangleEcho   = 12   // so many that echo, the last of which repeats
	tangleMost   = 1000 // so often
	tangleNames  = 1024 // directories of more are not remembered by name
)

// ties is at the end of how many directories one lies, each in the one before it.
type ties struct {
	echo   int // that echo
	repeat int // that repeat, too
}

// tangle is what a pass met of directories that hold directories.
type tangle struct {
	memory *share

	mu   sync.Mutex   // guards the following
	met  hashes.Table // fingerprints
	deep int          // directories at the end of tangleRepeat or tangleEcho
}

// names returns what a listing's directories are remembered by, in their order: those
// that echo them are found by it.
func (p *pass) names(of int, name func(int) string) []uint32 {
	if of > tangleNames {
		return nil
	}
	names := make([]uint32, of)
	for i := range names {
		names[i] = p.echoOf(name(i))
	}
	slices.Sort(names)
	return names
}

func (p *pass) echoOf(name string) uint32 { return uint32(maphash.String(p.seed, name)) }

// echoes reports whether a directory above the one at the head tells this name.
func (l *lineage) echoes(name uint32) bool {
	for l = l.above; l != nil; l = l.above {
		if _, ok := slices.BinarySearch(l.names, name); ok {
			return true
		}
	}
	return false
}

// entangled takes in what a directory holds, and returns its ties; why tells that it is
// to be cut.
func (p *pass) entangled(dir index.Path, above *lineage, held fingerprint) (knot ties, why string) {
	if held.dirs == 0 || above == nil {
		return ties{}, ""
	}
	echoes := above.echoes(p.echoOf(dir.Base()))
	if echoes {
		knot.echo = above.knot.echo + 1
	}
	t := &p.tangle
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, repeats := t.met.Get(held.whole); !repeats {
		if t.memory.try(hashes.Cost) {
			t.met.Put(held.whole &^ hashes.Marks)
		}
		return knot, ""
	}
	if !echoes {
		return knot, ""
	}
	if knot.repeat = above.knot.repeat + 1; knot.repeat >= tangleRepeat || knot.echo >= tangleEcho {
		t.deep++
	}
	if t.deep > tangleMost {
		why = "it is listed elsewhere, in a tangle of directories that link to each other"
	}
	return knot, why
}

// forget begins anew: what was listed before was not believed.
func (t *tangle) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.memory.restore(int64(t.met.Len()) * hashes.Cost)
	t.met, t.deep = hashes.Table{}, 0
}
