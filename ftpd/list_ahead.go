package ftpd

import (
	"runtime"
	"sync/atomic"

	"trawl/ftpd/tree"
)

// Most of the time of a long listing goes into system calls, one for each entry. So two goroutines share them: the one that writes
// describes entries from the first on, ahead describes others from the last on, until they meet.

const (
	aheadPiece = 128            // entries that a goroutine takes at once
	aheadLeast = 4 * aheadPiece // fewer entries are not worth a second goroutine
)

// ahead describes entries of a directory from the end. A nil ahead does nothing.
type ahead struct {
	taken []atomic.Bool // pieces, by whichever goroutine
	stop  atomic.Bool
	done  chan struct{} // closed when it describes no more
}

// newAhead begins to describe the entries of a holder in the order of its places; nil if that is not worth it. The caller ends it.
func newAhead(d *tree.Entries, h *holder) *ahead {
	if len(h.places) < aheadLeast || runtime.GOMAXPROCS(0) < 2 {
		return nil
	}
	describe := d.Describer()
	if describe == nil {
		return nil
	}
	a := &ahead{taken: make([]atomic.Bool, (len(h.places)+aheadPiece-1)/aheadPiece), done: make(chan struct{})}
	go func() {
		defer close(a.done)
		for piece := len(a.taken) - 1; piece >= 0 && !a.stop.Load() && a.taken[piece].CompareAndSwap(false, true); piece-- {
			from := piece * aheadPiece
			for _, p := range h.places[from:min(from+aheadPiece, len(h.places))] {
				_ = describe(&h.entries[p.at]) // the other goroutine meets the error when it finds the entry not described
			}
		}
	}()
	return a
}

// reach takes the piece that begins at place i for the caller. If it was taken, all that are left are described when reach returns.
func (a *ahead) reach(i int) {
	if a != nil && !a.taken[i/aheadPiece].CompareAndSwap(false, true) {
		<-a.done
	}
}

// end returns when no entry is touched any more.
func (a *ahead) end() {
	if a != nil {
		a.stop.Store(true)
		<-a.done
	}
}
