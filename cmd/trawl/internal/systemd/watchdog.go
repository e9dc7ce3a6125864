package systemd

import (
	"context"
	"time"
)

// Watch says that the process lives as often as the manager wants to hear it, as long as alive returns no error, until ctx is done.
// A process that does not answer for a whole interval is started anew by the manager. Failed is given each error, also that there
// was no answer in time. Without a watchdog Watch returns at once.
func (m *Manager) Watch(ctx context.Context, alive func(context.Context) error, failed func(error)) {
	if m == nil || m.interval == 0 {
		return
	}
	tick := time.NewTicker(m.interval / 2)
	defer tick.Stop()
	for ctx.Err() == nil {
		asked, cancel := context.WithTimeout(ctx, m.interval)
		err := alive(asked)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			failed(err)
		default:
			m.send("WATCHDOG=1")
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// Starts asks for more time to start, again and again, until the function that it returns is called. The manager would otherwise end
// a service whose start takes long.
func (m *Manager) Starts(status string) (ended func()) {
	if m == nil {
		return func() {}
	}
	m.Status(status)
	stop := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(extendEvery)
		defer tick.Stop()
		for {
			m.Extend(extendBy)
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}

// The times of Starts.
const (
	extendBy    = time.Minute
	extendEvery = 10 * time.Second
)
