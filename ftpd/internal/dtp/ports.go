package dtp

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"trawl/ftpd/guard"
)

// Ports are the ports of passive data connections, First to Last; both 0 leaves the choice to the system.
type Ports struct{ First, Last uint16 }

// Check returns an error if the ports are no range.
func (r Ports) Check() error {
	if r.First > r.Last || r.First == 0 && r.Last != 0 {
		return fmt.Errorf("passive ports %d to %d are no range", r.First, r.Last)
	}
	return nil
}

func (r Ports) count() int { return int(r.Last) - int(r.First) + 1 }

// Pool hands out passive ports, each to one session at a time. When all are taken, a port is taken back from the client
// that waits at the most of them, if it has at least two more than the one that asks, or from one that has waited without
// a transfer for longer than Old. So no client can keep the others out. It is safe for concurrent use.
type Pool struct {
	ports  Ports
	system Ports // that the system gives; both 0 if they are not known
	old    time.Duration

	mu     sync.Mutex // guards what follows and the fields of leases
	leases map[*lease]struct{}
}

// NewPool returns a pool of the ports. Without a transfer, a port may be taken back after old.
func NewPool(ports Ports, old time.Duration) *Pool {
	return &Pool{ports: ports, system: systemPorts(), old: old, leases: make(map[*lease]struct{})}
}

// Taken returns how many ports are waited at.
func (p *Pool) Taken() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.leases)
}

// lease is a port at which a session waits for its data connection.
type lease struct {
	*net.TCPListener
	pool  *Pool
	by    netip.Addr // what the address of the client counts as
	since time.Time
	busy  bool // a transfer waits: it is not taken back
}

// release gives the port back. It may be called again.
func (l *lease) release() {
	l.pool.mu.Lock()
	delete(l.pool.leases, l)
	l.pool.mu.Unlock()
	l.Close()
}

// ready reports whether a client has connected already.
func (l *lease) ready() (is bool) {
	raw, err := l.SyscallConn()
	if err != nil {
		return false
	}
	_ = raw.Control(func(fd uintptr) { is = connected(int(fd)) }) // none comes to one that is closed
	return is
}

// use keeps the port for a transfer that has begun.
func (l *lease) use() {
	l.pool.mu.Lock()
	defer l.pool.mu.Unlock()
	l.busy = true
}

// listen listens at one of the ports, for a client.
func (p *Pool) listen(ctx context.Context, at, client netip.Addr) (*lease, error) {
	client = guard.Counted(client)
	ln, err := p.anyPort(ctx, at)
	if errors.Is(err, syscall.EADDRINUSE) {
		if port := p.takeBack(client); port != 0 {
			ln, err = listenAt(ctx, netip.AddrPortFrom(at, port))
		}
	}
	if err != nil {
		return nil, err
	}
	l := &lease{TCPListener: ln, pool: p, by: client, since: time.Now()}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leases[l] = struct{}{}
	return l, nil
}

// anyPort listens at a port that is free. It begins anywhere, so that a port is not the same one again soon.
func (p *Pool) anyPort(ctx context.Context, at netip.Addr) (ln *net.TCPListener, err error) {
	if p.ports.Last == 0 {
		return p.systemPort(ctx, at)
	}
	count := p.ports.count()
	first := rand.IntN(count) //nolint:gosec // it spreads the ports; who may connect is decided by address and by TLS
	for i := range count {
		port := p.ports.First + uint16((first+i)%count)
		if ln, err = listenAt(ctx, netip.AddrPortFrom(at, port)); err == nil || !errors.Is(err, syscall.EADDRINUSE) {
			return ln, err
		}
	}
	return nil, err
}

// systemPort listens at a port of those that the system gives. First it tries some itself: the system looks at each port whose
// last connections are not forgotten yet, which takes a millisecond once there are thousands.
func (p *Pool) systemPort(ctx context.Context, at netip.Addr) (ln *net.TCPListener, err error) {
	for i := range 10 {
		port := uint16(0)
		if i < 5 && p.system.Last > 0 {
			port = p.system.First + uint16(rand.IntN(p.system.count())) //nolint:gosec // as above
		}
		ln, err = listenAt(ctx, netip.AddrPortFrom(at, port))
		// Linux may bind one port for two who do not listen yet, of whom one fails.
		if err == nil || port == 0 && !errors.Is(err, syscall.EADDRINUSE) {
			break
		}
	}
	return ln, err
}

func listenAt(ctx context.Context, at netip.AddrPort) (*net.TCPListener, error) {
	lc := net.ListenConfig{KeepAlive: -1} // Stall says when a data connection stands still
	lc.SetMultipathTCP(false)             // it takes a second socket
	ln, err := lc.Listen(ctx, "tcp", at.String())
	if err != nil {
		return nil, err
	}
	tcp, ok := ln.(*net.TCPListener)
	if !ok {
		ln.Close()
		return nil, errors.ErrUnsupported
	}
	return tcp, nil
}

// takeBack ends the wait at a port for a client who asks, and returns the port; 0 if there is none to take back.
func (p *Pool) takeBack(client netip.Addr) uint16 {
	p.mu.Lock()
	has := make(map[netip.Addr]int)
	for l := range p.leases {
		has[l.by]++
	}
	var victim *lease
	for l := range p.leases {
		if l.busy || time.Since(l.since) <= p.old && has[l.by] < has[client]+2 {
			continue
		}
		if victim == nil || has[l.by] > has[victim.by] || has[l.by] == has[victim.by] && l.since.Before(victim.since) {
			victim = l
		}
	}
	p.mu.Unlock()
	if victim == nil {
		return 0
	}
	victim.release()
	return AddrPort(victim.Addr()).Port()
}
