package cache

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const lag = 10 * time.Second

// TestLag asks one question again and again while the catalogue changes in ways that answers need not know at once, and in
// one that they must.
func TestLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newLaggingCache(1000, lag)
		defer c.Close()
		for _, step := range []struct {
			what string
			do   func()
			want string
			age  time.Duration
		}{
			{"nothing", func() {}, "q1", 0},
			{"an hour", func() { time.Sleep(time.Hour) }, "q1", 0},
			{"a batch", func() { c.now.Add(1) }, "q1", 0},
			{"3 s", func() { time.Sleep(3 * time.Second) }, "q1", 3 * time.Second},
			{"another batch", func() { c.now.Add(1) }, "q1", 3 * time.Second},
			{"an end", func() { c.first.Store(c.now.Add(1)) }, "q2", 0},
			{"a batch and the whole lag", func() { c.now.Add(1); time.Sleep(lag) }, "q3", 0},
			{"a batch and nearly that", func() { c.now.Add(1); time.Sleep(lag - 1) }, "q3", lag - 1},
			{"the time to compute it anew", func() { synctest.Wait() }, "q4", 0},
			{"an end without a change", func() { c.first.Store(c.now.Load()) }, "q4", 0},
			{"a change seen an hour later", func() { c.now.Add(1); time.Sleep(time.Hour) }, "q5", 0},
		} {
			step.do()
			got, hit, err := c.Get(t.Context(), "q", c.compute("q"))
			if got != step.want || hit.Age != step.age || err != nil {
				t.Fatalf("after %s: %q, %v old, %v; want %q, %v old", step.what, got, hit.Age, err, step.want, step.age)
			}
		}
	})
}

// compute returns a computation of the answer to q.
func (c *cache) compute(q string) func(context.Context) (Computed[state, string], error) {
	return func(context.Context) (Computed[state, string], error) { return c.answer(q, true), nil }
}

// TestLagWhileComputing shows that who asks after a change that must be known does not get what began before it, and
// who asks after another one joins.
func TestLagWhileComputing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, hold := newLaggingCache(1000, lag), make(chan struct{})
		defer c.Close()
		var all sync.WaitGroup
		for _, step := range []struct {
			do   func()
			want string
		}{
			{func() {}, "q1"},
			{func() { c.now.Add(1) }, "q1"},
			{func() { c.first.Store(c.now.Add(1)) }, "q2"},
			{func() { time.Sleep(lag); c.now.Add(1) }, "q3"},
		} {
			step.do()
			all.Go(func() {
				if got, err := c.ask(t.Context(), "q", true, hold); got != step.want || err != nil {
					t.Errorf("got %q, %v; want %q", got, err, step.want)
				}
			})
			synctest.Wait()
		}
		close(hold)
		all.Wait()
	})
}

// TestRenewAsked shows which answers are computed before a change must be known: those that somebody asked for.
func TestRenewAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newLaggingCache(1000, lag)
		defer c.Close()
		ask := func(q, want string) {
			t.Helper()
			if got, err := c.ask(t.Context(), q, true, released()); got != want || err != nil {
				t.Errorf("got %q, %v; want %q", got, err, want)
			}
		}
		ask("old", "old1")
		time.Sleep(lag)
		ask("a", "a2")
		ask("b", "b3")
		c.now.Add(1)
		c.RenewAsked(t.Context())
		c.first.Store(c.now.Load())
		ask("b", "b4")
		ask("a", "a5")
		ask("old", "old6")
		ended, end := context.WithCancel(t.Context())
		end()
		c.now.Add(1)
		c.RenewAsked(ended)
		ask("a", "a5")
		c.first.Store(c.now.Load())
		ask("a", "a7")
	})
}

// TestCloseEndsRenewing closes a cache that computes an answer anew.
func TestCloseEndsRenewing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newLaggingCache(1000, lag)
		if _, err := c.ask(t.Context(), "q", true, released()); err != nil {
			t.Fatal(err)
		}
		began, ended := make(chan struct{}), make(chan struct{})
		c.mu.Lock()
		c.all["q"].compute = func(ctx context.Context) (Computed[state, string], error) {
			close(began)
			<-ctx.Done()
			close(ended)
			return Computed[state, string]{}, ctx.Err()
		}
		c.mu.Unlock()
		c.now.Add(1)
		time.Sleep(lag - 1)
		for range 3 {
			if _, err := c.ask(t.Context(), "q", true, released()); err != nil {
				t.Fatal(err)
			}
		}
		<-began
		c.Close()
		select {
		case <-ended:
		default:
			t.Error("it is computed after Close")
		}
	})
}
