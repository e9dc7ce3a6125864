// Package ftpd serves any fs.FS over FTP: anonymous, read-only, and fit to face
// the public.
//
// The files: server.go accepts and bounds sessions; session.go is one of them,
// with its login and its way around the tree; control.go is the control
// connection; command.go the table of commands; data.go sets data connections up and
// transfer.go sends over them; file.go sends files; list.go and facts.go write
// listings for people and for programs; dir.go makes an fs.FS of a folder.
//
// It follows RFC 959 with RFC 1123 section 4.1, and RFC 2389 (FEAT, OPTS), 2428
// (EPRT, EPSV), 2640 (UTF-8 names) and 3659 (SIZE, MDTM, REST, MLST, MLSD).
package ftpd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Server serves a tree of files. Its fields must not change while it serves;
// their zero values are defaults that are fit for the public.
type Server struct {
	FS       fs.FS  // what is served; Dir makes it of a folder
	Greeting string // a line for those who connect; "" says hello

	MaxSessions int           // at once; 0 is DefaultMaxSessions, negative is no limit
	MaxPerAddr  int           // at once from one address; 0 is DefaultMaxPerAddr, negative is no limit
	Idle        time.Duration // without a command until a session ends; 0 is DefaultIdle
	Stall       time.Duration // without progress until a data connection ends; 0 is DefaultStall
	Grace       time.Duration // that transfers have to end in on a shutdown; 0 is DefaultGrace, negative is none

	// MinPort to MaxPort are the ports of passive data connections; both 0
	// leaves the choice to the system.
	MinPort, MaxPort uint16

	// Public is the IPv4 address that PASV tells those who come from public
	// addresses, for a server behind NAT. Not set: the address they connected to.
	Public netip.Addr

	Log *slog.Logger // nil is silent
}

// The defaults of a Server.
const (
	DefaultMaxSessions = 2000
	DefaultMaxPerAddr  = 50
	DefaultIdle        = 5 * time.Minute
	DefaultStall       = time.Minute
	DefaultGrace       = 10 * time.Second
)

// Serve accepts sessions on ln until ctx is done. It closes ln, lets the
// transfers under way end within Grace, waits for all sessions and returns nil.
// An error is that of ln.
func (srv *Server) Serve(ctx context.Context, ln net.Listener) error {
	if srv.FS == nil {
		ln.Close()
		return errors.New("serve ftp: there is no file system to serve")
	}
	if srv.MinPort > srv.MaxPort || srv.MinPort == 0 && srv.MaxPort != 0 {
		ln.Close()
		return fmt.Errorf("serve ftp: passive ports %d to %d are no range", srv.MinPort, srv.MaxPort)
	}
	h := newHouse(srv)
	life, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	err := h.accept(ctx, life, ln)
	stop()
	ln.Close()
	h.close(cut)
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("serve ftp: %w", err)
}

// withDefaults returns a copy whose limits are set.
func (srv *Server) withDefaults() Server {
	s := *srv
	orElse(&s.MaxSessions, DefaultMaxSessions)
	orElse(&s.MaxPerAddr, DefaultMaxPerAddr)
	orElse(&s.Idle, DefaultIdle)
	orElse(&s.Stall, DefaultStall)
	orElse(&s.Grace, DefaultGrace)
	if s.Greeting == "" {
		s.Greeting = "Welcome. This server is anonymous and read-only."
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	return s
}

// orElse gives a value that is zero its default.
func orElse[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}

// house is one call of Serve: the sessions under its roof.
type house struct {
	Server
	commands map[string]command
	wg       sync.WaitGroup

	mu       sync.Mutex // guards what follows
	sessions map[*session]struct{}
	perAddr  map[netip.Addr]int
	closing  bool
}

func newHouse(srv *Server) *house {
	return &house{
		Server:   srv.withDefaults(),
		commands: commands(),
		sessions: make(map[*session]struct{}),
		perAddr:  make(map[netip.Addr]int),
	}
}

// accept starts a session, which ends with life, for each connection until ln
// ends. A shortage, of file descriptors perhaps, only delays it.
func (h *house) accept(ctx, life context.Context, ln net.Listener) error {
	var delay time.Duration
	for {
		conn, err := ln.Accept()
		if err == nil {
			delay = 0
			h.welcome(life, conn)
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		delay = min(max(2*delay, 5*time.Millisecond), time.Second)
		h.Log.Warn("accept failed", "err", err, "retry", delay)
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// welcome starts a session, or tells in one line why there can be none.
func (h *house) welcome(life context.Context, conn net.Conn) {
	s := newSession(h, conn)
	if refusal := h.enter(s); refusal != "" {
		h.Log.Debug("refused", "peer", s.peer, "reason", refusal)
		_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = conn.Write([]byte("421 " + refusal + "\r\n"))
		conn.Close()
		return
	}
	h.wg.Go(func() {
		defer h.leave(s)
		s.serve(life)
	})
}

// enter counts a session in, or returns why not.
func (h *house) enter(s *session) (refusal string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch addr := s.peer.Addr(); {
	case h.closing:
		return "The server is shutting down."
	case h.MaxSessions > 0 && len(h.sessions) >= h.MaxSessions:
		return "Too many users are connected, try again later."
	case h.MaxPerAddr > 0 && h.perAddr[addr] >= h.MaxPerAddr:
		return "Too many connections from your address."
	default:
		h.sessions[s] = struct{}{}
		h.perAddr[addr]++
		return ""
	}
}

// leave counts a session out.
func (h *house) leave(s *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sessions, s)
	addr := s.peer.Addr()
	if h.perAddr[addr]--; h.perAddr[addr] == 0 {
		delete(h.perAddr, addr)
	}
}

// close lets nobody in any more and asks all sessions to end. It calls cut when
// Grace is over, and returns when the last has ended.
func (h *house) close(cut func()) {
	h.mu.Lock()
	h.closing = true
	for s := range h.sessions {
		s.drain()
	}
	h.mu.Unlock()
	timer := time.AfterFunc(h.Grace, cut)
	h.wg.Wait()
	timer.Stop()
}
