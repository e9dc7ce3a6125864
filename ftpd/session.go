package ftpd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"trawl/ftpd/account"
	"trawl/ftpd/guard"
	"trawl/ftpd/internal/dtp"
	"trawl/ftpd/names"
)

// maxMistakes is how many commands that are unknown, or come too early, a session
// may send before its login. A session with more is not that of an FTP client.
const maxMistakes = 50

// session is the state of one control connection: the protocol interpreter. Only its own goroutine uses it, except for its
// course and for the transfer that is under way.
type session struct {
	*service
	*control
	ends
	id    uint64
	since time.Time
	log   *slog.Logger

	visit
	cwd    string     // clean, absolute, in raw bytes
	rename string     // the path that RNFR named, or ""
	params params     // of the next transfer
	form   names.Form // of names in listings; see made
	channel

	transfer    *transfer // the last one, or nil
	transferred bool      // by the last command
	stood       standing  // of the transfer for which held waits
	held        []string  // commands that wait for the end of the transfer
	quit        bool      // QUIT was given: the session ends with the transfer
	ended       bool      // at once

	course course
}

// visit is who is in, or about to be.
type visit struct {
	user     string        // as USER named it
	login    account.Login // of the user who is in
	release  func()        // gives back what the login holds of the limits
	in       bool          // logged in
	failures int           // logins that failed
	mistakes int           // see maxMistakes
	lossy    bool          // the client loses the end of what is compressed: see cmdMode
}

// channel is how data connections come about.
type channel struct {
	data       *dtp.Process
	binding    *dtp.Binding // of data connections, if the control connection has TLS
	bufferSize bool         // PBSZ was given
	epsvAll    bool         // EPSV ALL was given
}

func newSession(v *service, id uint64, conn net.Conn, e ends) *session {
	s := &session{
		service: v,
		control: newControl(conn, v.Stall),
		ends:    e,
		cwd:     "/",
		params:  newParams(),
		since:   time.Now(),
	}
	s.course.deadline = func(at time.Time) { _ = s.conn.SetReadDeadline(at) }
	s.course.look = max(s.Held/8, time.Millisecond)
	s.wait(true)
	s.longest = s.limits().Line
	s.id = id
	s.log = v.Log.With("session", s.id, "peer", s.peer.String())
	s.data = dtp.New(dtp.Config{
		Peer: s.peer, At: e.at, Proxy: v.proxy,
		Pool: v.pool, Wait: min(v.Stall, maxConnect), Stall: v.Stall,
		Stranger: s.stranger,
	})
	return s
}

// maxConnect bounds the wait for a data connection.
const maxConnect = time.Minute

// serve answers the client until one of them ends the session, or ctx is done. When
// it returns, nothing of the session is left.
func (s *session) serve(ctx context.Context, secure bool) {
	s.event(Event{Kind: Connected})
	stop := context.AfterFunc(ctx, func() { s.conn.Close() })
	defer func() {
		stop()
		s.endTransfer()
		s.data.Drop()
		_ = s.flush()
		s.leave()
		s.endTLS()
		s.conn.Close()
		s.event(Event{Kind: Disconnected, Took: time.Since(s.since), Reason: s.course.why()})
	}()
	if secure {
		if err := s.beginImplicit(ctx); err != nil {
			s.log.Debug("no TLS", "err", err)
			return
		}
	}
	s.reply(220, s.Greeting)
	for !s.ended && s.course.why() == "" {
		if s.course.woken() {
			s.answerHeld(ctx)
			continue
		}
		if s.flushReplies() != nil {
			return
		}
		s.course.show(shown{s.login.User, s.secured(), s.cwd, time.Now()})
		if !s.in && s.greetsInTLS() {
			s.event(Event{Kind: Refused, Reason: "it begins with TLS"})
			return
		}
		line, err := s.readLine()
		if !s.meet(ctx, line, err) {
			return
		}
	}
}

// meet does what a line asks for, or what the error says with which no line came. It reports whether the session goes on.
func (s *session) meet(ctx context.Context, line string, err error) bool {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && s.course.woken():
		s.answerHeld(ctx)
	case errors.Is(err, os.ErrDeadlineExceeded) && s.course.awaits():
		s.lookAtHeld(time.Now())
	case errors.Is(err, errLongLine):
		s.reply(500, "This line is too long.")
	case err != nil:
		s.sayWhyEnded(err)
		return false
	case !s.in && s.foreign(line):
		s.event(Event{Kind: Refused, Reason: "it speaks another protocol than FTP"})
		return false
	default:
		s.take(ctx, line)
	}
	return true
}

// flushReplies sends the replies that were written, unless more will come at once: another command is here already.
func (s *session) flushReplies() error {
	if s.ready() {
		return nil
	}
	return s.flush()
}

// sayWhyEnded replies why the session ends, if the client may still read it.
func (s *session) sayWhyEnded(err error) {
	draining, kicked, wait := s.course.ending()
	switch {
	case kicked:
		s.reply(421, "The operator ends this session.")
	case draining:
		s.reply(421, "The server is shutting down.")
	case errors.Is(err, os.ErrDeadlineExceeded) && !wait.loginBy.IsZero() && !time.Now().Before(wait.loginBy):
		s.reply(421, fmt.Sprintf("No login within %v: closing the connection.", wait.login))
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.reply(421, fmt.Sprintf("No command for %v: closing the connection.", wait.idle))
	case errors.Is(err, errFlood):
		s.reply(421, "This line has no end: closing the connection.")
	}
}

