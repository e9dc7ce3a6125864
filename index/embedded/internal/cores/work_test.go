package cores

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestWorkGivesWay does work in pieces while searches come and go, in fake time.
func TestWorkGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := NewPool(2)
		work := pool.Work()
		step := func(worked time.Duration) time.Duration {
			time.Sleep(worked)
			began := time.Now()
			work.GiveWay()
			return time.Since(began)
		}
		hold := func() *Lease {
			lease, err := pool.Acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return lease
		}
		if waited := step(time.Second); waited != 0 {
			t.Errorf("though nobody searches it waited for %v", waited)
		}
		search := hold()
		for _, tt := range []struct{ worked, want time.Duration }{
			{piece / 2, 0},
			{piece, (workShare - 1) * piece * 3 / 2}, // and what was worked before
			{5 * time.Millisecond, (workShare - 1) * 5 * time.Millisecond},
			{time.Hour, (workShare - 1) * slice}, // most of that was waiting for a disk
		} {
			if waited := step(tt.worked); waited != tt.want {
				t.Errorf("after %v it waited for %v, want %v", tt.worked, waited, tt.want)
			}
		}
		time.AfterFunc(5*time.Millisecond, search.Release)
		if waited := step(4 * time.Millisecond); waited != time.Millisecond {
			t.Errorf("when the search ended after 5 ms it had waited for %v", waited)
		}
		if waited := step(4 * time.Millisecond); waited != 0 {
			t.Errorf("after the search it waited for %v", waited)
		}
		var none *Pool
		work = none.Work()
		if waited := step(time.Second); waited != 0 {
			t.Errorf("without a pool it waited for %v", waited)
		}
	})
}

// TestWorkGoesOn does work for several while searches never end: all of it together has its share of one core.
func TestWorkGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := NewPool(2)
		ctx, stop := context.WithCancel(t.Context())
		var searching, working sync.WaitGroup
		for range 10 {
			searching.Go(func() {
				for ctx.Err() == nil {
					if s, err := pool.Acquire(ctx); err == nil {
						compute(t, s, 5*time.Millisecond)
						s.Release()
					}
				}
			})
		}
		const workers, pieces = 3, 200
		began := time.Now()
		for range workers {
			working.Go(func() {
				work := pool.Work()
				for range pieces {
					time.Sleep(2 * time.Millisecond)
					work.GiveWay()
				}
			})
		}
		working.Wait()
		worked := workers * pieces * 2 * time.Millisecond
		if took := time.Since(began); took < worked*(workShare-1) || took > worked*(workShare+1) {
			t.Errorf("%v of work took %v", worked, took)
		}
		stop()
		searching.Wait()
	})
}
