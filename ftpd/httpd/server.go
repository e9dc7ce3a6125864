// Package httpd serves files over HTTP and HTTPS, to be read, to the users and within the limits of package ftpd. Fill a
// [Server] and call [Server.Serve].
//
// The files: server.go has the settings, session.go is one connection, conn.go sends on it, idle.go ends it when no request
// comes. handler.go answers requests, target.go reads and writes paths in them, login.go says who has sent them, failure.go words
// errors.
//
// A file is sent by file.go, with the type that media.go gives it and the validators of validators.go. A folder is read by
// folder.go and sent by page.go as a page, by autoindex.go as JSON, or by dav.go as WebDAV has it; readme.go adds a text to the
// page. sums.go makes the file SHA256SUMS.
//
// golang.org/x/net/webdav is not used: it opens each file of a folder to describe it, holds a folder in memory, offers locks, and
// walks without bounds.
package httpd

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/guard"
	"trawl/ftpd/internal/accept"
	"trawl/ftpd/internal/sums"
)

// Accounts says who may log in, as [account.Book] does. Login returns [account.ErrLogin] if there is no such user or the password
// is another; Guest returns what those may do who give none, and false if that is nothing. Both may be called by many requests at
// once.
type Accounts interface {
	Login(ctx context.Context, name, password string) (account.Login, error)
	Guest() (account.Login, bool)
}

// Server serves files. Its fields must not change while it serves.
type Server struct {
	Accounts Accounts
	TLS      *tls.Config // of the listeners of Secure; nil: there are none
	NoSums   bool        // folders have no SHA256SUMS of the server's making

	// Challenges returns a handler that answers what an authority of certificates asks on a connection in the clear, and leaves the rest
	// to the handler that it gets; nil is none.
	Challenges func(http.Handler) http.Handler

	// Wrap returns a handler that answers as the one that it gets, for example to log the answers; [User] says who gets one. Its writers
	// keep io.ReaderFrom. Nil is none.
	Wrap func(http.Handler) http.Handler

	Guard    *guard.Guard   // of sessions, rates and failed logins; nil has the defaults of guard
	Proxies  []netip.Prefix // as those of ftpd.Server
	Stall    time.Duration  // a client that takes nothing for so long is cut off; 0 is ftpd.DefaultStall
	Grace    time.Duration  // transfers have so long to end on a shutdown; 0 is ftpd.DefaultGrace, negative is none
	Sessions *ftpd.Sessions // where live sessions stand; nil: for this server alone

	Observe ftpd.Observers
	Log     *slog.Logger // what no event says: faults, and each refusal at level debug; nil is silent

	sorting int64 // bytes of folders that are put in order; 0 is sortingMemory
}

// Secure returns ln for [Server.Serve] as one whose connections are in TLS.
func Secure(ln net.Listener) net.Listener { return secure{ln} }

type secure struct{ net.Listener }

// Serve accepts connections on each listener until ctx is done. Then it closes the listeners, lets the transfers that are under
// way end within Grace, waits for all sessions and returns nil. It returns an error if srv cannot be served, or if a listener
// fails.
func (srv *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	defer func() {
		for _, ln := range listeners {
			ln.Close()
		}
	}()
	for _, ln := range listeners {
		if _, tls := ln.(secure); tls && srv.TLS == nil {
			return errors.New("serve http: there is no certificate")
		}
	}
	if srv.Accounts == nil {
		return errors.New("serve http: there are no accounts")
	}
	v, err := newService(srv)
	if err == nil {
		err = accept.Serve(ctx, v, v.Grace, v.Log, listeners)
	}
	if err != nil {
		return fmt.Errorf("serve http: %w", err)
	}
	return nil
}

// service is one call of Serve, with its sessions.
type service struct {
	Server
	http    *http.Server
	handed  handed // connections on their way to http
	clear   http.Handler
	pages   *pages
	logins  *logins
	sums    *sums.Sums
	summing chan struct{}       // holds the one who makes a SHA256SUMS
	buffers sync.Pool           // of *[]byte, of small files
	memory  *semaphore.Weighted // of folders that are put in order
	refused *semaphore.Weighted // connections that hear why they are refused
	door    *ftpd.Door
	wg      sync.WaitGroup
}

var _ accept.Service = (*service)(nil)

// Bounds of all connections together.
const (
	sortingMemory = 64 << 20 // bytes of folders that are put in order
	maxRefused    = 64       // connections that hear at once why they are refused
)