// limits returns the limits of the user who is in, or of one who is not in yet.
func (s *session) limits() guard.Limits { return s.Guard.Limits(s.login.Limits) }

// wait sets how long the session may be without a command, and, if it begins to log in, without a login.
func (s *session) wait(begins bool) {
	l := s.limits()
	p := patience{idle: cmp.Or(s.Idle, max(l.Idle, 0)), login: max(l.LoginTime, 0)}
	if begins && p.login > 0 {
		p.loginBy = time.Now().Add(p.login)
	}
	s.course.wait(p)
}

// take answers a command line, or keeps it for later: a command that comes during a transfer waits for its end, unless it is
// one of those that are answered meanwhile. Replies come in the order of the commands. ABOR alone overtakes.
func (s *session) take(ctx context.Context, line string) {
	verb, arg := split(line)
	switch {
	case verb == "ABOR" && arg == "":
		s.handle(ctx, verb, arg)
		s.ended = s.ended || s.quit
	case s.quit: // nothing is answered behind it
	case s.meanwhile(verb) && len(s.held) == 0:
		s.handle(ctx, verb, arg)
	case s.hold(line):
	default:
		s.awaitTransfer()
		s.answerHeld(ctx)
		s.handle(ctx, verb, arg)
	}
}

// meanwhile reports whether a command is answered during a transfer.
func (s *session) meanwhile(verb string) bool {
	cmd, known := s.commands[verb]
	return !known || cmd.during || cmd.login && !s.in
}

// pending reports whether anything of another command has come already.
func (s *session) pending() bool { return len(s.held) > 0 || s.control.pending() }

// handle answers one command.
func (s *session) handle(ctx context.Context, verb, arg string) {
	cmd, known := s.commands[verb]
	if !s.meanwhile(verb) {
		s.awaitTransfer()
	}
	if verb != "ABOR" {
		s.transferred = false
	}
	switch {
	case known && s.betweenNames(verb, cmd):
	case !known && s.tolerate():
		s.reply(500, "'"+verb[:min(len(verb), 32)]+"' not understood")
	case known && (s.in || !cmd.login) && s.refuseDenied(verb):
	case known && s.refused(verb, arg, cmd):
	case known:
		cmd.run(ctx, s, arg)
	}
	if verb != "RNFR" {
		s.rename = ""
	}
}

// refused answers a command that comes too early, or whose argument cannot be. It reports whether it did.
func (s *session) refused(verb, arg string, cmd command) bool {
	blank := strings.TrimSpace(arg) == ""
	switch {
	case cmd.login && !s.in:
		if s.tolerate() {
			s.reply(530, "Please login with USER and PASS")
		}
	case cmd.arg && blank:
		s.reply(501, verb+": Syntax error: command needs an argument.")
	case cmd.bare && !blank:
		s.reply(501, verb+": Syntax error: command does not accept arguments.")
	case s.in && !cmd.many && s.tooDeep(arg):
		s.reply(550, "This path is too deep.")
	default:
		return false
	}
	return true
}

// tooDeep reports whether a path has more directories than the limits allow.
func (s *session) tooDeep(arg string) bool {
	most, n := s.limits().Depth, strings.Count(arg, "/")
	if most <= 0 || n == 0 {
		return false
	}
	if !strings.HasPrefix(arg, "/") {
		n += strings.Count(s.cwd, "/")
	}
	return n > most
}

// tolerate counts a mistake if it is made before the login, and reports whether the
// session goes on.
func (s *session) tolerate() bool {
	if s.in {
		return true
	}
	s.mistakes++
	if s.mistakes > maxMistakes {
		s.reply(421, "Too many bad commands: closing the connection.")
		s.ended = true
	}
	return !s.ended
}

// split returns the verb of a command line, in upper case, and its argument: all
// that follows the first space.
//
//	retr  a b => RETR, " a b"
func split(line string) (verb, arg string) {
	verb, arg, _ = strings.Cut(line, " ")
	return strings.ToUpper(verb), arg
}

// resolve returns the path that arg names, clean, absolute and in raw bytes; "" is the working
// directory. No arg leads above the root. A name may have the form that listings show, or its own bytes.
func (s *session) resolve(arg string) string {
	if raw := names.Decode(arg); raw == arg || s.login.View == nil {
		return s.absolute(raw)
	}
	return s.absolute(names.Find(arg, func(raw string) bool {
		_, err := s.login.View.Lstat(s.absolute(raw))
		return err == nil
	}))
}

// made returns the path that arg names, which the client wants to make. One that makes names of bytes that are no UTF-8 is
// listed names in their own bytes from then on: it looks for what it has made.
func (s *session) made(arg string) string {
	if !utf8.ValidString(arg) {
		s.form = names.Bytes
	}
	return s.resolve(arg)
}

// absolute returns the path that a name in raw bytes means.
func (s *session) absolute(name string) string {
	if strings.HasPrefix(name, "/") {
		return path.Clean(name)
	}
	return path.Join(s.cwd, name)
}
