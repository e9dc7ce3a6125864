package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// hangup is what SIGHUP does: it stops the command, as an interrupt does, unless the command has claimed it.
type hangup struct {
	mu sync.Mutex // guards do
	do func()     // nil: stop
}

// claim lets SIGHUP call do, which returns at once, until release is called.
func (h *hangup) claim(do func()) (release func()) {
	set := func(do func()) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.do = do
	}
	set(do)
	return func() { set(nil) }
}

// listen begins to listen to SIGHUP. The context that it returns ends with ctx, or when the command is to stop. The caller
// calls end.
func (h *hangup) listen(ctx context.Context) (_ context.Context, end func()) {
	ctx, stop := context.WithCancel(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	var listening sync.WaitGroup
	ended := make(chan struct{})
	listening.Go(func() {
		for {
			select {
			case <-signals:
				h.happen(stop)
			case <-ended:
				return
			}
		}
	})
	return ctx, func() {
		signal.Stop(signals)
		close(ended)
		listening.Wait()
		stop()
	}
}

// happen does what SIGHUP does.
func (h *hangup) happen(stop func()) {
	h.mu.Lock()
	do := h.do
	h.mu.Unlock()
	if do == nil {
		do = stop
	}
	do()
}
