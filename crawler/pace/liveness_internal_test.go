package pace

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/semaphore"
)

// TestSilence has two listings under way on one connection: while the first waits
// for the crawl's slot, the second is not held to be silent; then it is.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const stall = 2 * time.Second
		slots := semaphore.NewWeighted(1)
		slot := NewSlot(slots)
		v := NewLiveness(slot, nil, stall)
		first, watched := v.Watch(t.Context())
		defer watched.Close()
		second, watched2 := v.Watch(t.Context())
		defer watched2.Close()
		began := time.Now()
		if !slots.TryAcquire(1) {
			t.Fatal("others have no slot")
		}
		time.AfterFunc(10*time.Second, func() { slots.Release(1) })
		if err := watched.Receive(first, func() (bool, error) { return true, nil }); err != nil {
			t.Fatal(err)
		}
		if first.Err() != nil || second.Err() != nil || time.Since(began) != 10*time.Second {
			t.Fatalf("after %s: %v, %v", time.Since(began), first.Err(), second.Err())
		}
		<-second.Done()
		if silent := time.Since(began) - 10*time.Second; silent > stall+stall/8 || !errors.Is(context.Cause(second), ErrStall) {
			t.Errorf("after %s of silence: %v", silent, context.Cause(second))
		}
		slot.Release()
	})
}

// TestClock stops the clock from several goroutines.
func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := NewLiveness(nil, nil, 0)
		for _, step := range []func(){func() {}, v.pause, v.pause, v.resume, v.resume, v.pause, v.resume} {
			step()
			time.Sleep(time.Second)
		}
		// It ran before the first pause, between resume and pause, and after the last resume.
		if got := v.Now(); got != 3*time.Second {
			t.Errorf("the clock shows %s, want 3s", got)
		}
	})
}

// TestReleased releases a listing whose alarm rings late: it never comes back.
func TestReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const stall = time.Minute
		v := NewLiveness(nil, nil, stall)
		watched, end := context.WithCancel(t.Context())
		var last atomic.Int64
		last.Store(int64(stall)) // something came just now
		timer := v.alarm(watched, stall, &last, func() { t.Error("it rings") })
		end()
		time.Sleep(stall + time.Second)
		if timer.Stop() {
			t.Error("it is set again")
		}
	})
}
