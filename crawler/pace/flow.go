package pace

import (
	"slices"
	"sync"
)

// Flow bounds the listings of all crawls that are on their way from servers to the
// catalogue. A crawl that reads faster than the catalogue writes waits, first come,
// first served. Its methods may be called from several goroutines.
type Flow struct {
	total int64 // bytes

	mu    sync.Mutex // guards the following
	free  int64
	queue []*entrant
}

// entrant waits for room; admitted is closed when it has it.
type entrant struct {
	weight   int64
	admitted chan struct{}
}

// NewFlow returns a flow with room for so many bytes.
func NewFlow(total int64) *Flow { return &Flow{total: total, free: total} }

// Portion returns how many bytes one of so many crawls may gather before it hands over,
// while others wait.
func (f *Flow) Portion(crawls int) int64 { return f.total / int64(4*crawls) }

// Enter waits until there is room for so many bytes, and returns how many bytes Leave must
// give back: more than a quarter of all counts as a quarter. It calls wait before it
// waits. It is not ok if giveUp is closed first.
func (f *Flow) Enter(weight int64, wait func(), giveUp <-chan struct{}) (entered int64, ok bool) {
	weight = min(weight, f.total/4)
	f.mu.Lock()
	if len(f.queue) == 0 && f.free >= weight {
		f.free -= weight
		f.mu.Unlock()
		return weight, true
	}
	e := &entrant{weight, make(chan struct{})}
	f.queue = append(f.queue, e)
	f.mu.Unlock()
	wait()
	select {
	case <-e.admitted:
		return weight, true
	case <-giveUp:
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if i := slices.Index(f.queue, e); i >= 0 {
		f.queue = slices.Delete(f.queue, i, i+1)
	} else {
		f.free += weight // it was admitted meanwhile
	}
	f.admit()
	return 0, false
}

// Leave gives bytes back.
func (f *Flow) Leave(weight int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.free += weight
	f.admit()
}

// admit lets the first ones in as long as there is room; mu is held.
func (f *Flow) admit() {
	for len(f.queue) > 0 && f.free >= f.queue[0].weight {
		f.free -= f.queue[0].weight
		close(f.queue[0].admitted)
		f.queue = f.queue[1:]
	}
}

// Congested reports whether somebody waits.
func (f *Flow) Congested() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.queue) > 0
}
