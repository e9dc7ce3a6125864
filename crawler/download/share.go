package download

import (
	"math"
	"slices"
	"sync"

	"trawl/index"
)

const (
	overlap    = 64 << 10 // of what an earlier call fetched is fetched again and compared, in bytes
	leastShare = 4 << 20  // in bytes; a share is not divided into smaller ones
)

// share is a part of a file that one connection fetches.
type share struct {
	start, at, end int64 // at is the next byte that is wanted
	overlap        int64 // bytes before at that are fetched again and compared
	taken          bool
}

// shares divide what is missing of a file among connections. A connection that has fetched its
// share takes the second half of the largest other one.
type shares struct {
	mu   sync.Mutex // guards the following
	done []span     // of earlier calls, merged
	all  []*share
	size int64 // math.MaxInt64 while it is not known
}

func newShares(done []span, size int64) *shares {
	if size == index.UnknownSize {
		size = math.MaxInt64
	}
	s := &shares{done: done, size: size}
	for _, hole := range holes(done, size) {
		sh := &share{start: hole.start, at: hole.start, end: hole.end}
		for _, d := range done {
			if d.end == hole.start {
				sh.overlap = min(overlap, d.size())
			}
		}
		s.all = append(s.all, sh)
	}
	return s
}

// take returns a share that nobody fetches, divided from another one if need be; nil if there is
// none.
func (s *shares) take(divide bool) *share {
	s.mu.Lock()
	defer s.mu.Unlock()
	var largest *share
	for _, sh := range s.all {
		switch {
		case sh.at >= sh.end:
		case !sh.taken:
			sh.taken = true
			return sh
		case largest == nil || sh.end-sh.at > largest.end-largest.at:
			largest = sh
		}
	}
	if !divide || largest == nil || s.size == math.MaxInt64 || largest.end-largest.at < 2*leastShare {
		return nil
	}
	middle := largest.at + (largest.end-largest.at)/2
	half := &share{start: middle, at: middle, end: largest.end, taken: true}
	largest.end = middle
	s.all = append(s.all, half)
	return half
}

// give gives back a share of which a part may be missing.
func (s *shares) give(sh *share) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh.taken = false
}

// room returns where the next bytes of a share are written, and how many of n bytes are its own.
func (s *shares) room(sh *share, n int) (at int64, own int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return sh.at, int(min(int64(n), sh.end-sh.at))
}

// advance counts n bytes of a share as fetched. last says that the share ends there, and end that
// the file does.
func (s *shares) advance(sh *share, n int) (last, end bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh.at += int64(n)
	return sh.at >= sh.end, sh.at >= s.size
}

// ended says that the file ends where a share has come to. It reports whether it may.
func (s *shares) ended(sh *share) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.size == math.MaxInt64 {
		s.size, sh.end = sh.at, sh.at
	}
	return sh.at >= sh.end
}

// fetched returns all that is there.
func (s *shares) fetched() []span {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.done)
	for _, sh := range s.all {
		all = append(all, span{sh.start, sh.at})
	}
	return merge(all)
}

// missing reports whether a byte is missing.
func (s *shares) missing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.all, func(sh *share) bool { return sh.at < sh.end })
}