// Bounds of one connection.
const (
	maxHeader  = 16 << 10         // bytes of a request without its body
	headerTime = 20 * time.Second // until a request has come
	idleTime   = time.Minute      // between two requests, at most
)

func newService(srv *Server) (*service, error) {
	v := &service{
		Server: *srv, handed: handed{conns: make(chan net.Conn), ended: make(chan struct{})}, logins: newLogins(), sums: sums.New(), summing: make(chan struct{}, 1),
		memory: semaphore.NewWeighted(cmp.Or(srv.sorting, sortingMemory)), refused: semaphore.NewWeighted(maxRefused),
	}
	if v.Guard == nil {
		v.Guard = guard.New(guard.DefaultConfig())
	}
	if v.Sessions == nil {
		v.Sessions = new(ftpd.Sessions)
	}
	v.Grace = cmp.Or(v.Grace, ftpd.DefaultGrace)
	v.Stall = cmp.Or(v.Stall, ftpd.DefaultStall)
	if v.Log == nil {
		v.Log = slog.New(slog.DiscardHandler)
	}
	var err error
	if v.pages, err = newPages(); err != nil {
		return nil, err
	}
	if v.TLS != nil {
		v.TLS = v.TLS.Clone()
		v.TLS.NextProtos = []string{"http/1.1"}
	}
	v.clear = http.HandlerFunc(serveHTTP)
	if v.Challenges != nil {
		v.clear = v.Challenges(v.clear)
	}
	v.door = v.Sessions.Open()
	limits := v.Guard.Limits(guard.Limits{})
	v.http = &http.Server{
		Handler: v.wrapped(http.HandlerFunc(route)), ConnContext: withSession, ConnState: changed,
		ReadHeaderTimeout: min(headerTime, limits.LoginTime), IdleTimeout: min(idleTime, limits.Idle), MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(v.Log.Handler(), slog.LevelDebug),
	}
	v.wg.Go(func() {
		_ = v.http.Serve(&v.handed) // it ends with Drain
	})
	return v, nil
}

// wrapped returns what Wrap makes of a handler.
func (v *service) wrapped(h http.Handler) http.Handler {
	if v.Wrap == nil {
		return h
	}
	return v.Wrap(h)
}

// Start starts a session.
func (v *service) Start(life context.Context, conn net.Conn, ln net.Listener) {
	_, secure := ln.(secure)
	accept.Begin(life, conn, v.Proxies, v.Log, &v.wg, func(e accept.Ends) func(context.Context) { return v.open(conn, e.Peer, secure) })
}

// open returns what runs a session, or says why there can be none and returns nil.
func (v *service) open(c net.Conn, peer netip.AddrPort, secure bool) func(life context.Context) {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		c.Close()
		return nil
	}
	release, err := v.Guard.Connect(peer.Addr())
	return v.door.Admit(release, err, func(reason string) { v.refuse(c, peer, secure, reason) }, func(id uint64) (ftpd.Live, func(context.Context)) {
		s := newSession(v, id, tcp, peer, secure)
		return s.activity, s.serve
	})
}

// refuse says in one line why there can be no session, unless the client would need TLS to hear it or too many hear it at once.
func (v *service) refuse(c net.Conn, peer netip.AddrPort, secure bool, reason string) {
	v.Observe.All(ftpd.Event{Kind: ftpd.Refused, Door: ftpd.HTTP, Time: time.Now(), Peer: peer, Secure: secure, Reason: reason})
	if secure || !v.refused.TryAcquire(1) {
		c.Close()
		return
	}
	v.wg.Go(func() {
		defer v.refused.Release(1)
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(time.Second))
		_, _ = fmt.Fprintf(c, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nRetry-After: 60\r\nConnection: close\r\n\r\nNot now: %s.\n",
			len("Not now: .\n")+len(reason), reason)
		_, _ = c.Read(make([]byte, maxHeader)) // what the client has sent; unread, it would make the system take the answer back
	})
}

// Drain refuses new sessions and asks all others to end.
func (v *service) Drain() {
	v.door.Close()
	_ = v.handed.Close() // it never fails
}

// Wait returns when the last session has ended.
func (v *service) Wait() { v.wg.Wait() }

// handed is the listener from which net/http takes the connections of sessions.
type handed struct {
	conns chan net.Conn
	once  sync.Once
	ended chan struct{} // closed when there are no more
}

// Accept returns the next connection.
func (h *handed) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.ended:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (h *handed) Close() error {
	h.once.Do(func() { close(h.ended) })
	return nil
}

// Addr is that of no network.
func (*handed) Addr() net.Addr { return &net.TCPAddr{} }
