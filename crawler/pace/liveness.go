package pace

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// ErrStall is the end of a listing of which nothing came for too long.
var ErrStall = errors.New("nothing came for too long")

// Liveness ends a wait for a host that is silent. Its clock stands still while the crawl
// works on a part that came: then the host, and the next part, wait for us.
// Its methods may be called from several goroutines.
type Liveness struct {
	slot  *Slot // in which the crawl works on a part that came
	pacer *Pacer
	stall time.Duration // for which a host may be silent

	mu      sync.Mutex // guards the following
	working int        // goroutines that work on a part that came
	since   time.Time  // when the first of them began, or the last one ended
	ran     time.Duration
}

// NewLiveness returns one for a host that may be silent for so long.
func NewLiveness(slot *Slot, pacer *Pacer, stall time.Duration) *Liveness {
	return &Liveness{slot: slot, pacer: pacer, stall: stall, since: time.Now()}
}

// Now returns the time that the clock shows.
func (v *Liveness) Now() time.Duration {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.working > 0 {
		return v.ran
	}
	return v.ran + time.Since(v.since)
}

// pause stops the clock until resume is called.
func (v *Liveness) pause() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.working++; v.working == 1 {
		v.ran += time.Since(v.since)
	}
}

func (v *Liveness) resume() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.working--; v.working == 0 {
		v.since = time.Now()
	}
}

// usual is how many commands a listing or a file takes at most: a login and what
// follows it.
const usual = 16

// Watch returns a context that ends with ErrStall when the host is silent for too long,
// not counting the time that the pace takes. Watched.Close must follow.
func (v *Liveness) Watch(ctx context.Context) (context.Context, *Watched) {
	return v.watch(ctx, v.stall+v.pacer.Wait(usual))
}

// WatchFor does what Watch does, for questions of so many commands that must be answered
// within some time. It returns how much of the wait is due to the pace.
func (v *Liveness) WatchFor(ctx context.Context, answer time.Duration, commands int) (context.Context, *Watched, time.Duration) {
	wait := v.pacer.Wait(commands)
	ctx, w := v.watch(ctx, min(answer, v.stall)+wait)
	return ctx, w, wait
}

func (v *Liveness) watch(ctx context.Context, stall time.Duration) (context.Context, *Watched) {
	watched, cancel := context.WithCancelCause(ctx)
	w := &Watched{live: v, cancel: cancel}
	w.last.Store(int64(v.Now()))
	w.timer = v.alarm(watched, stall, &w.last, func() { cancel(ErrStall) })
	return watched, w
}

// Watched is a listing or a file that is awaited.
type Watched struct {
	live   *Liveness
	cancel context.CancelCauseFunc
	timer  *time.Timer
	last   atomic.Int64 // when something came
}

// Receive works on something that came: it waits for the crawl's slot and calls work.
// The silence has ended if work says that this was progress. The context is that of
// Watch.
func (w *Watched) Receive(ctx context.Context, work func() (progress bool, err error)) error {
	w.live.pause()
	defer w.live.resume()
	if err := w.live.slot.Acquire(ctx); err != nil {
		return err
	}
	progress, err := work()
	if progress {
		w.last.Store(int64(w.live.Now()))
	}
	return err
}

// Close ends the watch and its context.
func (w *Watched) Close() {
	w.cancel(nil)
	w.timer.Stop()
}

// alarm returns a timer that rings when the host was silent for stall since last, and
// not once watched is done.
func (v *Liveness) alarm(watched context.Context, stall time.Duration, last *atomic.Int64, ring func()) *time.Timer {
	var set sync.Mutex // held until there is a timer
	var timer *time.Timer
	set.Lock()
	defer set.Unlock()
	timer = time.AfterFunc(stall, func() {
		set.Lock()
		defer set.Unlock()
		if watched.Err() != nil {
			return
		}
		left := stall - v.Now() + time.Duration(last.Load())
		if left <= 0 {
			ring()
			return
		}
		timer.Reset(max(left, stall/16))
	})
	return timer
}
