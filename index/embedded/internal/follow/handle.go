package follow

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"

	"trawl/index/embedded/internal/store"
)

// Handle is an open index of Bleve. Its owner closes it, and may open it again, once it is
// broken.
type Handle struct {
	monitor *Monitor
	begun   sync.Once     // guards closing closing
	closing chan struct{} // closed when Bleve begins to close the index

	once   sync.Once     // guards closing broken
	broken chan struct{} // closed by Break
	why    error         // set before broken is closed

	round uint64      // of the persister, which alone uses it
	dead  atomic.Bool // the persister has died
}

// ErrBroken is the error of an index that has to be closed and opened again.
var ErrBroken = errors.New("it is opened again")

// ErrStuck is the error of an index that did not close in time.
var ErrStuck = errors.New("it does not close")

// Broken returns a channel that is closed once the index has to be closed and opened again:
// a transaction of root.bolt failed, after which bbolt's memory may disagree with its file; a
// worker of Bleve has died; or what was read is damaged.
func (h *Handle) Broken() <-chan struct{} { return h.broken }

// Why returns why the index is broken, or nil.
func (h *Handle) Why() error {
	select {
	case <-h.broken:
		return h.why
	default:
		return nil
	}
}

// Break says that the index has to be closed and opened again, because what was read is damaged.
// The first call counts.
func (h *Handle) Break(why error) {
	h.once.Do(func() {
		h.why = why
		h.monitor.mu.Lock()
		h.monitor.broken++
		h.monitor.mu.Unlock()
		close(h.broken)
	})
}

// unwritten says that the index has to be closed and opened again, because it could not be
// written.
func (h *Handle) unwritten(why error) {
	h.once.Do(func() {
		h.why = why
		close(h.broken)
	})
}

// failed records a failure of a worker. It blocks the worker that calls it until it is to try
// again or to end.
func (h *Handle) failed(err error) {
	var failure *scorch.ScorchError
	if !errors.As(err, &failure) {
		return
	}
	why := explain(failure)
	delay := h.monitor.record(failure.Source, why)
	switch {
	case errors.Is(failure, scorch.ErrAsyncPanic):
		if failure.Source == persister {
			h.dead.Store(true)
		}
		h.Break(why)
		return
	case failure.Source == merger && store.IsFull(why):
		select { // the merger has written no transaction: it tries again
		case <-h.closing:
		case <-h.broken:
		case <-time.After(delay):
			return
		}
	default:
		h.unwritten(why)
	}
	<-h.closing
	time.Sleep(closeSoon)
}

// closeSoon is how long a worker that failed waits for Bleve, which has begun to close the
// index, to tell it to end. A worker that wakes too early tries once more.
const closeSoon = 50 * time.Millisecond

// event observes Bleve. It is a callback of Bleve, which goes on if it returns true. It makes
// faults panics in the workers of Bleve, which recover.
func (h *Handle) event(e scorch.Event) bool {
	switch e.Kind {
	case scorch.EventKindCloseStart:
		h.begun.Do(func() { close(h.closing) })
	case scorch.EventKindPurgerCheck:
		debug.SetPanicOnFault(true)
		return h.purges(e.Scorch)
	case scorch.EventKindPreMergeCheck:
		debug.SetPanicOnFault(true)
	case scorch.EventKindMergerProgress:
		h.monitor.merged()
	default:
	}
	return true
}

// purges reports whether the persister, which calls it, is to remove old files: when it has
// nothing else to do, and not at the beginning of a round.
func (h *Handle) purges(index *scorch.Scorch) bool {
	stats, ok := index.Stats().(*scorch.Stats)
	if !ok {
		return true
	}
	round := atomic.LoadUint64(&stats.TotPersistLoopBeg)
	begins := round != h.round
	h.round = round
	return !begins
}

// Run calls do, which writes the index. It returns early once the index is broken: Bleve may
// wait for a worker that has died.
func (h *Handle) Run(do func() error) error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-h.broken:
	}
	select {
	case err := <-done:
		return err
	case <-time.After(time.Second):
		return fmt.Errorf("%w: %w", ErrBroken, h.why)
	}
}

// Close closes the index by calling shut, and waits for it as long as given at most. It returns
// ErrStuck if Bleve does not end: a worker may have died in a transaction, or the disk may
// hang.
func (h *Handle) Close(most time.Duration, shut func() error) error {
	if h.Dead() {
		most = min(most, deadPatience)
	}
	done := make(chan error, 1)
	go func() { done <- shut() }()
	select {
	case err := <-done:
		return err
	case <-time.After(most):
		return ErrStuck
	}
}

// deadPatience is how long Close waits if the persister has died: the other workers end at once
// then, or bbolt waits for ever.
const deadPatience = time.Second

// Dead reports whether the worker of Bleve that removes files has died. The directory of an
// index that is stuck may be made anew then.
func (h *Handle) Dead() bool { return h.dead.Load() }

// explain returns the error of a failure of Bleve, in one line.
func explain(failure *scorch.ScorchError) error {
	text := strings.Join(strings.FieldsFunc(failure.ErrMsg, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
	if errors.Is(failure, scorch.ErrAsyncPanic) {
		text, _, _ = strings.Cut(strings.TrimPrefix(text, "panic: "), ", path: ")
		text = fmt.Sprintf("the %s of Bleve failed: %s", failure.Source, text)
	}
	return errors.New(text)
}
