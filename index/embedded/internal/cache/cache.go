// Package cache keeps the answers of questions for as long as the state that they depend on
// lasts, or a little longer where the state allows it. [Cache.Get] is the way in; renew.go computes anew what is to stay.
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
// they are computed from lasts. An answer is never older than the state was when somebody asked, unless there is a lag and
// the answer covers the state: then it was that of the present no longer ago than the lag.
// Callers that ask the same at the same time wait for one computation. The answers that were used
// least recently go first when there is no room. Its methods may be called from several
// goroutines.
type Cache[Q comparable, S State[S], A any] struct {
	state func() (S, error) // returns the present state
	weigh func(*Q, *A) int  // returns the bytes that both take
	room  int               // bytes; 0 keeps nothing
	lag   time.Duration     // how old an answer may be that covers the present state

	renewing sync.WaitGroup // of renewAll
	closing  chan struct{}  // closed by Close

	mu    sync.Mutex // guards the following, and the entries
	at    S          // the state when somebody asked last
	all   map[Q]*entry[Q, S, A]
	used  list.List         // of *entry that are computed, the last used first
	bytes int               // that the entries in used take
	last  uint64            // the number that was given to an answer last
	due   []*entry[Q, S, A] // to be computed anew
	busy  bool              // renewAll runs
}

// State is a state of what answers are computed from.
type State[S any] interface {
	Equal(S) bool      // the same questions have the same answers in both
	Covers(now S) bool // answers of the state may be given for a while in another one
}

// Hit says how an answer was kept.
type Hit struct {
	Number uint64        // of the answer if it was kept before, else 0: no two answers have one number
	Age    time.Duration // how long ago the answer was that of the present for sure; 0: it is now
}

// Computed is the outcome of a computation.
type Computed[S, A any] struct {
	Answer A
	State  S    // that the answer is of
	Whole  bool // more time would change nothing
}

// computation computes an answer. Its state is read after the computation has begun.
type computation[S, A any] func(context.Context) (Computed[S, A], error)

// entry is an answer that is kept, or under way.
type entry[Q comparable, S State[S], A any] struct {
	question       Q
	number         uint64
	Computed[S, A] // while it is under way: the state when it was asked for

	compute computation[S, A]
	current time.Time // when the answer was that of the present for sure, or when it was asked for
	asked   time.Time // when somebody asked for it last
	renewed bool      // it is about to be computed anew

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
// returns the present state, and is called by each Get. lag is how long an answer may be given that covers the present state;
// 0: not at all. The caller closes the cache.
func New[Q comparable, S State[S], A any](room int, lag time.Duration, state func() (S, error), weigh func(*Q, *A) int) *Cache[Q, S, A] {
	return &Cache[Q, S, A]{state: state, weigh: weigh, room: room, lag: lag, closing: make(chan struct{}), all: map[Q]*entry[Q, S, A]{}}
}

// Get returns the answer to a question. If none is kept, the first caller computes it. The
// context of compute ends when all callers who wait for the answer have given up; until then the
// one who computes stays. compute may be called again later, with another context.
func (a *Cache[Q, S, A]) Get(ctx context.Context, q Q, compute func(context.Context) (Computed[S, A], error)) (answer A, kept Hit, err error) {
	if a.room == 0 {
		m, err := compute(ctx)
		return m.Answer, Hit{}, err
	}
	now := time.Now()
	at, err := a.state()
	if err != nil {
		return answer, Hit{}, err
	}
	k, first, kept := a.find(q, at, now)
	if first {
		a.compute(ctx, k, compute)
	}
	select {
	case <-k.done:
		return k.Answer, kept, k.err
	default:
	}
	select {
	case <-k.done:
		return k.Answer, kept, k.err
	case <-ctx.Done():
		a.leave(k)
		return answer, Hit{}, ctx.Err()
	}
}

// find returns the entry of a question in the state of a time, and whether the caller is the first and computes it, or how
// it is kept. The caller counts as waiting for it.
func (a *Cache[Q, S, A]) find(q Q, at S, now time.Time) (k *entry[Q, S, A], first bool, kept Hit) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !at.Equal(a.at) {
		a.sweep(at, now)
	}
	a.at = at
	k = a.all[q]
	if k != nil && !a.lasts(k, at, now) {
		a.drop(k)
		k = nil
	}
	if first = k == nil; first {
		a.last++
		k = &entry[Q, S, A]{question: q, number: a.last, Computed: Computed[S, A]{State: at}, current: now, done: make(chan struct{})}
		a.all[q] = k
	}
	k.wait++
	k.asked = now
	if !k.State.Equal(at) {
		kept.Age = now.Sub(k.current)
	} else if now.After(k.current) {
		k.current = now
	}
	if k.place != nil {
		a.used.MoveToFront(k.place)
		kept.Number = k.number
		if kept.Age > a.lag/2 {
			a.renew(k)
		}
	}
	return k, first, kept
}

// sweep drops the answers that nobody gets any more; mu is held.
func (a *Cache[Q, S, A]) sweep(at S, now time.Time) {
	for _, k := range a.all {
		if !a.lasts(k, at, now) {
			a.drop(k)
		}
	}
}

// lasts reports whether the answer of an entry may be given in the state of a time; mu is held.
func (a *Cache[Q, S, A]) lasts(k *entry[Q, S, A], at S, now time.Time) bool {
	switch {
	case !k.until.IsZero() && now.After(k.until):
		return false
	case k.State.Equal(at):
		return true
	default:
		return k.State.Covers(at) && now.Sub(k.current) < a.lag
	}
}

// compute computes an answer for all who wait for it.
func (a *Cache[Q, S, A]) compute(ctx context.Context, k *entry[Q, S, A], compute computation[S, A]) {
	shared, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	a.mu.Lock()
	k.stop, k.compute = stop, compute
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
	if a.all[k.question] == k { // else the state has changed
		a.put(k)
	}
}

// put keeps a computed answer if it is worth keeping; mu is held.
func (a *Cache[Q, S, A]) put(k *entry[Q, S, A]) {
	if !k.Whole {
		k.until = time.Now().Add(fading)
	}
	k.bytes = a.weigh(&k.question, &k.Answer)
	if k.err != nil || !a.lasts(k, a.at, k.current) || k.bytes > a.room/largest {
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
func EntrySize[Q comparable, S State[S], A any]() int { return int(unsafe.Sizeof(entry[Q, S, A]{})) }
