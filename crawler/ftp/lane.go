package ftp

import (
	"context"
	"errors"
	"sync"
	"time"

	"trawl/crawler"
)

// lane is a control connection that is logged in, and what is under way on it.
// One goroutine has it at a time, but for those that a mux lets share one.
type lane struct {
	*control
	next  string    // where the data connection of the next transfer goes, if EPSV was sent ahead
	kind  string    // the TYPE that is set: "A" or "I"
	users int       // that share it; guarded by the mux
	since time.Time // when it was last given back; guarded by the pool
}

// pool shares out the lanes of a server and opens them as they are needed, at
// most so many. A server that refuses another one, in whatever way, is asked for
// no more; lanes that nobody needs are closed, for others may want their places.
type pool struct {
	login func(context.Context) (*lane, error)

	mu      sync.Mutex
	most    int            // guarded by mu
	lowered bool           // most is what the server allows; guarded by mu
	count   int            // open or being opened; guarded by mu
	idle    []*lane        // guarded by mu
	all     map[*lane]bool // guarded by mu
	closed  bool           // guarded by mu
	changed chan struct{}  // closed when a lane may be had; guarded by mu
}

func newPool(most int, login func(context.Context) (*lane, error)) *pool {
	return &pool{login: login, most: most, all: make(map[*lane]bool), changed: make(chan struct{})}
}

// get returns a lane, waiting for one where all that may be are in use.
func (p *pool) get(ctx context.Context) (*lane, error) {
	for {
		l, wait, err := p.take()
		switch {
		case l != nil || err != nil:
			return l, err
		case wait == nil:
			l, err := p.open(ctx)
			if l != nil || err != nil {
				return l, err
			}
		default:
			select {
			case <-wait:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
	}
}

// take returns an idle lane, or what to wait for; neither if one may be opened.
func (p *pool) take() (*lane, <-chan struct{}, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, errClosed
	}
	if n := len(p.idle); n > 0 {
		l := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return l, nil, nil
	}
	if p.count >= p.most {
		return nil, p.changed, nil
	}
	p.count++
	return nil, nil, nil
}

// surplus is how long a lane is kept that nobody needs.
const surplus = 20 * time.Second

// open opens the lane that take counted. It returns neither lane nor error if
// the server allows no more than those it has.
func (p *pool) open(ctx context.Context) (*lane, error) {
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
	p.count--
	p.wake()
	if p.count == 0 || ctx.Err() != nil || p.closed || errors.Is(err, crawler.ErrTrust) {
		return nil, err
	}
	p.most = p.count
	// What it says is remembered. A login that worked before is refused for the number.
	p.lowered = p.lowered || errors.Is(err, crawler.ErrBusy) || errors.Is(err, crawler.ErrLogin)
	return nil, nil
}

// replace puts a fresh lane in the place of one that is in use and dead.
func (p *pool) replace(dead, fresh *lane) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.all, dead)
	p.all[fresh] = true
}

// put gives a lane back.
func (p *pool) put(l *lane) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.dead.Load() {
		p.count--
		delete(p.all, l)
	} else {
		l.since = time.Now()
		p.idle = append(p.idle, l)
	}
	if first := p.idle; len(first) > 1 && time.Since(first[0].since) > surplus {
		_ = first[0].send("QUIT") // a courtesy; the answer is of no use
		first[0].kill()
		p.idle = first[1:]
		p.count--
		delete(p.all, first[0])
	}
	p.wake()
}

// bound lets no more than so many lanes be open.
func (p *pool) bound(most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.most = min(p.most, max(1, most))
}

func (p *pool) wake() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// refused returns how many lanes the server allows, if it refused one, else 0.
func (p *pool) refused() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lowered {
		return p.most
	}
	return 0
}

// close ends all lanes. Nothing waits: what is under way fails.
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
	p.wake()
}

// limit returns how many lanes there may be.
func (p *pool) limit() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.most
}
