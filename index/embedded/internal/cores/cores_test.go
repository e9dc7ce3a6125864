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
		if took := time.Since(began); took < 140*time.Millisecond || took > 20*turn {
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

// TestEnd holds the time of a search to what those who wait leave it.
func TestEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := NewPool(2)
		hold := func() *Lease {
			lease, err := pool.Acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return lease
		}
		first, second := hold(), hold()
		began := time.Now()
		ctx, stop := context.WithCancel(t.Context())
		var waiting sync.WaitGroup
		wait := func(n int) {
			for range n {
				waiting.Go(func() {
					if lease, err := pool.Acquire(ctx); err == nil {
						lease.Release()
					}
				})
			}
			synctest.Wait()
		}
		for _, tt := range []struct {
			more              int           // who wait
			after             time.Duration // sleep
			whole, want, late time.Duration // since the search began to compute: it has just begun, or when the first asked
		}{
			{0, 0, 200 * time.Millisecond, 200 * time.Millisecond, 200 * time.Millisecond},
			{6, 0, 200 * time.Millisecond, 50 * time.Millisecond, 50 * time.Millisecond},
			{0, 0, 1000 * time.Millisecond, late, late},
			{0, 30 * time.Millisecond, 500 * time.Millisecond, late - 30*time.Millisecond, late},
			{0, 100 * time.Millisecond, 500 * time.Millisecond, 20 * time.Millisecond, late},
			{94, 0, 200 * time.Millisecond, 8 * time.Millisecond, 8 * time.Millisecond},
		} {
			wait(tt.more)
			time.Sleep(tt.after)
			if got := time.Until(first.End(time.Now(), tt.whole)); got != tt.want {
				t.Errorf("%+v: %v", tt, got)
			}
			if got := first.End(began, tt.whole).Sub(began); got != tt.late {
				t.Errorf("%+v, since it began: %v", tt, got)
			}
		}
		stop()
		waiting.Wait()
		first.Release()
		second.Release()
	})
}

// TestLateSearchesEnd asks short searches all the time, and long ones that end when they should: each is answered soon.
func TestLateSearchesEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewPool(2)
		var all sync.WaitGroup
		var mu sync.Mutex
		var worst time.Duration
		search := func(cost time.Duration) {
			asked := time.Now()
			s, err := c.Acquire(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			since := time.Now()
			for ; cost > 0 && time.Now().Before(s.End(since, 200*time.Millisecond)); cost -= time.Millisecond {
				time.Sleep(time.Millisecond)
				waited, err := s.Yield(t.Context())
				if err != nil {
					t.Error(err)
				}
				since = since.Add(waited)
			}
			s.Release()
			mu.Lock()
			defer mu.Unlock()
			worst = max(worst, time.Since(asked))
		}
		for i := range 1000 {
			cost := 8 * time.Millisecond
			if i%4 == 0 {
				cost = 150 * time.Millisecond
			}
			all.Go(func() { search(cost) })
			time.Sleep(6 * time.Millisecond)
		}
		all.Wait()
		if worst > 5*late {
			t.Errorf("the worst of all took %v", worst)
		}
	})
}
