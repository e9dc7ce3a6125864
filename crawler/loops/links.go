package loops

import (
	"hash/maphash"
	"slices"
	"sync"

	"trawl/crawler/pace"
	"trawl/index"
	"trawl/index/hashes"
)

// Links from directories to each other, on a server that shows them as directories, make
// more paths than can be walked though none of them is a loop: 30 directories that link
// to each other have 30! of them. Where the server does not identify directories, such
// dense links show by their depth. A directory repeats if it holds, with sizes and times,
// the same as one that was met elsewhere. It recurs if a directory above its parent holds
// one of its name. Directories that do both lie in each other, many times, as deep as an
// archive never does that was made without links. Copies of trees repeat, but do not
// recur; a store spread over 00/00/00 does both, but is not deep. After so many of them,
// directories that do both are not listed: they are found elsewhere.

const (
	deepRepeat = 5    // directories that repeat and recur, each in the one before it
	deepRecur  = 12   // directories that recur, the last of which repeats
	deepMost   = 1000 // how often that may be
	namesMost  = 1024 // directories of more are not remembered by name
)

// Ties is how many directories that recur, or repeat too, end in one, each in the one
// before it.
type Ties struct {
	recur  int
	repeat int // those that repeat, too
}

// Links is the detector of directories that link to each other densely. Its methods may
// be called from several goroutines.
type Links struct {
	seed   maphash.Seed
	budget *pace.Budget

	mu   sync.Mutex   // guards the following
	met  hashes.Table // fingerprints
	deep int          // directories at the end of deepRepeat or deepRecur
}

// NewLinks returns a detector that remembers fingerprints within a budget.
func NewLinks(seed maphash.Seed, budget *pace.Budget) *Links {
	return &Links{seed: seed, budget: budget}
}

// Names returns hashes of the names of n directories, in ascending order, or nil if they
// are too many to be remembered. A lineage has them to find out which directories recur.
func (k *Links) Names(n int, name func(int) string) []uint32 {
	if n > namesMost {
		return nil
	}
	names := make([]uint32, n)
	for i := range names {
		names[i] = k.hash(name(i))
	}
	slices.Sort(names)
	return names
}

func (k *Links) hash(name string) uint32 { return uint32(maphash.String(k.seed, name)) }

// Check remembers the entries of a directory and returns its ties. Why is not "" if the
// directory is to be cut.
func (k *Links) Check(dir index.Path, above *Lineage, print Fingerprint) (ties Ties, why string) {
	if print.Dirs == 0 || above == nil {
		return Ties{}, ""
	}
	recurs := above.holds(k.hash(dir.Base()))
	if recurs {
		ties.recur = above.Ties.recur + 1
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, repeats := k.met.Get(print.Whole); !repeats {
		if k.budget.TrySpend(hashes.Cost) {
			k.met.Put(print.Whole &^ hashes.Marks)
		}
		return ties, ""
	}
	if !recurs {
		return ties, ""
	}
	if ties.repeat = above.Ties.repeat + 1; ties.repeat >= deepRepeat || ties.recur >= deepRecur {
		k.deep++
	}
	if k.deep > deepMost {
		why = "it is listed elsewhere, among directories that link to each other"
	}
	return ties, why
}

// Forget begins anew: the listings so far were not believed.
func (k *Links) Forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.budget.Restore(int64(k.met.Len()) * hashes.Cost)
	k.met, k.deep = hashes.Table{}, 0
}
