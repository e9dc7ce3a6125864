package gopher

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"trawl/crawler"
)

// ask sends a selector and returns the server's answer, which can be read until ctx is
// done or the server is closed. The caller closes it.
func (s *server) ask(ctx context.Context, selector string) (io.ReadCloser, error) {
	if strings.ContainsAny(selector, "\t\r\n\x00") {
		return nil, fmt.Errorf("%w: %w", crawler.ErrDenied, crawler.ErrNaming)
	}
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := s.pacer.Party().Enter(ctx); err != nil {
		<-s.slots
		return nil, err
	}
	a, err := s.send(ctx, selector)
	if err != nil {
		s.leave()
		return nil, err
	}
	return a, nil
}

// leave gives back what a connection takes.
func (s *server) leave() {
	s.pacer.Party().Leave()
	<-s.slots
}

// send does what ask does, for a caller that holds a slot.
func (s *server) send(ctx context.Context, selector string) (*answer, error) {
	if err := s.pacer.Command(ctx); err != nil {
		return nil, err
	}
	dialing, cancel := context.WithTimeout(ctx, s.limits.Silence)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(dialing, "tcp", address(s.host.ID))
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%w: %w", crawler.ErrDown, err)
	}
	a := &answer{
		conn: conn, server: s, over: ctx.Err,
		pace: func(n int) error { return s.pacer.Bytes(ctx, n) },
		stop: context.AfterFunc(ctx, func() { conn.Close() }),
	}
	err = conn.SetDeadline(time.Now().Add(s.limits.Silence))
	if err == nil {
		_, err = conn.Write([]byte(selector + "\r\n"))
	}
	if err == nil {
		err = s.admit(a)
	}
	if err != nil {
		a.stop()
		conn.Close()
		return nil, fmt.Errorf("%w: %w", crawler.ErrGone, err)
	}
	return a, nil
}

// admit registers an answer that is under way, for Close.
func (s *server) admit(a *answer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answers == nil {
		return errClosed
	}
	s.answers[a] = struct{}{}
	return nil
}

// errClosed is the error after Close.
var errClosed = errors.New("the server was closed")

// Close ends all connections.
func (s *server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for a := range s.answers {
		a.conn.Close()
	}
	s.answers = nil
	s.pacer.Restore(s.spent)
	s.spent = 0
	return nil
}

// answer is the answer of a server to a selector. It ends when the server hangs up.
type answer struct {
	conn   net.Conn
	server *server
	over   func() error // why it must not be read any more, or nil
	pace   func(n int) error
	stop   func() bool
	ended  bool
}

var _ io.ReadCloser = (*answer)(nil)

// Read reads within Limits.Silence, and no faster than the pacer allows.
func (a *answer) Read(b []byte) (int, error) {
	if err := a.conn.SetDeadline(time.Now().Add(a.server.limits.Silence)); err != nil && a.over() == nil {
		return 0, err
	}
	n, err := a.conn.Read(b)
	if cause := a.over(); cause != nil {
		return n, cause
	}
	if err == nil {
		err = a.pace(n)
	}
	return n, err
}

// Close ends the connection. It may be called again.
func (a *answer) Close() error {
	if a.ended {
		return nil
	}
	a.ended = true
	a.stop()
	a.conn.Close()
	a.server.mu.Lock()
	delete(a.server.answers, a)
	a.server.mu.Unlock()
	a.server.leave()
	return nil
}
