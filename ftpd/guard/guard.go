// Package guard bounds what strangers and users may take of a server: sessions and rates, per session, user, address
// and in all, and logins that fail, which wait longer and longer until their address is banned.
//
// The files: guard.go has the settings. sessions.go counts sessions. pace.go holds transfers to their rates. bans.go
// remembers failed logins and bans; kept.go keeps the bans in a file.
//
// An IPv4 address counts for itself; an IPv6 address counts by its /64, since that is what one customer has ([Counted]). A Guard
// is bounded, however many addresses come.
package guard

import (
	"cmp"
	"math"
	"net/netip"
	"sync"
	"time"
)

// Limits are what one user may take. A field that is zero is no limit of its own: that of Config.User holds, and if that
// is zero, too, there is none.
type Limits struct {
	Sessions int // at once

	Rate, RateUp               int64 // bytes a second of all sessions of the user together: sent, received
	SessionRate, SessionRateUp int64 // bytes a second of one session

	Idle      time.Duration // a session ends after so long without a command
	LoginTime time.Duration // a session that is not logged in by then ends
	Tries     int           // failed logins that end a session
	Line      int           // bytes of a command line
	Depth     int           // directories in a path
}

// or returns l with what it leaves open taken from otherwise.
func (l Limits) or(otherwise Limits) Limits {
	l.Sessions = cmp.Or(l.Sessions, otherwise.Sessions)
	l.Rate = cmp.Or(l.Rate, otherwise.Rate)
	l.RateUp = cmp.Or(l.RateUp, otherwise.RateUp)
	l.SessionRate = cmp.Or(l.SessionRate, otherwise.SessionRate)
	l.SessionRateUp = cmp.Or(l.SessionRateUp, otherwise.SessionRateUp)
	l.Idle = cmp.Or(l.Idle, otherwise.Idle)
	l.LoginTime = cmp.Or(l.LoginTime, otherwise.LoginTime)
	l.Tries = cmp.Or(l.Tries, otherwise.Tries)
	l.Line = cmp.Or(l.Line, otherwise.Line)
	l.Depth = cmp.Or(l.Depth, otherwise.Depth)
	return l
}

// Config is what a Guard allows. A field that is zero has the default of DefaultConfig; a negative number is no limit.
type Config struct {
	Sessions     int   // at once in all
	Rate, RateUp int64 // bytes a second in all: sent, received

	AddrSessions         int   // at once from one address
	AddrRate, AddrRateUp int64 // bytes a second of one address

	User Limits // of each user, as far as the user's own leave it open

	Delay, MaxDelay time.Duration // a failed login waits so long for its answer; it doubles with each from the same address
	Failures        int           // failed logins from one address within Within ban it
	Within          time.Duration // failures that are older are forgotten
	Ban, MaxBan     time.Duration // how long a ban lasts; it doubles with each of the same address
	// Own are the networks that are never banned and whose delay does not grow: one's own, behind whose NAT many
	// people have one address.
	Own []netip.Prefix
}

// DefaultConfig returns the defaults: fit for the public.
func DefaultConfig() Config {
	return Config{
		Sessions: 2000, AddrSessions: 50,
		User:  Limits{Idle: 5 * time.Minute, LoginTime: time.Minute, Tries: 3, Line: 8<<10 + 64, Depth: 256},
		Delay: time.Second, MaxDelay: 10 * time.Second,
		Failures: 10, Within: 10 * time.Minute,
		Ban: 10 * time.Minute, MaxBan: 24 * time.Hour,
	}
}

// withDefaults returns c with what it leaves open taken from DefaultConfig.
func (c Config) withDefaults() Config {
	d := DefaultConfig()
	c.Sessions = cmp.Or(c.Sessions, d.Sessions)
	c.AddrSessions = cmp.Or(c.AddrSessions, d.AddrSessions)
	c.User = c.User.or(d.User)
	c.Delay = cmp.Or(c.Delay, d.Delay)
	c.MaxDelay = cmp.Or(c.MaxDelay, d.MaxDelay)
	c.Failures = cmp.Or(c.Failures, d.Failures)
	c.Within = cmp.Or(c.Within, d.Within)
	c.Ban = cmp.Or(c.Ban, d.Ban)
	c.MaxBan = cmp.Or(c.MaxBan, d.MaxBan)
	return c
}

// Guard counts and bounds. Its methods may be called from many goroutines.
type Guard struct {
	config  Config
	all     rates
	changed chan struct{} // gets a value when the bans have changed

	mu       sync.Mutex // guards the fields below
	sessions int
	addrs    tally[netip.Addr]
	users    tally[string]
	failures failures
	bans     bans
}

// New returns a Guard with the settings of c.
func New(c Config) *Guard {
	c = c.withDefaults()
	return &Guard{
		config:   c,
		all:      newRates(c.Rate, c.RateUp),
		changed:  make(chan struct{}, 1),
		addrs:    newTally[netip.Addr](),
		users:    newTally[string](),
		failures: newFailures(),
		bans:     make(bans),
	}
}

// Limits returns the limits that hold for a user whose own are given: those that are left open are the common ones. The
// zero Limits give those before the login. Sessions and rates that are zero or negative do not exist; all others are
// greater than zero, and very large if they do not exist.
func (g *Guard) Limits(own Limits) Limits {
	l := own.or(g.config.User)
	for _, d := range []*time.Duration{&l.Idle, &l.LoginTime} {
		if *d <= 0 {
			*d = forever
		}
	}
	for _, n := range []*int{&l.Tries, &l.Line, &l.Depth} {
		if *n <= 0 {
			*n = math.MaxInt
		}
	}
	return l
}

// forever is longer than a session.
const forever = 10 * 365 * 24 * time.Hour

// Counted returns what an address counts as: an IPv4 address as itself, an IPv6 address as the first of its /64.
func Counted(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		return netip.PrefixFrom(addr, 64).Masked().Addr()
	}
	return addr
}
