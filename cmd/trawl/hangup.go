package main

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
)

// hangup is what SIGHUP does: it stops the command, as an interrupt does, unless the command has claimed it.
type hangup struct {
	mu     sync.Mutex // guards what follows
	all    []*func()  // what it does, one after the other; none: stop
	before func()     // called before all of them; nil is nothing
	after  func()     // called after them; nil is nothing
}

// claim lets SIGHUP call do, after what claimed it before, until release is called. While do runs, the next SIGHUP waits.
func (h *hangup) claim(do func()) (release func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, &do)
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.all = slices.DeleteFunc(h.all, func(one *func()) bool { return one == &do })
	}
}

// around has two functions called before and after what SIGHUP does.
func (h *hangup) around(before, after func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.before, h.after = before, after
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
	all, before, after := slices.Clone(h.all), h.before, h.after
	h.mu.Unlock()
	if len(all) == 0 {
		stop()
		return
	}
	if before != nil {
		before()
	}
	for _, do := range all {
		(*do)()
	}
	if after != nil {
		after()
	}
}
