package httpd

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/tree"
)

// session is one connection. Its requests come one after the other, so that all but its activity is for one goroutine.
type session struct {
	*service
	id       uint64
	conn     *conn
	peer     netip.AddrPort
	secure   bool
	log      *slog.Logger
	activity *ftpd.Activity
	wait     wait
	gone     chan struct{} // closed when net/http has let go of the connection

	login    account.Login // whose requests come; its View is that of the visitor
	shared   *tree.View    // of the login, before it was that of the visitor
	release  func()        // gives back what the login holds of the limits; nil: nobody is in
	failures int           // passwords that were wrong
	depth    int           // directories in a path
	idle     time.Duration // between two requests
}

func newSession(v *service, id uint64, tcp *net.TCPConn, peer netip.AddrPort, secure bool) *session {
	s := &session{service: v, peer: peer, secure: secure, id: id, gone: make(chan struct{})}
	s.log = v.Log.With("session", s.id, "peer", peer.String())
	s.activity = ftpd.NewActivity(ftpd.SessionInfo{Door: ftpd.HTTP, Peer: peer, Secure: secure}, func() { tcp.Close() })
	s.conn = newConn(tcp, v.Stall, s)
	return s
}

// event hands an event of the session to all who observe the server.
func (s *session) event(e ftpd.Event) {
	e.Time, e.Session, e.Door, e.User, e.Peer, e.Secure = time.Now(), s.id, ftpd.HTTP, s.login.User, s.peer, s.secure
	s.Observe.All(e)
}

// serve lets net/http serve the connection until one of the sides ends it, or ctx is done. When it returns, nothing of the
// session is left.
func (s *session) serve(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { s.conn.Close() })
	s.conn.ctx = ctx
	s.event(ftpd.Event{Kind: ftpd.Connected})
	defer func() {
		stop()
		s.conn.Close()
		s.leave()
		s.event(s.activity.Ended())
	}()
	var c net.Conn = s.conn
	if s.secure {
		c = tls.Server(s.conn, s.TLS)
	}
	select {
	case s.handed.conns <- c:
		<-s.gone
	case <-s.handed.ended:
	}
}

// enter begins the session of a user, or goes on with it. The error says that there are too many.
func (s *session) enter(login account.Login) error {
	same := s.release != nil && s.login.User == login.User
	if same && s.shared == login.View {
		return nil
	}
	if !same {
		release, err := s.Guard.Enter(login.User, login.Limits)
		if err != nil {
			return err //nolint:wrapcheck // as it is said to the client
		}
		s.leave()
		s.release = release
	}
	s.login, s.shared = login, login.View
	s.login.View = login.View.From(s.peer.Addr())
	s.activity.Shows(func(i *ftpd.SessionInfo) { i.User = login.User })
	s.conn.pace = s.Guard.Pace(login.User, s.peer.Addr(), login.Limits)
	limits := s.Guard.Limits(login.Limits)
	s.depth, s.idle = limits.Depth, limits.Idle
	s.event(ftpd.Event{Kind: ftpd.LoggedIn})
	return nil
}

// leave ends the session of a user.
func (s *session) leave() {
	if s.release != nil {
		s.release()
		s.release = nil
	}
}

// sessionKey is the key of the session in the context of its requests.
type sessionKey struct{}

// withSession puts the session of a connection into the context of its requests.
func withSession(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, sessionKey{}, sessionOf(c))
}

// User returns the name of the user who has logged in to send a request, "" for guests. It is for [Server.Wrap].
func User(r *http.Request) string {
	if s := asks(r); !s.login.Anonymous {
		return s.login.User
	}
	return ""
}

// sessionOf returns the session of a connection that net/http serves.
func sessionOf(c net.Conn) *session {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	return c.(*conn).session //nolint:forcetypeassert // there are no others
}

// changed records the state that net/http reports of a connection.
func changed(c net.Conn, to http.ConnState) {
	s := sessionOf(c)
	switch to {
	case http.StateIdle:
		s.activity.End(1)
		s.wait.begin(s.idle, func() { s.conn.Close() })
	case http.StateActive:
		s.wait.end()
		s.activity.Touch()
		s.activity.Begin()
	case http.StateClosed:
		s.wait.end()
		close(s.gone)
	case http.StateNew, http.StateHijacked:
	}
}
