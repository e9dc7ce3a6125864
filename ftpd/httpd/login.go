package httpd

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net/http"
	"sync"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/guard"
)

// The errors of requests that nobody may make.
var (
	errPassword = errors.New("the name or the password is wrong")
	errUsers    = errors.New("only users with a password are let in")
	errClear    = errors.New("passwords are taken over https:// alone, and this one has been sent in the clear")
	errNoUsers  = errors.New("guests are not let in, and users come by https://")
)

// admit finds out whose request it is and begins the session of that user. Passwords are taken over TLS alone (RFC 7617 section 4).
func (s *session) admit(r *http.Request) error {
	login, err := s.whose(r)
	if err != nil {
		return err
	}
	return s.enter(login)
}

// whose returns the login of the user who has sent a request.
func (s *session) whose(r *http.Request) (account.Login, error) {
	name, password, basic := r.BasicAuth()
	named := r.Header.Get("Authorization") != "" && (!basic || !account.IsAnonymous(name))
	guest, open := s.Accounts.Guest()
	switch {
	case !named && open:
		return guest, nil
	case !s.secure && named:
		return guest, errClear
	case !s.secure:
		return guest, errNoUsers
	case !named || !basic:
		return guest, errUsers
	}
	if login, ok := s.logins.get(name, password); ok {
		return login, nil
	}
	if _, banned := s.Guard.Banned(s.peer.Addr()); banned {
		return guest, guard.ErrBanned
	}
	login, err := s.Accounts.Login(r.Context(), name, password)
	if _, banned := s.Guard.Banned(s.peer.Addr()); banned {
		return guest, guard.ErrBanned
	}
	if err != nil {
		s.failed(r.Context(), name, err)
		return guest, errPassword
	}
	s.logins.keep(name, password, login)
	return login, nil
}

// failed records that a password was wrong, and waits as long as the guard says.
func (s *session) failed(ctx context.Context, user string, err error) {
	s.event(ftpd.Event{Kind: ftpd.LoginFailed, Reason: user + ": " + err.Error()})
	s.failures++
	select {
	case <-time.After(s.Guard.Failed(s.peer.Addr())):
	case <-ctx.Done():
	}
}

// triedOut reports whether so many passwords were wrong that the session ends.
func (s *session) triedOut() bool {
	tries := s.Guard.Limits(guard.Limits{}).Tries
	return tries > 0 && s.failures >= tries
}

// logins are the logins that have succeeded a moment ago. Each request has the password, and checking one costs much on purpose. The
// passwords themselves are not kept.
type logins struct {
	key []byte

	mu   sync.Mutex // guards what follows
	kept map[[sha256.Size]byte]kept
}

// kept is a login, and until when it needs no check.
type kept struct {
	account.Login
	until time.Time
}

const (
	keepLogin  = time.Minute // a user who was removed may go on for so long
	keptLogins = 1024
)

func newLogins() *logins {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // it never fails
	return &logins{key: key, kept: map[[sha256.Size]byte]kept{}}
}

// of returns what stands for a name and a password.
func (l *logins) of(name, password string) (k [sha256.Size]byte) {
	h := hmac.New(sha256.New, l.key)
	h.Write([]byte(name + "\x00" + password))
	h.Sum(k[:0])
	return k
}

func (l *logins) get(name, password string) (account.Login, bool) {
	k := l.of(name, password)
	l.mu.Lock()
	defer l.mu.Unlock()
	at, ok := l.kept[k]
	return at.Login, ok && time.Now().Before(at.until)
}

func (l *logins) keep(name, password string, login account.Login) {
	k := l.of(name, password)
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.kept) >= keptLogins {
		clear(l.kept)
	}
	l.kept[k] = kept{login, time.Now().Add(keepLogin)}
}
