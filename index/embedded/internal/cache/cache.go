package cache

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
	"unsafe"
)

// Cache keeps what was computed of questions, as long as the catalogue is in the
// same state: what is given is never older than the catalogue was when it was
// asked for. Those who ask the same at the same time wait for one computation.
// What was used least recently goes first when there is no room.
type Cache[Q, S comparable, A any] struct {
	state func() (S, error) // the present one
	weigh func(*Q, *A) int  // bytes that both take
	room  int               // bytes; 0 keeps nothing

	mu    sync.Mutex // guards what follows, and the answers
	at    S          // of the catalogue, of all that is kept and under way
	all   map[Q]*entry[Q, S, A]
	used  list.List // of *kept[Q, S, A] that are made, the last used first
	bytes int       // of them
}

// Computed is what a computation gives.
type Computed[S comparable, A any] struct {
	Answer A
	State  S    // of the catalogue that it is from
	Whole  bool // it would be the same if there had been more time
}

// entry is an answer, or will be.
type entry[Q, S comparable, A any] struct {
	question Q
	Computed[S, A]

	err   error
	done  chan struct{}      // closed when answer and err are there
	wait  int                // how many wait for it
	stop  context.CancelFunc // of the computation, while there is one
	place *list.Element      // in used, nil if it is not there
	until time.Time          // when it is too old; zero: when the catalogue changes
	bytes int
}

const (
	// fading is how long an answer is kept that time cut short. What was poor since
	// too many searched should not stay for longer than the crowd does, but while it
	// is there it is such answers, the dearest, that all would compute again.
	fading = 10 * time.Second

	// largest is the part of the room that one answer may take.
	largest = 8
)

// errLeft is what others get when a computation ends in a panic.
var errLeft = errors.New("the computation that this search waited for failed")

func New[Q, S comparable, A any](room int, state func() (S, error), weigh func(*Q, *A) int) *Cache[Q, S, A] {
	return &Cache[Q, S, A]{state: state, weigh: weigh, room: room, all: map[Q]*entry[Q, S, A]{}}
}

// Get returns the answer to a question. It is that of compute, called by the first
// who asks, if none is kept. The context of compute ends when all who wait for it
// have given up; until then the one who called it stays.
func (a *Cache[Q, S, A]) Get(ctx context.Context, q Q, compute func(context.Context) (Computed[S, A], error)) (answer A, err error) {
	if a.room == 0 {
		m, err := compute(ctx)
		return m.Answer, err
	}
	at, err := a.state()
	if err != nil {
		return answer, err
	}
	k, first := a.find(q, at)
	if first {
		a.compute(ctx, k, compute)
	}
	select {
	case <-k.done:
		return k.Answer, k.err
	default:
	}
	select {
	case <-k.done:
		return k.Answer, k.err
	case <-ctx.Done():
		a.leave(k)
		return answer, ctx.Err()
	}
}

// find returns what there is of a question, and whether it is to be computed. Who
// finds it waits for it.
func (a *Cache[Q, S, A]) find(q Q, at S) (k *entry[Q, S, A], first bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if at != a.at {
		a.at, a.all, a.bytes = at, map[Q]*entry[Q, S, A]{}, 0
		a.used.Init()
	}
	k = a.all[q]
	if k != nil && !k.until.IsZero() && time.Now().After(k.until) {
		a.drop(k)
		k = nil
	}
	if first = k == nil; first {
		k = &entry[Q, S, A]{question: q, done: make(chan struct{})}
		a.all[q] = k
	}
	k.wait++
	if k.place != nil {
		a.used.MoveToFront(k.place)
	}
	return k, first
}

// compute computes an answer in the name of all who wait for it.
func (a *Cache[Q, S, A]) compute(ctx context.Context, k *entry[Q, S, A], compute func(context.Context) (Computed[S, A], error)) {
	shared, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	a.mu.Lock()
	k.stop = stop
	a.mu.Unlock()
	defer context.AfterFunc(ctx, func() { a.leave(k) })()
	m, err := Computed[S, A]{}, errLeft
	defer func() { a.keep(k, m, err) }()
	m, err = compute(shared)
}

// leave is called by who does not wait any more. When the last one has gone the
// computation ends, and nobody finds it.
func (a *Cache[Q, S, A]) leave(k *entry[Q, S, A]) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if k.wait--; k.wait == 0 && k.place == nil && k.stop != nil {
		a.drop(k)
		k.stop()
	}
}

// keep gives an answer to those who wait for it, and keeps it if it may be.
func (a *Cache[Q, S, A]) keep(k *entry[Q, S, A], m Computed[S, A], err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	defer close(k.done)
	k.Computed, k.err, k.stop = m, err, nil
	if a.all[k.question] != k {
		return // the catalogue has changed
	}
	if !m.Whole {
		k.until = time.Now().Add(fading)
	}
	k.bytes = a.weigh(&k.question, &k.Answer)
	if err != nil || m.State != a.at || k.bytes > a.room/largest {
		a.drop(k)
		return
	}
	k.place = a.used.PushFront(k)
	a.bytes += k.bytes
	for a.bytes > a.room {
		last, _ := a.used.Back().Value.(*entry[Q, S, A])
		a.drop(last)
	}
}

// drop forgets an answer; mu is held.
func (a *Cache[Q, S, A]) drop(k *entry[Q, S, A]) {
	if a.all[k.question] == k {
		delete(a.all, k.question)
	}
	if k.place != nil {
		a.used.Remove(k.place)
		k.place = nil
		a.bytes -= k.bytes
	}
}

// EntrySize returns the bytes that a cache takes for an answer beside what it holds.
func EntrySize[Q, S comparable, A any]() int { return int(unsafe.Sizeof(entry[Q, S, A]{})) }
