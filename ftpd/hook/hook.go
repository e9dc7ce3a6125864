// Package hook says to a webhook or to a program that an upload is whole, once for each.
//
// The files: hook.go has the queue. webhook.go posts JSON. command.go runs a program.
package hook

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Upload is a file that is whole. Path, User and File are foreign: they may hold any bytes but NUL.
type Upload struct {
	Path   string // on the server, absolute
	File   string // on the disk; "" if it lies on none
	User   string
	Peer   string // address and port
	Bytes  int64
	Time   time.Time // when it was whole
	Secure bool      // it came over TLS
}

// target is where uploads are reported. An error that wraps errFinal is not tried again.
type target interface {
	report(ctx context.Context, u Upload) error
}

// Config says what is done with each upload.
type Config struct {
	URL     string        // of a webhook, or
	Command []string      // a program with its arguments, which no shell reads
	Timeout time.Duration // of one try; 0 is 30 s
	Retries int           // tries after the first one that fail; 0 is 3, negative none. A program is run once
	Queue   int           // uploads that may wait; 0 is 1,000. More are dropped, and the log says so
	Log     *slog.Logger
}

// Hook reports uploads in their order, one at a time.
type Hook struct {
	config Config
	to     target
	queue  chan Upload
	done   chan struct{}
	stop   context.CancelFunc

	mu      sync.Mutex // guards dropped
	dropped int        // since the log said so
}

// New starts a hook, which Close ends.
func New(c Config) *Hook {
	if c.Timeout <= 0 {
		c.Timeout = 30 * time.Second
	}
	if c.Retries == 0 {
		c.Retries = 3
	}
	if c.Queue <= 0 {
		c.Queue = 1000
	}
	h := &Hook{config: c, queue: make(chan Upload, c.Queue), done: make(chan struct{})}
	if c.URL != "" {
		h.to = newWebhook(c.URL)
	} else {
		h.to = command(c.Command)
		h.config.Retries = 0
	}
	ctx, cancel := context.WithCancel(context.Background())
	h.stop = cancel
	go h.run(ctx)
	return h
}

// Add takes an upload. It never waits: if too many wait already, the upload is dropped.
func (h *Hook) Add(u Upload) {
	select {
	case h.queue <- u:
	default:
		h.mu.Lock()
		h.dropped++
		first := h.dropped == 1
		h.mu.Unlock()
		if first {
			h.config.Log.Error("the hook is too slow: uploads are not reported", "waiting", len(h.queue))
		}
	}
}

// Close ends the hook: it waits up to grace for the uploads that wait, then the try under way is cut. Add must not be called
// any more.
func (h *Hook) Close(grace time.Duration) {
	close(h.queue)
	timer := time.AfterFunc(grace, h.stop)
	<-h.done
	timer.Stop()
	h.stop()
}

func (h *Hook) run(ctx context.Context) {
	defer close(h.done)
	left := 0
	for u := range h.queue {
		if ctx.Err() != nil {
			left++
			continue
		}
		h.report(ctx, u)
		h.mu.Lock()
		dropped := h.dropped
		h.dropped = 0
		h.mu.Unlock()
		if dropped > 0 {
			h.config.Log.Error("the hook was too slow", "dropped", dropped)
		}
	}
	if left > 0 {
		h.config.Log.Error("the hook ended before all uploads were reported", "dropped", left)
	}
}

// report tries to report an upload. The pause doubles from try to try.
func (h *Hook) report(ctx context.Context, u Upload) {
	pause := time.Second
	for try := 0; ; try++ {
		err := h.try(ctx, u)
		if err == nil {
			return
		}
		last := try >= h.config.Retries || ctx.Err() != nil || isFinal(err)
		h.config.Log.Warn("hook failed", "path", u.Path, "user", u.User, "err", err, "again", !last)
		if last {
			return
		}
		select {
		case <-time.After(pause):
			pause *= 2
		case <-ctx.Done():
		}
	}
}

func (h *Hook) try(ctx context.Context, u Upload) error {
	ctx, cancel := context.WithTimeout(ctx, h.config.Timeout)
	defer cancel()
	return h.to.report(ctx, u)
}
