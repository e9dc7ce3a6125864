package crawler

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// errStall is the end of a listing that handed over nothing for too long.
var errStall = errors.New("nothing came for too long")

// hearing is the clock by which a host is silent. It stands still while the crawl
// takes in what came: then the host, or what it says behind that, waits for us. Its
// methods may be called from several goroutines.
type hearing struct {
	mu     sync.Mutex // guards the following
	taking int        // goroutines that take something in
	since  time.Time  // when the first of them began, or the last one ended
	ran    time.Duration
}

// now is what the clock shows.
func (h *hearing) now() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.taking > 0 {
		return h.ran
	}
	return h.ran + time.Since(h.since)
}

// stop stops the clock until goOn is called.
func (h *hearing) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.taking++; h.taking == 1 {
		h.ran += time.Since(h.since)
	}
}

func (h *hearing) goOn() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.taking--; h.taking == 0 {
		h.since = time.Now()
	}
}

// usual is how many commands a listing or a file takes at most: a login and what
// follows it.
const usual = 16

// watch returns a context that ends with errStall when the host is silent for
// Limits.Stall, not counting what the host's pace may keep us waiting. What came from it is taken in within heard, which waits for the
// crawl's slot first; only what take is content with ends the silence. Release must
// follow.
func (p *pass) watch(ctx context.Context) (watched context.Context, heard func(take func() (content bool, err error)) error, release func()) {
	return p.watchFor(ctx, p.c.limits.Stall+p.link.guest.wait(usual))
}

// watchFor is watch with another patience.
func (p *pass) watchFor(ctx context.Context, stall time.Duration) (watched context.Context, heard func(take func() (content bool, err error)) error, release func()) {
	watched, cancel := context.WithCancelCause(ctx)
	var last atomic.Int64 // when something came
	last.Store(int64(p.hearing.now()))
	timer := p.alarm(watched, stall, &last, func() { cancel(errStall) })
	heard = func(take func() (bool, error)) error {
		p.hearing.stop()
		defer p.hearing.goOn()
		if err := p.slot.take(watched); err != nil {
			return err
		}
		content, err := take()
		if content {
			last.Store(int64(p.hearing.now()))
		}
		return err
	}
	release = func() {
		cancel(nil)
		timer.Stop()
	}
	return watched, heard, release
}

// alarm returns a timer that rings when the host was silent for stall since last, and
// not once watched is done.
func (p *pass) alarm(watched context.Context, stall time.Duration, last *atomic.Int64, ring func()) *time.Timer {
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
		left := stall - p.hearing.now() + time.Duration(last.Load())
		if left <= 0 {
			ring()
			return
		}
		timer.Reset(max(left, stall/16))
	})
	return timer
}
