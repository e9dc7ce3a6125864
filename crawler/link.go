package crawler

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"trawl/crawler/pace"
	"trawl/index"
)

// link is the connection of a crawl to its host. It is made again when it was
// lost. Its methods may be called from several goroutines.
type link struct {
	source Source
	door   index.HostID // the URL by which the host is reached
	pacer  *pace.Pacer
	limits Limits

	mu         sync.Mutex // guards the following; held while connecting
	host       index.Host // as Connect needs it
	server     Server
	generation int // counts the connections
}

// connect reaches the host for the first time.
func (l *link) connect(ctx context.Context) error {
	server, err := l.reach(ctx)
	if err != nil {
		return err
	}
	l.server = server
	return nil
}

// reach connects to the host by its door.
func (l *link) reach(ctx context.Context) (Server, error) {
	host := l.host
	host.ID = l.door
	return l.source.Connect(ctx, host, l.pacer)
}

// now returns the server and which connection that is.
func (l *link) now() (Server, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.server, l.generation
}

// renew connects again if the connection is still the one of that generation.
func (l *link) renew(ctx context.Context, generation int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.generation != generation {
		return nil
	}
	l.host.Known = l.server.Known()
	_ = l.server.Close() // it is lost anyway
	var err error
	for attempt := range l.limits.Attempts {
		if err = pause(ctx, l.limits.Backoff, attempt); err != nil {
			return err
		}
		var server Server
		if server, err = l.reach(ctx); err == nil {
			l.server = server
			l.generation++
			return nil
		}
		if errors.Is(err, ErrLogin) || errors.Is(err, ErrPlain) || errors.Is(err, ErrTrust) {
			break
		}
	}
	return fmt.Errorf("connect again: %w", err)
}

// way finds a way of the present server by its name, and returns which connection
// it belongs to. It is not ok if the server no longer offers it.
func (l *link) way(name string) (DirWay, int, bool) {
	server, generation := l.now()
	_, dirs := server.Ways()
	for _, w := range dirs {
		if w.Name() == name {
			return w, generation, true
		}
	}
	return nil, generation, false
}

// close ends the connection for good and returns the facts that were found out.
func (l *link) close() index.Known {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.server.Known()
	_ = l.server.Close() // all that was wanted was read
	return known
}

// pause waits before an attempt: not at all before the first, then backoff and
// twice as much each time, spread by half so that many do not come back at once.
func pause(ctx context.Context, backoff time.Duration, attempt int) error {
	if attempt == 0 {
		return ctx.Err()
	}
	wait := backoff << min(attempt-1, 10)
	wait = wait/2 + rand.N(wait) //nolint:gosec // jitter needs no secret
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
