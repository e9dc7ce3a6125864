package ftp

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"

	"trawl/crawler"
)

// mux lets many calls share one connection, with their commands under way at once.
type mux struct {
	pool    *pool
	opening chan struct{}       // held while one goroutine gets a connection
	window  *semaphore.Weighted // bytes under way, where oneRead bounds them

	mu         sync.Mutex
	connection *connection // guarded by mu; nil while nobody uses one
}

func newMux(p *pool) *mux {
	return &mux{pool: p, opening: make(chan struct{}, 1), window: semaphore.NewWeighted(oneRead)}
}

// join returns the shared connection, with one more user. leave gives it back.
func (m *mux) join(ctx context.Context) (*connection, error) {
	if l := m.shared(); l != nil {
		return l, nil
	}
	select {
	case m.opening <- struct{}{}:
		defer func() { <-m.opening }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if l := m.shared(); l != nil {
		return l, nil
	}
	l, err := m.pool.get(ctx) // mu is free meanwhile: a dead connection comes back by leave
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.connection = l
	l.users++
	return l, nil
}

// shared returns the connection that is in use, with one more user, or nil.
func (m *mux) shared() *connection {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.connection == nil || m.connection.dead.Load() {
		return nil
	}
	if m.pool.party.Wanted() { // who uses it is the last: then others get its place
		m.connection = nil
		return nil
	}
	m.connection.users++
	return m.connection
}

// leave gives the connection back when its last user leaves.
func (m *mux) leave(l *connection) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l.users--
	if l.users > 0 {
		return
	}
	if m.connection == l {
		m.connection = nil
	}
	m.pool.put(l)
}

// shared calls use with the connection that is shared.
func (s *server) shared(ctx context.Context, use func(*connection) error) error {
	l, err := s.stats.join(ctx)
	if err != nil {
		return err
	}
	defer s.stats.leave(l)
	defer context.AfterFunc(ctx, l.kill)()
	return use(l)
}

// ahead sends commands on a shared connection and calls read when their replies come next.
func (s *server) ahead(ctx context.Context, l *connection, commands []string, read func() error) error {
	for range commands {
		if err := s.pacer.Command(ctx); err != nil {
			return err
		}
	}
	done, err := s.admit(ctx, commands)
	if err != nil {
		return err
	}
	defer done()
	pipe := &l.text.Pipeline
	id := pipe.Next()
	pipe.StartRequest(id)
	err = l.send(commands...)
	pipe.EndRequest(id)
	pipe.StartResponse(id)
	defer pipe.EndResponse(id)
	if err != nil {
		return err
	}
	if l.dead.Load() {
		return crawler.ErrGone
	}
	return read()
}

// oneRead is how many bytes of commands may be under way to ProFTPD. It takes two
// commands for one when a read of it ends between a CR and its LF
// (pr_netio_telnet_gets2 looks for the CR before the bytes that it read). So all
// commands under way must fit into one read: of 4,102 bytes in 1.3.8, of 511 in older
// versions. Few servers say which version they are.
const oneRead = 511

// admit waits until commands may be under way. The caller calls done when they are
// answered.
func (s *server) admit(ctx context.Context, commands []string) (done func(), err error) {
	if !s.runs("proftpd") {
		return func() {}, ctx.Err()
	}
	size := int64(0)
	for _, c := range commands {
		size += int64(len(c)) + 2
	}
	size = min(size, oneRead) // longer commands are under way alone
	if err := s.stats.window.Acquire(ctx, size); err != nil {
		return nil, err
	}
	return func() { s.stats.window.Release(size) }, nil
}
