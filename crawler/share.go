package crawler

import "sync/atomic"

// purse is the memory that crawls together may spend on the names of directories
// that are known and not yet listed.
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

// spend takes some bytes. It is false when the crawl then holds more than what is
// free: alone it gets half of all, and the more spend much, the less each.
func (s *share) spend(n int64) bool {
	ours, all := s.spent.Add(n), s.of.spent.Add(n)
	return ours <= s.of.total-all
}

// restore gives bytes back.
func (s *share) restore(n int64) {
	s.spent.Add(-n)
	s.of.spent.Add(-n)
}

// close gives all back.
func (s *share) close() { s.of.spent.Add(-s.spent.Swap(0)) }

// costs is about what a directory that waits takes in memory beside its name.
const costs = 64

// weight is what a name or a path that waits takes.
func weight[S ~string](name S) int64 { return int64(len(name)) + costs }

// weigh adds up the weights of kids.
func weigh(kids []kid) (sum int64) {
	for _, k := range kids {
		sum += weight(k.name)
	}
	return sum
}
