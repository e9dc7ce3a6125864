// Package cache keeps the answers of questions for as long as the state that they depend on
// lasts. [Cache.Get] is the way in.
package cache

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
	"unsafe"
)

// Cache keeps computed answers of type A by questions of type Q, as long as the state S of what
// they are computed from lasts. An answer is never older than the state was when somebody asked.
// Callers that ask the same at the same time wait for one computation. The answers that were used
// least recently go first when there is no room. Its methods may be called from several
// goroutines.
type Cache[Q, S comparable, A any] struct {
	state func() (S, error) // returns the present state
	weigh func(*Q, *A) int  // returns the bytes that both take
	room  int               // bytes; 0 keeps nothing

	mu    sync.Mutex // guards the following, and the entries
	at    S          // the state of all answers that are kept or under way
	all   map[Q]*entry[Q, S, A]
	used  list.List // of *entry that are computed, the last used first
	bytes int       // that the entries in used take
}

// Computed is the outcome of a computation.
type Computed[S comparable, A any] struct {
	Answer A
	State  S    // that the answer is of
	Whole  bool // more time would change nothing
}

// entry is an answer that is kept, or under way.
type entry[Q, S comparable, A any] struct {
	question Q
	Computed[S, A]

	err   error
	done  chan struct{}      // closed when the answer and err are there
	wait  int                // how many callers wait for it
	stop  context.CancelFunc // of the computation, while there is one
	place *list.Element      // in Cache.used; nil if it is not there
	until time.Time          // when it is too old; zero: when the state changes
	bytes int
}

const (
	// fading is how long an answer is kept that time cut short. It is poor because too many
	// searched at once, and should not outlive the crowd by much. But while the crowd lasts,
	// such answers cost the most, and everybody would compute them again.
	fading = 10 * time.Second

	// largest is the part of the room, one in so many, that one answer may take.
	largest = 8
)

// errLeft is the error that others get when a computation ends in a panic.
var errLeft = errors.New("the computation that this search waited for failed")

// New returns a cache that takes at most room bytes, as weigh counts them; 0 keeps nothing. state
// returns the present state, and is called by each Get.
func New[Q, S comparable, A any](room int, state func() (S, error), weigh func(*Q, *A) int) *Cache[Q, S, A] {
	return &Cache[Q, S, A]{state: state, weigh: weigh, room: room, all: map[Q]*entry[Q, S, A]{}}
}

// Get returns the answer to a question. If none is kept, the first caller computes it. The
// context of compute ends when all callers who wait for the answer have given up; until then the
// one who computes stays.
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

// find returns the entry of a question, and whether the caller is the first and computes it. The
// caller counts as waiting for it.
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

// compute computes an answer for all who wait for it.
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

// leave notes that a caller waits no more. When the last one leaves, the computation ends and
// its entry goes.
func (a *Cache[Q, S, A]) leave(k *entry[Q, S, A]) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if k.wait--; k.wait == 0 && k.place == nil && k.stop != nil {
		a.drop(k)
		k.stop()
	}
}

// keep hands an answer to those who wait for it, and keeps it if it is worth keeping.
func (a *Cache[Q, S, A]) keep(k *entry[Q, S, A], m Computed[S, A], err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	defer close(k.done)
	k.Computed, k.err, k.stop = m, err, nil
	if a.all[k.question] != k {
		return // the state has changed
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

// drop removes an entry; mu is held.
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

// EntrySize returns the bytes that a cache takes for an entry besides what the answer holds.
func EntrySize[Q, S comparable, A any]() int { return int(unsafe.Sizeof(entry[Q, S, A]{})) }
