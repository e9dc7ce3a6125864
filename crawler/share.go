package crawler

import (
	"sync/atomic"

	"trawl/index"
	"trawl/index/hashes"
)

// purse is the memory that crawls together may spend on what servers tell and the
// catalogue does not hold: the names of directories that are known and not yet
// listed, the windows of what is unpacked, and so on.
type purse struct {
	total int64 // bytes
	spent atomic.Int64
}

// share is what one crawl has spent of a purse. Its methods may be called from
// several goroutines.
type share struct {
	of    *purse
	spent atomic.Int64
}

// spend takes some bytes. It is false when the crawl then holds more than thrice
// what is free: alone it gets three quarters of all, and the more spend much, the
// less each.
func (s *share) spend(n int64) bool {
	ours, all := s.spent.Add(n), s.of.spent.Add(n)
	return ours <= 3*(s.of.total-all)
}

// try is spend that takes nothing if it is false.
func (s *share) try(n int64) bool {
	ok := s.spend(n)
	if !ok {
		s.restore(n)
	}
	return ok
}

// restore gives bytes back.
func (s *share) restore(n int64) {
	s.spent.Add(-n)
	s.of.spent.Add(-n)
}

// close gives all back.
func (s *share) close() { s.of.spent.Add(-s.spent.Swap(0)) }

// What things take in memory, about, in bytes.
const (
	waitCosts = 64          // a directory that waits, beside its name
	listCosts = hashes.Cost // a directory that was listed, for as long as the crawl goes on: what the catalogue keeps of it
	pageCosts = 512         // a listing on its way to the catalogue, beside its entries
	rowCosts  = 96          // an entry, beside its names
)

// weight is what a name or a path that waits takes.
func weight[S ~string](name S) int64 { return int64(len(name)) + waitCosts }

// weigh adds up the weights of kids.
func weigh(kids []kid) (sum int64) {
	for _, k := range kids {
		sum += weight(k.name)
	}
	return sum
}

// heft is what a listing takes.
func heft(l *index.Listing) int64 {
	n := pageCosts + rowCosts*int64(len(l.Entries)) + int64(len(l.Dir))
	for i := range l.Entries {
		e := &l.Entries[i]
		n += int64(len(e.Name) + len(e.Raw) + len(e.Target))
	}
	return n
}
