package gopher

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/guard"
	"trawl/ftpd/internal/accept"
	"trawl/ftpd/internal/dtp"
)

// session is one connection: one goroutine reads the selector and sends the answer.
type session struct {
	*service
	id       uint64
	conn     *net.TCPConn
	out      *dtp.Conn // sends on conn
	peer     netip.AddrPort
	local    netip.AddrPort // where the client has connected to
	log      *slog.Logger
	activity *ftpd.Activity
	login    account.Login
	limits   guard.Limits
	more     bool // more has come than the selector, or may have
	ended    bool // the answer is sent, and the connection closed
}

func newSession(v *service, id uint64, conn *net.TCPConn, e accept.Ends) *session {
	s := &session{service: v, conn: conn, out: dtp.Over(conn, v.Stall), peer: e.Peer, local: e.Local, id: id}
	s.log = v.Log.With("session", s.id, "peer", e.Peer.String())
	s.activity = ftpd.NewActivity(ftpd.SessionInfo{Door: ftpd.Gopher, Peer: e.Peer}, func() { conn.Close() })
	return s
}

// event hands an event of the session to all who observe the server.
func (s *session) event(e ftpd.Event) {
	e.Time, e.Session, e.Door, e.User, e.Peer = time.Now(), s.id, ftpd.Gopher, s.login.User, s.peer
	s.Observe.All(e)
}

// serve answers the client, or ends with ctx. When it returns, nothing of the session is left.
func (s *session) serve(ctx context.Context) {
	defer context.AfterFunc(ctx, func() { s.conn.Close() })()
	s.event(ftpd.Event{Kind: ftpd.Connected})
	err := s.talk(ctx)
	if err == nil {
		err = s.hangUp()
	}
	if err != nil {
		s.out.Abort()
		s.log.Debug("no answer, or not to its end", "err", err)
	}
	s.event(s.activity.Ended())
}

// talk reads the selector and answers it.
func (s *session) talk(ctx context.Context) error {
	if err := s.out.Start(ctx, false, nil); err != nil {
		return err //nolint:wrapcheck // of the connection
	}
	s.limits = s.Guard.Limits(guard.Limits{})
	_ = s.conn.SetReadDeadline(time.Now().Add(s.limits.LoginTime))
	r, err := readRequest(s.conn, min(s.limits.Line, maxLine))
	s.more = r.more
	switch {
	case errors.Is(err, errLong):
		return s.say(failure(verdict(err)))
	case err != nil:
		return err
	}
	return s.admit(ctx, &r)
}

// maxLine is the most bytes of a line, whatever the limits say.
const maxLine = 64 << 10

// admit answers a request as far as guests may.
func (s *session) admit(ctx context.Context, r *request) error {
	login, is := s.Accounts.Guest()
	var err error
	switch {
	case !is:
		err = account.ErrLogin
	case login.Secure:
		err = errSecure
	}
	release := func() {}
	if err == nil {
		release, err = s.Guard.Enter(login.User, login.Limits)
	}
	if err != nil {
		s.event(ftpd.Event{Kind: ftpd.Refused, Reason: err.Error()})
		text := verdict(err)
		if errors.Is(err, guard.ErrFullUser) {
			text = "Too many sessions, try again later."
		}
		return s.say(failure(text))
	}
	defer release()
	login.View = login.View.From(s.peer.Addr())
	s.login, s.limits = login, s.Guard.Limits(login.Limits)
	s.activity.Shows(func(i *ftpd.SessionInfo) { i.User = login.User })
	s.activity.Begin()
	defer s.activity.End(1)
	if err := s.out.Start(ctx, false, s.Guard.Pace(login.User, s.peer.Addr(), login.Limits)); err != nil {
		return err //nolint:wrapcheck // of the connection
	}
	return s.answer(ctx, r)
}

// answer answers a request.
func (s *session) answer(ctx context.Context, r *request) error {
	switch {
	case r.web():
		return s.say(s.forBrowsers())
	case strings.HasPrefix(r.selector, webPrefix):
		return s.say(webPage(r.selector[len(webPrefix):]))
	case s.searches(r):
		return s.search(ctx, r.field)
	}
	send, err := s.find(ctx, r)
	if err == nil {
		return send()
	}
	if text := s.made(r.selector); text != "" && errors.Is(err, fs.ErrNotExist) {
		return s.say(text)
	}
	s.log.Debug("refused", "selector", r.selector, "err", err)
	return s.say(failure(verdict(err)))
}

// find returns what sends what a selector means, or an error while nothing is sent yet.
func (s *session) find(ctx context.Context, r *request) (send func() error, err error) {
	p, err := s.resolve(r.selector)
	switch {
	case err != nil:
		return nil, err
	case r.field == aboutItem:
		return s.about(p)
	}
	return s.open(ctx, p, r.field == aboutItems)
}

// say sends a short text.
func (s *session) say(text string) error {
	_, err := io.WriteString(s.out, text)
	return err //nolint:wrapcheck // of the connection
}

// shows lets others see what is sent.
func (s *session) shows(doing, path string) { s.activity.Moves(doing, path, s.out.Moved) }

// transfer runs what sends something, and says what became of it once the client has all. The path of a folder ends in a slash.
func (s *session) transfer(p string, run func() error) error {
	before, began := s.out.Moved(), time.Now()
	err := run()
	sent := s.out.Moved() - before
	if err == nil {
		err = s.hangUp()
	}
	e := ftpd.Event{Kind: ftpd.Sent, Path: p, Bytes: sent, Took: time.Since(began), Whole: err == nil}
	if err != nil {
		e.Reason = reason(err)
	}
	s.event(e)
	return err
}

// lingers is how long a client that has sent more than a line may take to end. Bytes that nobody has read when a connection is closed
// reset it, and the client might lose the answer.
const lingers = 2 * time.Second

// hangUp ends the connection behind an answer, and waits until the client's system has all of it.
func (s *session) hangUp() error {
	if s.ended {
		return nil
	}
	s.ended = true
	if !s.more {
		return s.out.Finish(func() {}) //nolint:wrapcheck // of the connection
	}
	defer s.conn.Close()
	if err := s.conn.CloseWrite(); err != nil {
		return err //nolint:wrapcheck // of the connection
	}
	_ = s.conn.SetReadDeadline(time.Now().Add(lingers))
	_, _ = io.CopyN(io.Discard, s.conn, maxLine)
	return nil
}
