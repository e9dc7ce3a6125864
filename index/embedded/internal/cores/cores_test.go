package cores

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"trawl/index"
)

// compute computes for d of fake time, in strides of a millisecond.
func compute(t *testing.T, s *Lease, d time.Duration) {
	t.Helper()
	for ; d > 0; d -= time.Millisecond {
		time.Sleep(time.Millisecond)
		if _, err := s.Yield(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestShortSearchesDoNotWaitForLongOnes starts long searches on two cores and asks
// short ones meanwhile.
func TestShortSearchesDoNotWaitForLongOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewPool(2)
		var all sync.WaitGroup
		var mu sync.Mutex
		var ends []string
		worst := map[string]time.Duration{}
		search := func(what string, cost time.Duration) {
			all.Go(func() {
				began := time.Now()
				s, err := c.Acquire(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				compute(t, s, cost)
				s.Release()
				mu.Lock()
				defer mu.Unlock()
				ends = append(ends, what)
				kind := what[:1]
				worst[kind] = max(worst[kind], time.Since(began))
			})
		}
		for i := range 6 {
			search(fmt.Sprint("long", i), 200*time.Millisecond)
			time.Sleep(time.Millisecond)
		}
		for i := range 50 {
			search(fmt.Sprint("short", i), 5*time.Millisecond)
			time.Sleep(10 * time.Millisecond)
		}
		all.Wait()
		if worst["s"] > 3*slice {
			t.Errorf("a short search took %v", worst["s"])
		}
		longs := slices.DeleteFunc(ends, func(what string) bool { return what[0] == 's' })
		if !slices.IsSorted(longs) {
			t.Errorf("long searches ended out of their order: %v", longs)
		}
		if c.free != 2 {
			t.Errorf("%d cores are free", c.free)
		}
	})
}

// TestLongSearchesGetOn asks more short searches than one core can bear.
func TestLongSearchesGetOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewPool(1)
		ctx, stop := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				for ctx.Err() == nil {
					if s, err := c.Acquire(ctx); err == nil {
						compute(t, s, 5*time.Millisecond)
						s.Release()
					}
				}
			})
		}
		began := time.Now()
		s, err := c.Acquire(ctx)
		if err != nil {
			t.Fatal(err)
		}
		compute(t, s, 100*time.Millisecond)
		s.Release()
		if took := time.Since(began); took < 200*time.Millisecond || took > 20*turn {
			t.Errorf("it took %v", took)
		}
		stop()
		all.Wait()
		if c.free != 1 {
			t.Errorf("%d cores are free", c.free)
		}
	})
}

func TestWhoWaitsTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewPool(1)
		s, err := c.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := c.Acquire(t.Context()); !errors.Is(err, index.ErrCrowded) || time.Since(began) != queueing {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Acquire(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("one who gives up: %v", err)
		}
		if s.Wanted() || s.TakeSpare() {
			t.Error("who has left the queue still waits")
		}
		s.Release()
		if !s.TakeSpare() {
			t.Error("the core is not free")
		}
		c.pass(false)
		if c.free != 1 {
			t.Errorf("%d cores are free", c.free)
		}
	})
}
