package embedded

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

// answers keeps what was computed of questions, as long as the catalogue is in the
// same state: what is given is never older than the catalogue was when it was
// asked for. Those who ask the same at the same time wait for one computation.
// What was used least recently goes first when there is no room.
type answers[Q, S comparable, A any] struct {
	state func() (S, error) // the present one
	weigh func(*Q, *A) int  // bytes that both take
	room  int               // bytes; 0 keeps nothing

	mu    sync.Mutex // guards what follows, and the answers
	at    S          // of the catalogue, of all that is kept and under way
	all   map[Q]*kept[Q, S, A]
	used  list.List // of *kept[Q, S, A] that are made, the last used first
	bytes int       // of them
}

// made is what a computation gives.
type made[S comparable, A any] struct {
	answer A
	state  S    // of the catalogue that it is from
	whole  bool // it would be the same if there had been more time
}

// kept is an answer, or will be.
type kept[Q, S comparable, A any] struct {
	question Q
	made[S, A]

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

func newAnswers[Q, S comparable, A any](room int, state func() (S, error), weigh func(*Q, *A) int) *answers[Q, S, A] {
	return &answers[Q, S, A]{state: state, weigh: weigh, room: room, all: map[Q]*kept[Q, S, A]{}}
}

// get returns the answer to a question. It is that of compute, called by the first
// who asks, if none is kept. The context of compute ends when all who wait for it
// have given up; until then the one who called it stays.
func (a *answers[Q, S, A]) get(ctx context.Context, q Q, compute func(context.Context) (made[S, A], error)) (answer A, err error) {
	if a.room == 0 {
		m, err := compute(ctx)
		return m.answer, err
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
		return k.answer, k.err
	default:
	}
	select {
	case <-k.done:
		return k.answer, k.err
	case <-ctx.Done():
		a.leave(k)
		return answer, ctx.Err()
	}
}

// find returns what there is of a question, and whether it is to be computed. Who
// finds it waits for it.
func (a *answers[Q, S, A]) find(q Q, at S) (k *kept[Q, S, A], first bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if at != a.at {
		a.at, a.all, a.bytes = at, map[Q]*kept[Q, S, A]{}, 0
		a.used.Init()
	}
	k = a.all[q]
	if k != nil && !k.until.IsZero() && time.Now().After(k.until) {
		a.drop(k)
		k = nil
	}
	if first = k == nil; first {
		k = &kept[Q, S, A]{question: q, done: make(chan struct{})}
		a.all[q] = k
	}
	k.wait++
	if k.place != nil {
		a.used.MoveToFront(k.place)
	}
	return k, first
}

// compute computes an answer in the name of all who wait for it.
func (a *answers[Q, S, A]) compute(ctx context.Context, k *kept[Q, S, A], compute func(context.Context) (made[S, A], error)) {
	shared, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	a.mu.Lock()
	k.stop = stop
	a.mu.Unlock()
	defer context.AfterFunc(ctx, func() { a.leave(k) })()
	m, err := made[S, A]{}, errLeft
	defer func() { a.keep(k, m, err) }()
	m, err = compute(shared)
}

// leave is called by who does not wait any more. When the last one has gone the
// computation ends, and nobody finds it.
func (a *answers[Q, S, A]) leave(k *kept[Q, S, A]) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if k.wait--; k.wait == 0 && k.place == nil && k.stop != nil {
		a.drop(k)
		k.stop()
	}
}

// keep gives an answer to those who wait for it, and keeps it if it may be.
func (a *answers[Q, S, A]) keep(k *kept[Q, S, A], m made[S, A], err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	defer close(k.done)
	k.made, k.err, k.stop = m, err, nil
	if a.all[k.question] != k {
		return // the catalogue has changed
	}
	if !m.whole {
		k.until = time.Now().Add(fading)
	}
	k.bytes = a.weigh(&k.question, &k.answer)
	if err != nil || m.state != a.at || k.bytes > a.room/largest {
		a.drop(k)
		return
	}
	k.place = a.used.PushFront(k)
	a.bytes += k.bytes
	for a.bytes > a.room {
		last, _ := a.used.Back().Value.(*kept[Q, S, A])
		a.drop(last)
	}
}

// drop forgets an answer; mu is held.
func (a *answers[Q, S, A]) drop(k *kept[Q, S, A]) {
	if a.all[k.question] == k {
		delete(a.all, k.question)
	}
	if k.place != nil {
		a.used.Remove(k.place)
		k.place = nil
		a.bytes -= k.bytes
	}
}
