package sftp

import (
	"context"
	"net"
	"slices"
	"time"
)

// waiting is a call that waits for answers.
type waiting struct {
	cut context.CancelCauseFunc
}

// call registers a call and returns its context. The caller ends it by done.
func (s *server) call(ctx context.Context) (call context.Context, done func()) {
	call, cut := context.WithCancelCause(ctx)
	end := s.begin(cut)
	return call, func() {
		end()
		cut(nil)
	}
}

// begin registers a call, which done ends.
func (s *server) begin(cut context.CancelCauseFunc) (done func()) {
	c := &waiting{cut}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
	s.active = time.Now()
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls = slices.DeleteFunc(s.calls, func(other *waiting) bool { return other == c })
		s.since = 0
	}
}

// paced is a connection that counts and delays the bytes that are read.
type paced struct {
	net.Conn
	server *server
	life   context.Context //nolint:containedctx // that of the connection: Read has no other
}

func (p *paced) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	p.server.count(n)
	if err == nil {
		err = p.server.pacer.Bytes(p.life, n)
	}
	return n, err
}

// count notes that bytes were read. If more came than a listing may have, and no call
// has ended meanwhile, it cuts the oldest call: that is the one that does not end, since
// all others began later.
func (s *server) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active = time.Now()
	s.since += int64(n)
	if s.since > s.limits.Listing && len(s.calls) > 0 {
		s.calls[0].cut(errTooLarge)
		s.calls = s.calls[1:]
		s.since = 0
	}
}

// watch closes the connection when calls wait and the server is silent for too long,
// unless we do not read. It returns when life is done.
func (s *server) watch(life context.Context) {
	tick := time.NewTicker(s.limits.Silence / 4)
	defer tick.Stop()
	for {
		select {
		case <-life.Done():
			return
		case <-tick.C:
		}
		s.mu.Lock()
		if s.dirs.full() {
			s.active = time.Now()
		}
		dead := len(s.calls) > 0 && time.Since(s.active) > s.limits.Silence
		s.mu.Unlock()
		if dead {
			s.conn.Close()
			return
		}
	}
}
