package guard

import (
	"context"
	"net/netip"
	"time"

	"golang.org/x/time/rate"
)

// rates are the bytes a second that may be sent and received; nil is no limit.
type rates struct{ down, up *rate.Limiter }

func newRates(down, up int64) rates { return rates{newRate(down), newRate(up)} }

const (
	burstTime = time.Second // what a rate allows at once is what it allows in this time,
	maxBurst  = 1 << 20     // and not more bytes than this
)

// newRate returns a limiter of n bytes a second.
func newRate(n int64) *rate.Limiter {
	if n <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(n), int(min(n, maxBurst)))
}

// Pace holds one session to the rates of the session, its user, its address and all together. A nil Pace holds nothing
// back.
type Pace struct{ down, up []*rate.Limiter }

// Pace returns the pace of a session that Connect and Enter have counted; nil if no rate bounds it.
func (g *Guard) Pace(user string, addr netip.Addr, own Limits) *Pace {
	l := g.Limits(own)
	g.mu.Lock()
	defer g.mu.Unlock()
	var p Pace
	for _, r := range []rates{newRates(l.SessionRate, l.SessionRateUp), g.users.rates(user), g.addrs.rates(Counted(addr)), g.all} {
		if r.down != nil {
			p.down = append(p.down, r.down)
		}
		if r.up != nil {
			p.up = append(p.up, r.up)
		}
	}
	if p.down == nil && p.up == nil {
		return nil
	}
	return &p
}

// limiters returns the limiters of one direction.
func (p *Pace) limiters(up bool) []*rate.Limiter {
	switch {
	case p == nil:
		return nil
	case up:
		return p.up
	default:
		return p.down
	}
}

// Piece returns the number of bytes that may be asked for at once without being late for a long time; 0 if no rate bounds
// the direction.
func (p *Pace) Piece(up bool) int {
	piece := 0
	for _, l := range p.limiters(up) {
		if b := max(1, l.Burst()/4); piece == 0 || b < piece {
			piece = b
		}
	}
	return piece
}

// Wait waits until n bytes may be sent, or received if up is set. It returns the error of ctx if that ends before.
func (p *Pace) Wait(ctx context.Context, n int, up bool) error {
	limiters := p.limiters(up)
	if len(limiters) == 0 {
		return ctx.Err()
	}
	for n > 0 {
		piece := min(n, p.burst(limiters))
		if err := wait(ctx, limiters, piece); err != nil {
			return err
		}
		n -= piece
	}
	return nil
}

// burst returns the number of bytes that all limiters can allow at once.
func (*Pace) burst(limiters []*rate.Limiter) int {
	n := maxBurst
	for _, l := range limiters {
		n = min(n, l.Burst())
	}
	return n
}

// wait takes n bytes of each limiter, and waits for the slowest.
func wait(ctx context.Context, limiters []*rate.Limiter, n int) error {
	now := time.Now()
	var delay time.Duration
	taken := make([]*rate.Reservation, 0, 4)
	for _, l := range limiters {
		r := l.ReserveN(now, n)
		taken = append(taken, r)
		delay = max(delay, r.DelayFrom(now))
	}
	if delay == 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		for _, r := range taken {
			r.Cancel()
		}
		return ctx.Err()
	}
}
