package guard

import (
	"errors"
	"net/netip"
	"sync"
	"time"
)

// The errors say why there can be no session. Their texts are fit to be sent to the client.
var (
	ErrFull     = errors.New("too many users are connected, try again later")
	ErrFullAddr = errors.New("too many connections from your address")
	ErrFullUser = errors.New("too many sessions of this user")
	ErrBanned   = errors.New("too many failed logins from your address, try again later")
)

// Connect counts a session from an address that is not logged in yet, or says why there can be none: ErrBanned, ErrFull,
// ErrFullAddr. The caller calls release when the session has ended; to call it twice is safe.
func (g *Guard) Connect(addr netip.Addr) (release func(), err error) {
	k := Counted(addr)
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, banned := g.bans.until(k, time.Now()); banned && !g.own(addr) {
		return nil, ErrBanned
	}
	if g.config.Sessions > 0 && g.sessions >= g.config.Sessions {
		return nil, ErrFull
	}
	if !g.addrs.enter(k, g.config.AddrSessions, g.config.AddrRate, g.config.AddrRateUp) {
		return nil, ErrFullAddr
	}
	g.sessions++
	return sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.sessions--
		g.addrs.leave(k)
	}), nil
}

// Enter counts a session that logs in as a user, or returns ErrFullUser. The caller calls release when the login has ended;
// to call it twice is safe. A login does not make up for the failed ones of its address: who knows one password, or logs in
// as anonymous, would guess others for ever.
func (g *Guard) Enter(user string, own Limits) (release func(), err error) {
	l := g.Limits(own)
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.users.enter(user, l.Sessions, l.Rate, l.RateUp) {
		return nil, ErrFullUser
	}
	return sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.users.leave(user)
	}), nil
}

// tally counts sessions by address or by user, and holds the rates that they share. A key without sessions is kept for
// linger if it has rates, so that a client that comes back at once finds no fresh burst.
type tally[K comparable] struct {
	of    map[K]*share
	empty []gone[K] // oldest first
}

// share is what the sessions of one address or user share.
type share struct {
	sessions int
	rates    rates
	left     time.Time // when the last session ended; zero while there are sessions
}

// gone is a share that had no sessions at a time.
type gone[K comparable] struct {
	key  K
	left time.Time
}

const (
	linger    = burstTime // after which a rate is as fresh as a new one
	maxLinger = 4096      // shares
)

func newTally[K comparable]() tally[K] { return tally[K]{of: make(map[K]*share)} }

// enter counts a session of k, unless there are as many as the limit allows.
func (t *tally[K]) enter(k K, limit int, rate, rateUp int64) bool {
	s := t.of[k]
	if s == nil {
		s = &share{rates: newRates(rate, rateUp)}
		t.of[k] = s
	}
	if limit > 0 && s.sessions >= limit {
		return false
	}
	s.sessions++
	s.left = time.Time{}
	return true
}

// leave counts a session of k less.
func (t *tally[K]) leave(k K) {
	s, now := t.of[k], time.Now()
	if s.sessions--; s.sessions == 0 {
		if s.rates == (rates{}) {
			delete(t.of, k)
		} else {
			s.left = now
			t.empty = append(t.empty, gone[K]{k, now})
		}
	}
	for len(t.empty) > 0 && (len(t.empty) > maxLinger || now.Sub(t.empty[0].left) > linger) {
		old := t.empty[0]
		t.empty = t.empty[1:]
		if s := t.of[old.key]; s != nil && s.left.Equal(old.left) && s.sessions == 0 {
			delete(t.of, old.key)
		}
	}
}

// rates returns the rates that sessions of k share; none if there are no sessions.
func (t *tally[K]) rates(k K) rates {
	if s := t.of[k]; s != nil {
		return s.rates
	}
	return rates{}
}
