// Package ftpd serves any fs.FS over FTP: anonymous, read-only, and fit to face
// the public. Fill a [Server] and call [Server.Serve]; [Dir] makes an fs.FS of a
// folder.
//
// The files: server.go accepts and bounds sessions. session.go is one session: its
// login, and its way around the tree. control.go is the control connection,
// command.go the table of commands. data.go sets up data connections, transfer.go
// sends over them, file.go sends files. list.go and facts.go write listings for
// people and for programs. dir.go serves a folder.
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
	FS       fs.FS  // the tree; Dir makes one of a folder
	Greeting string // the line that each client gets first; "" says hello

	MaxSessions int           // at once; 0 is DefaultMaxSessions, negative is no limit
	MaxPerAddr  int           // at once from one address; 0 is DefaultMaxPerAddr, negative is no limit
	Idle        time.Duration // a session ends after so long without a command; 0 is DefaultIdle
	Stall       time.Duration // a data connection ends after so long without progress; 0 is DefaultStall
	Grace       time.Duration // transfers have so long to end on a shutdown; 0 is DefaultGrace, negative is none

	// MinPort to MaxPort are the ports of passive data connections; both 0
	// leaves the choice to the system.
	MinPort, MaxPort uint16

	// Public is the IPv4 address that PASV gives to clients with public addresses,
	// for a server behind NAT. If it is not set, PASV gives the address they
	// connected to.
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

// Serve accepts sessions on ln until ctx is done. Then it closes ln, lets the
// transfers that are under way end within Grace, waits for all sessions and returns
// nil. It returns an error if srv cannot be served, or if ln fails.
func (srv *Server) Serve(ctx context.Context, ln net.Listener) error {
	if srv.FS == nil {
		ln.Close()
		return errors.New("serve ftp: there is no file system to serve")
	}
	if srv.MinPort > srv.MaxPort || srv.MinPort == 0 && srv.MaxPort != 0 {
		ln.Close()
		return fmt.Errorf("serve ftp: passive ports %d to %d are no range", srv.MinPort, srv.MaxPort)
	}
	v := newService(srv)
	life, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	err := v.accept(ctx, life, ln)
	stop()
	ln.Close()
	v.close(cut)
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("serve ftp: %w", err)
}

// withDefaults returns a copy in which zero values are replaced by the defaults.
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

// orElse sets a value that is zero to its default.
func orElse[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}

// service is one call of Serve, with its sessions.
type service struct {
	Server
	commands map[string]command
	wg       sync.WaitGroup

	mu       sync.Mutex // guards the fields below
	sessions map[*session]struct{}
	perAddr  map[netip.Addr]int
	closing  bool
}

func newService(srv *Server) *service {
	return &service{
		Server:   srv.withDefaults(),
		commands: commands(),
		sessions: make(map[*session]struct{}),
		perAddr:  make(map[netip.Addr]int),
	}
}

// accept starts a session for each connection until ln ends. The sessions end with
// life. A shortage, for example of file descriptors, only delays accept.
func (v *service) accept(ctx, life context.Context, ln net.Listener) error {
	var delay time.Duration
	for {
		conn, err := ln.Accept()
		if err == nil {
			delay = 0
			v.start(life, conn)
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		delay = min(max(2*delay, 5*time.Millisecond), time.Second)
		v.Log.Warn("accept failed", "err", err, "retry", delay)
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// start starts a session, or says in one line why there can be none.
func (v *service) start(life context.Context, conn net.Conn) {
	s := newSession(v, conn)
	if refusal := v.add(s); refusal != "" {
		v.Log.Debug("refused", "peer", s.peer, "reason", refusal)
		_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = conn.Write([]byte("421 " + refusal + "\r\n"))
		conn.Close()
		return
	}
	v.wg.Go(func() {
		defer v.remove(s)
		s.serve(life)
	})
}

// add counts a session, or returns why there can be none.
func (v *service) add(s *session) (refusal string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch addr := s.peer.Addr(); {
	case v.closing:
		return "The server is shutting down."
	case v.MaxSessions > 0 && len(v.sessions) >= v.MaxSessions:
		return "Too many users are connected, try again later."
	case v.MaxPerAddr > 0 && v.perAddr[addr] >= v.MaxPerAddr:
		return "Too many connections from your address."
	default:
		v.sessions[s] = struct{}{}
		v.perAddr[addr]++
		return ""
	}
}

// remove forgets a session that has ended.
func (v *service) remove(s *session) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.sessions, s)
	addr := s.peer.Addr()
	if v.perAddr[addr]--; v.perAddr[addr] == 0 {
		delete(v.perAddr, addr)
	}
}

// close refuses new sessions and asks all others to end. It calls cut when Grace is
// over, and returns when the last session has ended.
func (v *service) close(cut func()) {
	v.mu.Lock()
	v.closing = true
	for s := range v.sessions {
		s.drain()
	}
	v.mu.Unlock()
	timer := time.AfterFunc(v.Grace, cut)
	v.wg.Wait()
	timer.Stop()
}
