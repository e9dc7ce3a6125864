package crawler

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
		p := &pass{c: &Crawler{limits: Limits{Stall: stall}}, slot: newSlot(slots), link: &link{}, hearing: hearing{since: time.Now()}}
		first, heard, release := p.watch(t.Context())
		defer release()
		second, _, release2 := p.watch(t.Context())
		defer release2()
		began := time.Now()
		if !slots.TryAcquire(1) {
			t.Fatal("others have no slot")
		}
		time.AfterFunc(10*time.Second, func() { slots.Release(1) })
		if err := heard(func() (bool, error) { return true, nil }); err != nil {
			t.Fatal(err)
		}
		if first.Err() != nil || second.Err() != nil || time.Since(began) != 10*time.Second {
			t.Fatalf("after %s: %v, %v", time.Since(began), first.Err(), second.Err())
		}
		<-second.Done()
		if silent := time.Since(began) - 10*time.Second; silent > stall+stall/8 || !errors.Is(context.Cause(second), errStall) {
			t.Errorf("after %s of silence: %v", silent, context.Cause(second))
		}
		p.slot.leave()
	})
}

// TestHearing stops the clock from several goroutines.
func TestHearing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hearing{since: time.Now()}
		for _, step := range []func(){func() {}, h.stop, h.stop, h.goOn, h.goOn, h.stop, h.goOn} {
			step()
			time.Sleep(time.Second)
		}
		// It ran before the first stop, between goOn and stop, and after the last goOn.
		if got := h.now(); got != 3*time.Second {
			t.Errorf("the clock shows %s, want 3s", got)
		}
	})
}

// TestReleased releases a listing whose alarm rings late: it never comes back.
func TestReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const stall = time.Minute
		p := &pass{c: &Crawler{limits: Limits{Stall: stall}}, hearing: hearing{since: time.Now()}}
		watched, end := context.WithCancel(t.Context())
		var last atomic.Int64
		last.Store(int64(stall)) // something came just now
		timer := p.alarm(watched, stall, &last, func() { t.Error("it rings") })
		end()
		time.Sleep(stall + time.Second)
		if timer.Stop() {
			t.Error("it is set again")
		}
	})
}
