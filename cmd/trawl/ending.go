package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"trawl/cmd/trawl/internal/settings"
	"trawl/cmd/trawl/internal/systemd"
	"trawl/ftpd"
)

// ending is how a server ends: what is under way has some time, and is cut at the second signal. Nil has the time of farewell and is
// not cut.
type ending struct {
	grace time.Duration // --grace
	drain time.Duration // --drain

	mu      sync.Mutex // guards what follows
	cut     bool
	cutters []func()     // called when it is cut
	busy    []func() int // how many answers and transfers are under way
}

// flags adds the flags to a command.
func (e *ending) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	settings.DurationVar(flags, &e.grace, "grace", ftpd.DefaultGrace, "at the end, time for answers and transfers that are under way; another signal ends them at once")
	settings.DurationVar(flags, &e.drain, "drain", 0, "at the end, time during which /readyz says 503 and all else goes on, for a balancer to notice")
}

// whenCut has do called when what is under way is cut, at once if it is already.
func (e *ending) whenCut(do func()) {
	if e == nil {
		return
	}
	e.mu.Lock()
	cut := e.cut
	e.cutters = append(e.cutters, do)
	e.mu.Unlock()
	if cut {
		do()
	}
}

// counts adds a function that says how many answers or transfers are under way.
func (e *ending) counts(busy func() int) {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.busy = append(e.busy, busy)
}

// now cuts what is under way.
func (e *ending) now() {
	e.mu.Lock()
	was := e.cut
	e.cut = true
	cutters := e.cutters
	e.mu.Unlock()
	if was {
		return
	}
	for _, do := range cutters {
		do()
	}
}

// transfers returns how many answers and transfers are under way.
func (e *ending) transfers() (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, busy := range e.busy {
		n += busy()
	}
	return n
}

// last returns a context for what is under way when ctx has ended: it ends with the grace, or when that is cut.
func (e *ending) last(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx = context.WithoutCancel(ctx)
	if e == nil {
		return context.WithTimeout(ctx, farewell)
	}
	last, cancel := context.WithTimeout(ctx, e.grace)
	e.whenCut(cancel)
	return last, cancel
}

// hosted is the grace as servers of package ftpd have it.
func (e *ending) hosted() time.Duration {
	if e.grace <= 0 {
		return -1
	}
	return e.grace
}

// services returns the context of the services of a server. It ends when ctx has ended and the time of the drain is over. Then what
// is under way has its grace, until the next signal. The caller calls end when all services have ended.
func (e *ending) services(ctx context.Context, a *app, manager *systemd.Manager, log *slog.Logger) (_ context.Context, end func()) {
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	e.whenCut(stop)
	release := a.interrupts.claim(e.now)
	begun := context.AfterFunc(ctx, func() {
		manager.Stopping()
		manager.Extend(e.drain + e.grace + endTime)
		if e.drain > 0 {
			log.Info(fmt.Sprintf("ending in %s; another signal ends at once", e.drain))
			manager.Status("ending: balancers may notice")
			select {
			case <-time.After(e.drain):
			case <-serving.Done():
			}
		}
		said := e.said(e.transfers())
		log.Info(said)
		manager.Status(said)
		stop()
	})
	return serving, func() {
		begun()
		release()
		stop()
	}
}

// endTime is the time to close the catalogue after all transfers have ended.
const endTime = 30 * time.Second

// said says how the server ends.
//
//	ending: 3 transfers have 10s; another SIGTERM ends at once
func (e *ending) said(transfers int) string {
	switch {
	case transfers == 0:
		return "ending: nothing is under way"
	case e.grace <= 0:
		return fmt.Sprintf("ending: %s cut off", count(int64(transfers), "transfer is", "transfers are"))
	}
	return fmt.Sprintf("ending: %s %s; another SIGTERM ends at once", count(int64(transfers), "transfer has", "transfers have"), e.grace)
}
