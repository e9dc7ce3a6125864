package ftp

import (
	"context"
	"errors"
	"sync"
	"time"

	"trawl/crawler"
	"trawl/crawler/pace"
)

// connection is a control connection that is logged in, with its state. One goroutine has
// it at a time, except for those that share one by a mux.
type connection struct {
	*control
	refused string    // the verb of the last command, if the server does not have it
	next    string    // where the data connection of the next transfer goes, if EPSV was sent ahead
	kind    string    // the TYPE that is set: "A" or "I"
	users   int       // how many share it; guarded by the mux
	since   time.Time // when it was last given back; guarded by the pool
}

// pool shares out the connections of a server and opens them as they are needed, up to a
// limit. When the server refuses another one, in whatever way, the pool opens no more.
// It closes idle connections, since other clients may need their places.
type pool struct {
	login func(context.Context) (*connection, error)
	party *pace.Party // of which each connection is taken

	mu      sync.Mutex
	most    int                  // guarded by mu
	lowered bool                 // most is what the server allows; guarded by mu
	count   int                  // open or being opened; guarded by mu
	idle    []*connection        // guarded by mu
	all     map[*connection]bool // guarded by mu
	closed  bool                 // guarded by mu
	apart   context.CancelFunc   // ends the connection that reserve made room for; guarded by mu
	changed chan struct{}        // closed when a connection may be free; guarded by mu
}

func newPool(most int, party *pace.Party, login func(context.Context) (*connection, error)) *pool {
	p := &pool{login: login, party: party, most: most, all: make(map[*connection]bool), changed: make(chan struct{})}
	party.OnWanted(p.yield)
	return p
}

// yield closes the connections that nobody uses: others may be waiting for their places.
func (p *pool) yield() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.idle) > 0 && p.party.Wanted() {
		p.retire()
	}
}

// drop gives the place of a connection back. The caller holds mu.
func (p *pool) drop() {
	p.count--
	p.party.Leave()
}

// get returns a connection. It waits if all allowed ones are in use.
func (p *pool) get(ctx context.Context) (*connection, error) {
	for {
		l, wait, free, err := p.claim()
		switch {
		case l != nil || err != nil:
			return l, err
		case wait == nil:
			l, err := p.open(ctx)
			if l != nil || err != nil {
				return l, err
			}
		default:
			if err := p.wait(ctx, wait, free); err != nil {
				return nil, err
			}
		}
	}
}

// wait waits until a connection may be given back, or, if free is not nil, until the host may take
// another one.
func (p *pool) wait(ctx context.Context, back, free <-chan struct{}) error {
	if free != nil {
		defer p.party.Wait()()
	}
	select {
	case <-back:
	case <-free:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// claim returns an idle connection, or a channel to wait for, and a second one if the host
// takes no more from this process. It returns neither if the caller may open a
// connection, which is then counted.
func (p *pool) claim() (l *connection, back, free <-chan struct{}, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, nil, errClosed
	}
	if n := len(p.idle); n > 0 {
		l := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return l, nil, nil, nil
	}
	if p.count >= p.most {
		return nil, p.changed, nil, nil
	}
	if free, ok := p.party.TryEnter(); !ok {
		return nil, p.changed, free, nil
	}
	p.count++
	return nil, nil, nil, nil
}

// surplus is the time after which an idle connection is closed.
const surplus = 20 * time.Second

// open opens a connection that claim counted. It returns neither connection nor error if
// the server allows no more than those it has.
func (p *pool) open(ctx context.Context) (*connection, error) {
	l, err := p.login(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil && p.closed {
		l.kill()
		err = errClosed
	}
	if err == nil {
		p.all[l] = true
		return l, nil
	}
	p.drop()
	p.wake()
	if p.count == 0 || ctx.Err() != nil || p.closed || errors.Is(err, crawler.ErrTrust) {
		return nil, err
	}
	p.most = p.count
	// The limit is remembered if the server says so. It refuses a login that worked before
	// because of the number of connections.
	p.lowered = p.lowered || errors.Is(err, crawler.ErrBusy) || errors.Is(err, crawler.ErrLogin)
	return nil, nil
}

// replace puts a fresh connection in the place of one that is in use and dead.
func (p *pool) replace(dead, fresh *connection) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.all, dead)
	p.all[fresh] = true
}

// put gives a connection back.
func (p *pool) put(l *connection) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.dead.Load() {
		p.drop()
		delete(p.all, l)
	} else {
		l.since = time.Now()
		p.idle = append(p.idle, l)
	}
	if len(p.idle) > 1 && time.Since(p.idle[0].since) > surplus {
		p.retire()
	}
	if len(p.idle) > 0 && p.party.Wanted() {
		p.retire()
	}
	p.wake()
}

// retire closes the connection that is idle for longest. The caller holds mu.
func (p *pool) retire() {
	first := p.idle[0]
	_ = first.send("QUIT") // a courtesy; the answer is of no use
	first.kill()
	p.idle = p.idle[1:]
	p.drop()
	delete(p.all, first)
}

// reserve takes the place of one connection for the caller, who opens it with the context
// that is returned: it ends with the pool. It is false if the limit leaves no second
// connection, or if another caller has such a place. leave gives the place back; refused
// says that the server refused the connection for the number of them.
func (p *pool) reserve(ctx context.Context) (inner context.Context, leave func(refused bool), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.apart != nil || p.most < 2 || p.count >= p.most {
		return ctx, nil, false
	}
	if _, ok := p.party.TryEnter(); !ok {
		return ctx, nil, false
	}
	inner, p.apart = context.WithCancel(ctx)
	p.count++
	return inner, p.leave, true
}

// aged is the time after which the server may have closed an idle connection.
const aged = time.Minute

// leave gives the place of reserve back. The other connections were idle meanwhile, maybe
// for too long.
func (p *pool) leave(refused bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.apart()
	p.apart = nil
	p.drop()
	if refused && p.count > 0 {
		p.most, p.lowered = p.count, true
	}
	for len(p.idle) > 0 && time.Since(p.idle[0].since) > aged {
		p.retire()
	}
	p.wake()
}

// bound lowers the limit of open connections.
func (p *pool) bound(most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.most = min(p.most, max(1, most))
}

func (p *pool) wake() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// refused returns how many connections the server allows, if it refused one, else 0.
func (p *pool) refused() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lowered {
		return p.most
	}
	return 0
}

// close ends all connections without a wait. Commands under way fail.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, l := range p.idle {
		_ = l.send("QUIT") // a courtesy; the answer is of no use
	}
	for l := range p.all {
		l.kill()
	}
	for range p.idle {
		p.drop()
	}
	p.idle = nil
	if p.apart != nil {
		p.apart()
	}
	p.wake()
}

// limit returns the most connections that may be open.
func (p *pool) limit() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.most
}
