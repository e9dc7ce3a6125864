package ftpd

import (
	"context"
	"time"

	"trawl/ftpd/account"
	"trawl/ftpd/guard"
)

// cmdUser begins a login. It ends the one before, at any time; a transfer that is under way is completed under it, and the
// parameters of transfers stay (RFC 959 section 4.1.1).
func cmdUser(_ context.Context, s *session, arg string) {
	if s.wantsTLS(arg) {
		s.reply(530, needsTLS)
		return
	}
	kept := s.params
	s.leave()
	s.params.coding, s.params.typed, s.params.facts, s.params.sum = kept.coding, kept.typed, kept.facts, kept.sum
	s.user = arg
	if account.IsAnonymous(arg) {
		s.reply(331, "Anonymous login ok, send your complete email address as your password")
		return
	}
	s.reply(331, "Password required for "+arg)
}

func cmdPass(ctx context.Context, s *session, arg string) {
	switch {
	case s.in:
		s.reply(503, "User already authenticated.")
		return
	case s.user == "":
		s.reply(503, "Login with USER first")
		return
	}
	_ = s.flush()
	if s.banned() {
		return
	}
	login, err := s.Accounts.Login(ctx, s.user, arg)
	switch {
	case s.banned(): // by sessions beside this one
	case err != nil:
		s.failed(ctx, err)
	case login.Secure && !s.secured():
		s.user = ""
		s.reply(530, needsTLS)
	default:
		s.enter(login)
	}
}

// needsTLS is the reply with 530 to a login in the clear that needs TLS.
const needsTLS = "Please log in over TLS: AUTH TLS first."

// enter begins the session of a user, unless there are too many.
func (s *session) enter(login account.Login) {
	release, err := s.Guard.Enter(login.User, login.Limits)
	if err != nil {
		s.refuse(login.User, err)
		return
	}
	s.release = release
	s.login, s.in, s.user = login, true, ""
	s.login.View = login.View.From(s.peer.Addr())
	s.cwd = login.Home
	s.wait(false)
	s.longest = s.limits().Line
	s.event(Event{Kind: LoggedIn})
	if login.Anonymous {
		s.reply(230, "Anonymous access granted, restrictions apply")
		return
	}
	s.reply(230, "User "+login.User+" logged in")
}

// refuse answers a login that is right and comes at the wrong time.
func (s *session) refuse(user string, err error) {
	s.event(Event{Kind: Refused, Reason: user + ": " + err.Error()})
	s.user = ""
	s.reply(421, "Too many sessions, try again later.")
	s.ended = true
}

// banned ends the session if its address has been banned since it began: else all sessions of an address together could guess
// many times more often than one after the other.
func (s *session) banned() bool {
	if _, banned := s.Guard.Banned(s.peer.Addr()); !banned {
		return false
	}
	s.event(Event{Kind: Refused, Reason: s.user + ": " + guard.ErrBanned.Error()})
	s.user = ""
	s.reply(421, "Too many failed logins from your address, try again later.")
	s.ended = true
	return true
}

// failed answers a login that failed. The answer comes later from time to time.
func (s *session) failed(ctx context.Context, err error) {
	s.event(Event{Kind: LoginFailed, Reason: s.user + ": " + err.Error()})
	s.user = ""
	s.failures++
	select {
	case <-time.After(s.Guard.Failed(s.peer.Addr())):
	case <-ctx.Done():
	}
	s.reply(530, "Login incorrect.")
	if tries := s.limits().Tries; tries > 0 && s.failures >= tries {
		s.ended = true
	}
}

// leave ends the login, with all that belongs to it. The control connection and its TLS stay. A transfer that is under way
// is completed under the old login.
func (s *session) leave() {
	if s.release != nil {
		s.course.after(s.release)
	}
	if s.in {
		defer s.wait(true)
	}
	s.login, s.release, s.in, s.user = account.Login{}, nil, false, ""
	s.cwd, s.params, s.rename, s.epsvAll = "/", newParams(), "", false
	s.data.Drop()
}

// cmdRein ends the login (RFC 959 section 4.1.1).
func cmdRein(_ context.Context, s *session, _ string) {
	if !s.in && s.user == "" {
		s.reply(530, "Please login with USER and PASS")
		return
	}
	s.leave()
	s.reply(220, "Service ready for new user.")
}

// cmdQuit ends the session. A transfer that is under way is completed before (RFC 959 section 4.1.1).
func cmdQuit(_ context.Context, s *session, _ string) {
	s.reply(221, "Goodbye.")
	s.quit = s.course.await()
	s.ended = !s.quit
}
