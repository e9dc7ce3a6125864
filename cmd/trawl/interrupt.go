package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// mercy is the time for a clean stop after an interrupt; another one later kills.
const mercy = time.Second

// interrupts are what SIGINT and SIGTERM do. The first one asks the command to stop cleanly. A later one kills it; a command that has
// claimed the second one is killed by the third.
type interrupts struct {
	mu     sync.Mutex // guards second
	second func()     // nil: kill
}

// claim lets the second signal call do, which returns at once, until release is called.
func (i *interrupts) claim(do func()) (release func()) {
	set := func(do func()) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.second = do
	}
	set(do)
	return func() { set(nil) }
}

// listen begins to listen. The context that it returns ends with the first signal. The caller calls end.
func (i *interrupts) listen(ctx context.Context) (_ context.Context, end func()) {
	ctx, stop := context.WithCancel(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ended := make(chan struct{})
	var listening sync.WaitGroup
	listening.Go(func() {
		select {
		case <-signals:
			stop()
		case <-ended:
			return
		}
		merciful := time.NewTimer(mercy)
		defer merciful.Stop()
		for {
			select {
			case <-signals:
				if i.claimed() {
					signal.Stop(signals)
					return
				}
			case <-merciful.C:
				if !i.claims() {
					signal.Stop(signals) // the next one kills
					return
				}
				merciful.Reset(mercy)
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

// claims reports whether the second signal is claimed.
func (i *interrupts) claims() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.second != nil
}

// claimed does what the second signal is claimed for. It reports false if it is not.
func (i *interrupts) claimed() bool {
	i.mu.Lock()
	do := i.second
	i.mu.Unlock()
	if do != nil {
		do()
	}
	return do != nil
}
