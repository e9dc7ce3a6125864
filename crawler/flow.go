package crawler

import (
	"slices"
	"sync"
)

// flow bounds the listings of all crawls that are on their way from servers to the
// catalogue. Who reads faster than the catalogue writes waits, first come, first
// served. Its methods may be called from several goroutines.
type flow struct {
	total int64 // bytes

	mu    sync.Mutex // guards what follows
	free  int64
	queue []*entrant
}

// entrant waits for room; admitted is closed when it has it.
type entrant struct {
	weight   int64
	admitted chan struct{}
}

func newFlow(total int64) *flow { return &flow{total: total, free: total} }

// portion is what one crawl may gather before it hands over, while others wait.
func (f *flow) portion(crawls int) int64 { return f.total / int64(4*crawls) }

// enter waits until there is room for so many bytes, and returns how many leave is
// to give back: more than a quarter of all counts as that. Before it waits it calls
// wait. It is false if giveUp is closed first.
func (f *flow) enter(weight int64, wait func(), giveUp <-chan struct{}) (entered int64, ok bool) {
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

// leave gives bytes back.
func (f *flow) leave(weight int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.free += weight
	f.admit()
}

// admit lets in who is first as long as there is room; mu is held.
func (f *flow) admit() {
	for len(f.queue) > 0 && f.free >= f.queue[0].weight {
		f.free -= f.queue[0].weight
		close(f.queue[0].admitted)
		f.queue = f.queue[1:]
	}
}

// crowded reports whether somebody waits.
func (f *flow) crowded() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.queue) > 0
}
