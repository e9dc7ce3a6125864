// Package dtp is the transfer process of an FTP server: it opens data connections, and moves
// content over them in the type and mode that the client chose (RFC 959 section 2.2, "server-DTP").
// It knows no commands and sends no replies: the protocol interpreter, package ftpd, does that.
//
// The files: process.go sets up and opens data connections, ports.go are their ports. conn.go is an open one; it
// never passes less than all off for all. patient.go waits for slow readers, deliver.go until the client's system has
// all. coding.go turns content into what is sent and back:
// ascii.go is TYPE A, record.go STRU R, block.go MODE B, deflate.go MODE Z; frame.go has what the ends of records and blocks have in
// common. secure.go puts TLS on a data connection, proxy.go reads who is behind a proxy.
package dtp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"
)

// Config is what a session says of its data connections.
type Config struct {
	Peer     netip.AddrPort        // the client
	At       netip.Addr            // own address, at which to wait and from which to connect
	Pool     *Pool                 // of passive ports
	Proxy    func(netip.Addr) bool // reports whether an address is a proxy, which sends a PROXY header first; nil: none is
	Wait     time.Duration         // for the client to connect or to be reached
	Stall    time.Duration         // the longest time without progress
	Stranger func(netip.AddrPort)  // called for each that connects from another address; may be nil
}

// Process sets up the data connections of one session. One goroutine at a time uses it.
type Process struct {
	Config
	binding *Binding // nil: in the clear
	demand  Demand
	passive *lease
	active  netip.AddrPort
}

// Demand is what is demanded of protected data connections.
type Demand struct {
	Resume bool // the TLS session of the control connection
	Lax    bool // no close_notify at the end of an upload
}

// New returns the process of a session.
func New(c Config) *Process { return &Process{Config: c} }

// Protect puts TLS on the data connections that are set up from now on; nil ends that.
func (p *Process) Protect(b *Binding) { p.binding = b }

// Demand sets what is demanded of the data connections that are set up from now on.
func (p *Process) Demand(d Demand) { p.demand = d }

// Protected reports whether data connections have TLS.
func (p *Process) Protected() bool { return p.binding != nil }

// Listen waits for the data connection of the next transfer. It returns the port.
func (p *Process) Listen(ctx context.Context) (port uint16, err error) {
	p.Drop()
	ln, err := p.Pool.listen(ctx, p.At, p.Peer.Addr())
	if err != nil {
		return 0, fmt.Errorf("listen for a data connection: %w", err)
	}
	p.passive = ln
	return AddrPort(ln.Addr()).Port(), nil
}

// Dial lets the next transfer connect to an address of the client.
func (p *Process) Dial(to netip.AddrPort) {
	p.Drop()
	p.active = to
}

// Drop forgets the data connection that was set up.
func (p *Process) Drop() {
	if p.passive != nil {
		p.passive.release()
	}
	p.passive, p.active = nil, netip.AddrPort{}
}

// Opener opens a data connection that was set up. It is called once. Before it waits, it calls wait.
type Opener func(ctx context.Context, wait func()) (*Conn, error)

// Take returns what opens the data connection that was set up for one transfer; nil if there is none. The next
// transfer needs another one.
func (p *Process) Take() Opener {
	ln, to := p.passive, p.active
	p.passive, p.active = nil, netip.AddrPort{}
	var reach func(context.Context, func()) (*net.TCPConn, error)
	switch {
	case ln != nil:
		ln.use()
		reach = func(ctx context.Context, wait func()) (*net.TCPConn, error) { return p.accept(ctx, ln, wait) }
	case to.IsValid():
		reach = func(ctx context.Context, wait func()) (*net.TCPConn, error) {
			wait()
			return p.dial(ctx, to)
		}
	default:
		return nil
	}
	conn := &Conn{binding: p.binding, resume: p.demand.Resume, lax: p.demand.Lax, stall: p.Stall}
	return func(ctx context.Context, wait func()) (*Conn, error) {
		tcp, err := reach(ctx, wait)
		if err != nil {
			return nil, err
		}
		conn.tcp, conn.sink = tcp, &patient{TCPConn: tcp, stall: p.Stall}
		return conn, nil
	}
}

// dial connects to the client.
func (p *Process) dial(ctx context.Context, to netip.AddrPort) (*net.TCPConn, error) {
	ctx, cancel := context.WithTimeout(ctx, p.Wait)
	defer cancel()
	d := net.Dialer{KeepAlive: -1}
	return d.DialTCP(ctx, "tcp", netip.AddrPortFrom(p.At, 0), to)
}

// accept accepts the data connection, and only from the address of the control connection.
func (p *Process) accept(ctx context.Context, ln *lease, wait func()) (*net.TCPConn, error) {
	defer ln.release()
	defer context.AfterFunc(ctx, func() { ln.release() })()
	until := time.Now().Add(p.Wait)
	for {
		if !ln.ready() {
			wait()
			if err := ln.SetDeadline(until); err != nil {
				return nil, err
			}
		}
		conn, err := ln.AcceptTCP()
		if errors.Is(err, net.ErrClosed) && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return nil, err
		}
		from, err := p.from(conn, wait)
		if err == nil && from.Addr() == p.Peer.Addr() {
			return conn, nil
		}
		if p.Stranger != nil {
			p.Stranger(from)
		}
		reset(conn)
	}
}

// from returns the address of the client of a connection, also if it comes through a proxy.
func (p *Process) from(conn *net.TCPConn, wait func()) (netip.AddrPort, error) {
	from := AddrPort(conn.RemoteAddr())
	if p.Proxy == nil || !p.Proxy(from.Addr()) || from.Addr() == p.Peer.Addr() {
		return from, nil
	}
	wait()
	client, _, err := ReadProxy(conn)
	if err != nil {
		return from, err
	}
	return client, nil
}

// Within reports whether an address is in one of some networks.
func Within(networks []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(addr) })
}

// AddrPort returns a as a netip.AddrPort. An IPv4 address never has the form of IPv6.
func AddrPort(a net.Addr) netip.AddrPort {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := tcp.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
