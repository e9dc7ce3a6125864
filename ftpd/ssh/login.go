package ssh

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/ssh"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/guard"
)

// maxOffers is how many keys and passwords a client may offer in one session. Agents have many keys.
const maxOffers = 40

// attempt is how far a login has come.
type attempt struct {
	failures int  // passwords that were wrong
	over     bool // nothing is checked any more
}

var errOver = errors.New("too many tries")

// enter exchanges keys with the client and lets the user in, within the time that a login may take.
func (s *session) enter(ctx context.Context) (*ssh.ServerConn, <-chan ssh.NewChannel, <-chan *ssh.Request, error) {
	limits := s.Guard.Limits(guard.Limits{})
	by := time.Now().Add(limits.LoginTime)
	if err := s.conn.SetDeadline(by); err != nil {
		return nil, nil, nil, fmt.Errorf("bound a login: %w", err)
	}
	ctx, cancel := context.WithDeadline(ctx, by)
	defer cancel()
	config := *s.config
	s.ways(ctx, &config)
	conn, channels, requests, err := ssh.NewServerConn(s.conn, &config)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("exchange keys and log in: %w", err)
	}
	if err := s.conn.SetDeadline(time.Time{}); err != nil {
		hangUp(conn)
		return nil, nil, nil, fmt.Errorf("begin a session: %w", err)
	}
	s.pace = s.Guard.Pace(s.login.User, s.peer.Addr(), s.login.Limits)
	s.depth = s.Guard.Limits(s.login.Limits).Depth
	return conn, channels, requests, nil
}

// ways sets how users may get in: by a password, which some clients give when they are asked for it alone
// (keyboard-interactive, RFC 4256), and by a key.
func (s *session) ways(ctx context.Context, config *ssh.ServerConfig) {
	config.MaxAuthTries = maxOffers
	config.NoClientAuth = s.Anonymous
	config.NoClientAuthCallback = func(c ssh.ConnMetadata) (*ssh.Permissions, error) {
		if !account.IsAnonymous(c.User()) {
			return nil, ssh.ErrNoAuth
		}
		return s.password(ctx, c.User(), "")
	}
	config.PasswordCallback = func(c ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
		return s.password(ctx, c.User(), string(password))
	}
	config.KeyboardInteractiveCallback = func(c ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
		answers, err := ask("", "", []string{"Password: "}, []bool{false})
		if err != nil {
			return nil, err
		}
		return s.password(ctx, c.User(), answers[0])
	}
	config.PublicKeyCallback = func(c ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		_, err := s.Accounts.Key(c.User(), account.KeyOf(key))
		return nil, err
	}
	config.VerifiedPublicKeyCallback = func(c ssh.ConnMetadata, key ssh.PublicKey, _ *ssh.Permissions, _ string) (*ssh.Permissions, error) {
		login, err := s.Accounts.Key(c.User(), account.KeyOf(key))
		if err != nil {
			return nil, err
		}
		return nil, s.admit(login)
	}
}

// password lets in one who has the password of a user.
func (s *session) password(ctx context.Context, user, password string) (*ssh.Permissions, error) {
	if s.attempt.over {
		s.conn.Close()
		return nil, errOver
	}
	if err := s.banned(user); err != nil {
		return nil, err
	}
	login, err := s.Accounts.Login(ctx, user, password)
	if err == nil && login.Anonymous && !s.Anonymous {
		err = account.ErrLogin
	}
	if banned := s.banned(user); banned != nil {
		return nil, banned
	}
	if err != nil {
		s.failed(ctx, user, err)
		return nil, err
	}
	return nil, s.admit(login)
}

// banned ends the login if the address of the client has been banned since it began.
func (s *session) banned(user string) error {
	if _, banned := s.Guard.Banned(s.peer.Addr()); !banned {
		return nil
	}
	return s.turnAway(user, guard.ErrBanned, "Too many failed logins from your address, try again later.")
}

// turnAway refuses a login that is right and comes at the wrong time, and says why.
func (s *session) turnAway(user string, err error, text string) error {
	s.attempt.over = true
	s.event(ftpd.SSH, ftpd.Event{Kind: ftpd.Refused, Reason: user + ": " + err.Error()})
	return &ssh.BannerError{Err: err, Message: text + "\r\n"}
}

// failed records that a password was wrong, and waits as long as the guard says.
func (s *session) failed(ctx context.Context, user string, err error) {
	s.event(ftpd.SSH, ftpd.Event{Kind: ftpd.LoginFailed, Reason: user + ": " + err.Error()})
	s.attempt.failures++
	tries := s.Guard.Limits(guard.Limits{}).Tries
	s.attempt.over = tries > 0 && s.attempt.failures >= tries
	select {
	case <-time.After(s.Guard.Failed(s.peer.Addr())):
	case <-ctx.Done():
	}
}

// admit begins the session of a user, unless there are too many.
func (s *session) admit(login account.Login) error {
	if s.attempt.over {
		s.conn.Close()
		return errOver
	}
	release, err := s.Guard.Enter(login.User, login.Limits)
	if err != nil {
		return s.turnAway(login.User, err, "Too many sessions, try again later.")
	}
	login.View = login.View.From(s.peer.Addr())
	s.login, s.release = login, release
	s.strangers.remove(s)
	s.shows(ftpd.SSH)
	s.event(ftpd.SSH, ftpd.Event{Kind: ftpd.LoggedIn})
	return nil
}
