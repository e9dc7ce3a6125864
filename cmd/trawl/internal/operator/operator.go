// Package operator lets commands see a trawl serve that runs, and steer its hosting: how it does, who is there, who is banned. Serve
// answers on a socket in the data directory, which its owner alone can open; [Dial] reaches it.
//
// It speaks HTTP with JSON. The files: operator.go has the contract and the part that serve has, socket.go both ends of the
// socket.
package operator

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/guard"
)

// The errors that callers branch on.
var (
	ErrNoSession = errors.New("there is no such session")
	ErrNoBan     = errors.New("this address is not banned")
	ErrOwn       = errors.New("this address is of one's own networks, which are never banned")
)

// Operator is what the operator of a host sees and may do.
type Operator interface {
	// Sessions returns the live sessions, the oldest first.
	Sessions(ctx context.Context) ([]ftpd.SessionInfo, error)
	// Kick ends a session and its transfer. ErrNoSession if there is none.
	Kick(ctx context.Context, id uint64) error
	// Bans returns the bans, the one that ends first before the others.
	Bans(ctx context.Context) ([]guard.Ban, error)
	// Ban bans an address for some time. ErrOwn if it is never banned.
	Ban(ctx context.Context, addr netip.Addr, d time.Duration) error
	// Unban ends a ban. ErrNoBan if there is none.
	Unban(ctx context.Context, addr netip.Addr) error
}

var (
	_ Operator = Local{}
	_ Operator = (*Client)(nil)
)

// Local is the operator of the hosting of this process. Without Live there is no hosting: the errors are ErrNoHosting.
type Local struct {
	Live  *ftpd.Sessions
	Guard *guard.Guard
}

// Sessions implements Operator.
func (l Local) Sessions(context.Context) ([]ftpd.SessionInfo, error) {
	if l.Live == nil {
		return nil, ErrNoHosting
	}
	return l.Live.All(), nil
}

// Kick implements Operator.
func (l Local) Kick(_ context.Context, id uint64) error {
	if l.Live == nil {
		return ErrNoHosting
	}
	if !l.Live.Kick(id) {
		return ErrNoSession
	}
	return nil
}

// Bans implements Operator.
func (l Local) Bans(context.Context) ([]guard.Ban, error) {
	if l.Live == nil {
		return nil, ErrNoHosting
	}
	return l.Guard.Bans(), nil
}

// Ban implements Operator. Sessions of the address end.
func (l Local) Ban(_ context.Context, addr netip.Addr, d time.Duration) error {
	if l.Live == nil {
		return ErrNoHosting
	}
	if !l.Guard.Ban(addr, d) {
		return ErrOwn
	}
	for _, s := range l.Live.All() {
		if _, banned := l.Guard.Banned(s.Peer.Addr()); banned {
			l.Live.Kick(s.ID)
		}
	}
	return nil
}

// Unban implements Operator.
func (l Local) Unban(_ context.Context, addr netip.Addr) error {
	if l.Live == nil {
		return ErrNoHosting
	}
	if !l.Guard.Unban(addr) {
		return ErrNoBan
	}
	return nil
}
