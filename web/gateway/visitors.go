package gateway

import (
	"cmp"
	"context"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"trawl/index"
	"trawl/web/visitor"
)

// Limits bound what visitors cost. A zero field has the default that stands beside it.
type Limits struct {
	Transfers    int           // at once in all; 100
	PerVisitor   int           // transfers of one visitor at once; 8
	Bandwidth    int           // bytes a second in all; 0 is unlimited
	VisitorBytes int           // bytes a second of one visitor; 0 is unlimited
	Patience     time.Duration // a request waits for a free place; 10 s
	Stall        time.Duration // a visitor that takes nothing for so long is cut off; 1 min
	Preview      time.Duration // the beginning of a text is waited for; 15 s
}

func (l Limits) withDefaults() Limits {
	l.Transfers = cmp.Or(l.Transfers, 100)
	l.PerVisitor = cmp.Or(l.PerVisitor, 8)
	l.Patience = cmp.Or(l.Patience, 10*time.Second)
	l.Stall = cmp.Or(l.Stall, time.Minute)
	l.Preview = cmp.Or(l.Preview, 15*time.Second)
	return l
}

// Visitors know who fetches files now, by all gateways that share them. A visitor is an address, or a network of IPv6 that one
// household has.
type Visitors struct {
	limits Limits
	free   chan struct{} // a place for each transfer
	rate   *rate.Limiter // of bytes of all; nil is unlimited

	mu    sync.Mutex // guards the following, and uses, follows and seen in by
	by    map[netip.Prefix]*usage
	sweep int // how many visitors there may be before those that were not seen for long are forgotten
}

// usage is what one visitor uses.
type usage struct {
	free   chan struct{} // a place for each transfer; nil for this machine itself, which is a proxy or the owner
	rate   *rate.Limiter // of bytes; nil is unlimited
	checks *rate.Limiter
	uses   int // transfers, also those that wait
	seen   time.Time

	follows int // streams of events
}

// The limits of checks, each of which asks several hosts.
const (
	checkEvery = 2 * time.Second
	checkBurst = 10
)

// NewVisitors returns what several gateways share, so that limits hold for all of them together.
func NewVisitors(l Limits) *Visitors {
	l = l.withDefaults()
	return &Visitors{limits: l, free: make(chan struct{}, l.Transfers), rate: newRate(l.Bandwidth), by: map[netip.Prefix]*usage{}, sweep: manyVisitors}
}

// newRate returns a limiter for bytes a second; nil for 0.
func newRate(bytes int) *rate.Limiter {
	if bytes <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(bytes), max(bytes/4, 16<<10))
}

// visit is one transfer of a visitor.
type visit struct {
	rates []*rate.Limiter
	leave func()
}

// Transfers returns how many files are on their way now, and how many may be.
func (v *Visitors) Transfers() (now, most int) { return len(v.free), cap(v.free) }

// enter waits for a place for a transfer of the visitor of a request. The caller calls leave.
func (v *Visitors) enter(r *http.Request) (*visit, error) {
	return v.enterFrom(r.Context(), visitor.Of(r).Household())
}

// enterFrom waits for a place for a transfer. The caller calls leave.
func (v *Visitors) enterFrom(ctx context.Context, from netip.Prefix) (*visit, error) {
	who, crowd := v.known(from, 1)
	done := func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		who.uses--
	}
	ctx, cancel := context.WithTimeout(ctx, v.limits.Patience)
	defer cancel()
	if who.free != nil {
		if crowd > waitingFor*v.limits.PerVisitor || !take(ctx, who.free) {
			done()
			return nil, &Refusal{
				Status: http.StatusTooManyRequests, Cause: index.Crowded, Retry: v.limits.Patience,
				Message: "You fetch as many files at once as one visitor may: try again when one of them has ended.",
			}
		}
	}
	if !take(ctx, v.free) {
		if who.free != nil {
			<-who.free
		}
		done()
		return nil, &Refusal{Status: http.StatusServiceUnavailable, Cause: index.Crowded, Retry: v.limits.Patience, Message: Sentence(index.Crowded)}
	}
	out := &visit{}
	for _, limiter := range []*rate.Limiter{who.rate, v.rate} {
		if limiter != nil {
			out.rates = append(out.rates, limiter)
		}
	}
	out.leave = sync.OnceFunc(func() {
		<-v.free
		if who.free != nil {
			<-who.free
		}
		done()
	})
	return out, nil
}

// waitingFor is how many requests of a visitor may wait for each place.
const waitingFor = 4

// take takes a place while ctx lasts.
func take(ctx context.Context, free chan struct{}) bool {
	select {
	case free <- struct{}{}:
		return true
	default:
	}
	select {
	case free <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// mayCheck reports whether a visitor may check a file now.
func (v *Visitors) mayCheck(r *http.Request) bool {
	who, _ := v.known(visitor.Of(r).Household(), 0)
	return who.checks.Allow()
}

// mostFollows is how many streams of events a visitor may hold open, one for each tab.
const mostFollows = 16

// follow lets a visitor hold a stream of events open until leave is called, unless it has too many.
func (v *Visitors) follow(r *http.Request) (leave func(), ok bool) {
	who, _ := v.known(visitor.Of(r).Household(), 0)
	v.mu.Lock()
	defer v.mu.Unlock()
	if who.free != nil && who.follows >= mostFollows {
		return nil, false
	}
	who.follows++
	return sync.OnceFunc(func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		who.follows--
	}), true
}

// The number of visitors that are remembered.
const (
	manyVisitors = 4 << 10
	remembered   = time.Minute // at least; many checks are forgiven in it
)

// known returns what a visitor uses, with some more transfers, and how many they are.
func (v *Visitors) known(who netip.Prefix, more int) (_ *usage, n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := time.Now()
	if len(v.by) >= v.sweep {
		for k, old := range v.by {
			if old.uses == 0 && old.follows == 0 && now.Sub(old.seen) > remembered {
				delete(v.by, k)
			}
		}
		v.sweep = max(manyVisitors, 2*len(v.by)) // a crowd of new ones does not cost a sweep each
	}
	out := v.by[who]
	if out == nil {
		out = &usage{rate: newRate(v.limits.VisitorBytes), checks: rate.NewLimiter(rate.Every(checkEvery), checkBurst)}
		if !who.Addr().IsLoopback() {
			out.free = make(chan struct{}, v.limits.PerVisitor)
		}
		v.by[who] = out
	}
	out.uses += more
	out.seen = now
	return out, out.uses
}
