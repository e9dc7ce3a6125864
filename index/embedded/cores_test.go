package embedded

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"trawl/index"
)

// compute computes for d of fake time, in strides of a millisecond.
func compute(t *testing.T, s *shift, d time.Duration) {
	t.Helper()
	for ; d > 0; d -= time.Millisecond {
		time.Sleep(time.Millisecond)
		if _, err := s.yield(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestShortSearchesDoNotWaitForLongOnes starts long searches on two cores and asks
// short ones meanwhile.
func TestShortSearchesDoNotWaitForLongOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCores(2)
		var all sync.WaitGroup
		var mu sync.Mutex
		var ends []string
		worst := map[string]time.Duration{}
		search := func(what string, cost time.Duration) {
			all.Go(func() {
				began := time.Now()
				s, err := c.begin(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				compute(t, s, cost)
				s.end()
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
		c := newCores(1)
		ctx, stop := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				for ctx.Err() == nil {
					if s, err := c.begin(ctx); err == nil {
						compute(t, s, 5*time.Millisecond)
						s.end()
					}
				}
			})
		}
		began := time.Now()
		s, err := c.begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		compute(t, s, 100*time.Millisecond)
		s.end()
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
		c := newCores(1)
		s, err := c.begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := c.begin(t.Context()); !errors.Is(err, index.ErrMemory) || time.Since(began) != queueing {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.begin(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("one who gives up: %v", err)
		}
		if c.wanted() || c.spare() {
			t.Error("who has left the queue still waits")
		}
		s.end()
		if !c.spare() {
			t.Error("the core is not free")
		}
		c.give(false)
		if c.free != 1 {
			t.Errorf("%d cores are free", c.free)
		}
	})
}

// TestCancelledSearches shows that searches which are given up leave no goroutine
// behind and give their cores back.
func TestCancelledSearches(t *testing.T) {
	e := openTest(t, t.TempDir(), Options{BlockSize: 4})
	fillHost(t, e, testHost, 300)
	proves(t, e)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	var all sync.WaitGroup
	for i := range 60 {
		q := index.Query{Tree: parse(t, fmt.Sprintf("kind:file -zq%d", i/3)), Budget: -1}
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*200*time.Microsecond)
			defer cancel()
			if _, err := e.Search(ctx, q); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if e.cores.free != runtime.GOMAXPROCS(0) || e.cores.wanted() {
		t.Errorf("%d cores are free; somebody waits: %v", e.cores.free, e.cores.wanted())
	}
}
