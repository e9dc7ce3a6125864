// Package ftpdtest helps to test the doors of hosted files: Run runs a server until the test ends, and Events keeps what its
// sessions do.
package ftpdtest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"trawl/ftpd"
)

// patience is how long a server is waited for, on a machine that is busy.
const patience = time.Minute

// Run runs serve until the test ends or stop is called. It fails the test if serve fails, or does not end when its context does.
func Run(t testing.TB, serve func(context.Context) error) (stop context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-served:
			if err != nil {
				t.Errorf("Serve: %v", err)
			}
		case <-time.After(patience):
			t.Error("Serve does not end")
		}
	})
	return cancel
}

// Events keeps the events of a server. Its methods may be called from many goroutines.
type Events struct {
	mu  sync.Mutex
	all []ftpd.Event // guarded by mu
}

// Observe takes an event, as an observer of a server does.
func (r *Events) Observe(e ftpd.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, e)
}

// All returns the events so far, in their order.
func (r *Events) All() []ftpd.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.all)
}

// Of returns those of a kind.
func (r *Events) Of(kind ftpd.Kind) []ftpd.Event {
	return slices.DeleteFunc(r.All(), func(e ftpd.Event) bool { return e.Kind != kind })
}

// Count returns how many events of a kind there were so far.
func (r *Events) Count(kind ftpd.Kind) int { return len(r.Of(kind)) }

// Await waits until something holds. It ends a test that waits in vain.
func Await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for began := time.Now(); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > patience {
			t.Fatalf("wait for %s: in vain", what)
		}
	}
}
