package ftpd

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"

	"trawl/ftpd/internal/accept"
	"trawl/ftpd/internal/dtp"
	"trawl/ftpd/internal/sums"
)

// service is one call of Serve, with its sessions.
type service struct {
	Server
	commands map[string]command
	sorting  *memory // of listings
	sums     *sums.Sums
	shield   *shield // nil: no TLS
	pool     *dtp.Pool
	names    *publicAddrs
	wg       sync.WaitGroup
	door     *Door
}

func newService(srv *Server) *service {
	v := &service{
		Server:   srv.withDefaults(),
		commands: commands(),
		sorting:  newMemory(sortingMemory),
		sums:     sums.New(),
		names:    newPublicAddrs(),
	}
	v.door = v.Sessions.Open()
	v.shield = newShield(v.TLS)
	v.pool = dtp.NewPool(v.Ports, min(v.Stall, maxConnect))
	return v
}

// Implicit returns ln for [Server.Serve] as one whose sessions are in TLS from the first byte on (implicit FTPS, port 990).
func Implicit(ln net.Listener) net.Listener { return implicit{ln} }

type implicit struct{ net.Listener }

// ends are the ends of a control connection.
type ends struct {
	peer  netip.AddrPort // the client
	local netip.AddrPort // where the client connected to: here, or at a proxy
	at    netip.Addr     // here
}

// proxy reports whether an address is one of the proxies, which send a PROXY header first.
func (v *service) proxy(addr netip.Addr) bool { return dtp.Within(v.Proxies, addr) }

// Start starts a session, in TLS from the first byte on if ln is one of Implicit.
func (v *service) Start(life context.Context, conn net.Conn, ln net.Listener) {
	_, secure := ln.(implicit)
	accept.Begin(life, conn, v.Proxies, v.Log, &v.wg, func(e accept.Ends) func(context.Context) {
		return v.open(conn, ends{e.Peer, e.Local, e.At}, secure)
	})
}

// open returns what runs a session, or says in one line why there can be none and returns nil.
func (v *service) open(conn net.Conn, e ends, secure bool) func(life context.Context) {
	release, err := v.Guard.Connect(e.peer.Addr())
	return v.door.Admit(release, err, func(reason string) { v.refuse(conn, e.peer, reason) }, func(id uint64) (Live, func(context.Context)) {
		s := newSession(v, id, conn, e)
		return live{s}, func(life context.Context) { s.serve(life, secure) }
	})
}

// refuse says in one line why there can be no session.
func (v *service) refuse(conn net.Conn, peer netip.AddrPort, reason string) {
	v.Observe.All(Event{Kind: Refused, Door: FTP, Time: time.Now(), Peer: peer, Reason: reason})
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = conn.Write([]byte("421 Not now: " + reason + ".\r\n"))
	conn.Close()
}

// Drain refuses new sessions and asks all others to end.
func (v *service) Drain() { v.door.Close() }

// Wait returns when the last session has ended.
func (v *service) Wait() { v.wg.Wait() }
