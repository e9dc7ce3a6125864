package pace

import (
	"context"
	"sync"

	"golang.org/x/time/rate"
)

// Gates bound the connections to each host that a process holds: its crawls and its fetches
// together. The zero value is ready; a nil one bounds nothing.
type Gates struct {
	mu    sync.Mutex // guards the gates
	hosts map[string]*gate
}

// gate is the way in to one host.
type gate struct {
	most    int // connections; 0 is unlimited
	held    int
	parties map[*Party]bool
	changed chan struct{} // closed when it may be free
	bytes   *rate.Limiter // of all parties; nil is unlimited
}

// Party is a crawl of a host, or the fetches from it. A fetch has precedence: somebody waits for
// it. So a crawl takes no connection while a fetch waits for one, and gives those back that it does
// not use. A fetch gives back what it keeps for later when a crawl has none. A nil Party may hold
// what it likes. The methods may be called from several goroutines.
type Party struct {
	gates *Gates
	gate  *gate
	host  string
	fetch bool

	// Guarded by gates.mu.
	held    int
	waiting int    // for a connection
	yield   func() // gives back connections that are not in use; may be nil
}

// Join returns a new party at a host that takes so many connections, 0 being unlimited, and lets
// so many bytes a second pass. The caller closes it.
func (g *Gates) Join(host string, most, bytes int, fetch bool) *Party {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.hosts[host]
	if at == nil {
		at = &gate{parties: map[*Party]bool{}, changed: make(chan struct{})}
		if g.hosts == nil {
			g.hosts = map[string]*gate{}
		}
		g.hosts[host] = at
	}
	at.most = most
	if at.bytes == nil || at.bytes.Limit() != rate.Limit(bytes) {
		if at.bytes = nil; bytes > 0 {
			at.bytes = rate.NewLimiter(rate.Limit(bytes), bytes)
		}
	}
	p := &Party{gates: g, gate: at, host: host, fetch: fetch}
	at.parties[p] = true
	return p
}

// Close ends a party and gives back what it holds.
func (p *Party) Close() {
	if p == nil {
		return
	}
	p.gates.mu.Lock()
	defer p.gates.mu.Unlock()
	delete(p.gate.parties, p)
	p.gate.held -= p.held
	p.held = 0
	p.gate.wake()
	if len(p.gate.parties) == 0 && p.gates.hosts[p.host] == p.gate {
		delete(p.gates.hosts, p.host)
	}
}

func (g *gate) wake() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// OnWanted sets what is called when another party needs a connection that this one may
// not be using. It is not called from within a method of a party.
func (p *Party) OnWanted(yield func()) {
	if p == nil {
		return
	}
	p.gates.mu.Lock()
	defer p.gates.mu.Unlock()
	p.yield = yield
}

// TryEnter takes a connection, or returns a channel that is closed when there may be one.
func (p *Party) TryEnter() (changed <-chan struct{}, ok bool) {
	if p == nil {
		return nil, true
	}
	p.gates.mu.Lock()
	defer p.gates.mu.Unlock()
	g := p.gate
	if g.most > 0 && (g.held >= g.most || !p.fetch && g.fetchWaits()) {
		return g.changed, false
	}
	g.held++
	p.held++
	return nil, true
}

// fetchWaits reports whether a fetch waits; gates.mu is held.
func (g *gate) fetchWaits() bool {
	for p := range g.parties {
		if p.fetch && p.waiting > 0 {
			return true
		}
	}
	return false
}

// Wait notes that the party waits for a connection, until done is called, and asks the
// others for those that they do not use.
func (p *Party) Wait() (done func()) {
	if p == nil {
		return func() {}
	}
	p.gates.mu.Lock()
	p.waiting++
	var asked []func()
	for other := range p.gate.parties {
		if other != p && other.yield != nil && p.before(other) {
			asked = append(asked, other.yield)
		}
	}
	p.gates.mu.Unlock()
	for _, yield := range asked {
		yield()
	}
	return func() {
		p.gates.mu.Lock()
		defer p.gates.mu.Unlock()
		if p.waiting--; p.fetch && p.waiting == 0 {
			p.gate.wake() // crawls wait for the end of this; nothing else has changed for those who look
		}
	}
}

// before reports whether another party gives way to this one; gates.mu is held.
func (p *Party) before(other *Party) bool {
	return p.fetch && !other.fetch || p.held == 0 && other.held > 0
}

// Wanted reports whether a party to which this one gives way waits for a connection.
func (p *Party) Wanted() bool {
	if p == nil {
		return false
	}
	p.gates.mu.Lock()
	defer p.gates.mu.Unlock()
	if p.gate.most == 0 || p.gate.held < p.gate.most {
		return false
	}
	for other := range p.gate.parties {
		if other != p && other.waiting > 0 && other.before(p) {
			return true
		}
	}
	return false
}

// Enter waits for a connection and takes it.
func (p *Party) Enter(ctx context.Context) error {
	changed, ok := p.TryEnter()
	if ok {
		return nil
	}
	defer p.Wait()()
	for !ok {
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		changed, ok = p.TryEnter()
	}
	return nil
}

// Waiting reports whether the party waits for a connection.
func (p *Party) Waiting() bool {
	if p == nil {
		return false
	}
	p.gates.mu.Lock()
	defer p.gates.mu.Unlock()
	return p.waiting > 0
}

// Fetch reports whether the party is of fetches.
func (p *Party) Fetch() bool { return p != nil && p.fetch }

// Leave gives a connection back.
func (p *Party) Leave() {
	if p == nil {
		return
	}
	p.gates.mu.Lock()
	defer p.gates.mu.Unlock()
	if p.held > 0 {
		p.held--
		p.gate.held--
	}
	p.gate.wake()
}
