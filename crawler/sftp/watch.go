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

// call returns the context of a call that is counted in; done counts it out.
func (s *server) call(ctx context.Context) (call context.Context, done func()) {
	call, cut := context.WithCancelCause(ctx)
	end := s.begin(cut)
	return call, func() {
		end()
		cut(nil)
	}
}

// begin counts a call in; done counts it out.
func (s *server) begin(cut context.CancelCauseFunc) (done func()) {
	c := &waiting{cut}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
	s.heard = time.Now()
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls = slices.DeleteFunc(s.calls, func(other *waiting) bool { return other == c })
		s.since = 0
	}
}

// paced is the connection: it counts and delays what is read.
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

// count notes that bytes were read. When more came than a listing may have and no
// call has ended meanwhile, the oldest is cut: all others have begun later, so
// it is the one that does not end.
func (s *server) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = time.Now()
	s.since += int64(n)
	if s.since > s.limits.Listing && len(s.calls) > 0 {
		s.calls[0].cut(errTooLarge)
		s.calls = s.calls[1:]
		s.since = 0
	}
}

// watch closes the connection when calls wait and nothing was heard for too
// long, unless it is us who read nothing. It returns when life is done.
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
			s.heard = time.Now()
		}
		dead := len(s.calls) > 0 && time.Since(s.heard) > s.limits.Silence
		s.mu.Unlock()
		if dead {
			s.conn.Close()
			return
		}
	}
}
