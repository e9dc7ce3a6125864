// Package accept takes the connections of a server, whatever protocol it speaks, and ends it well.
package accept

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"trawl/ftpd/internal/dtp"
)

// Service is one call of a server's Serve, with its sessions.
type Service interface {
	// Start starts a session without waiting for it. The session ends with life at the latest.
	Start(life context.Context, conn net.Conn, ln net.Listener)
	// Drain refuses new sessions and asks all others to end as soon as they transfer nothing.
	Drain()
	// Wait returns when the last session has ended.
	Wait()
}

// Serve starts a session for each connection to the listeners until ctx is done. Then it closes the listeners, lets the
// transfers that are under way end within grace, waits for all sessions and returns nil. It returns an error if a listener
// fails.
func Serve(ctx context.Context, v Service, grace time.Duration, log *slog.Logger, listeners []net.Listener) error {
	shut := func() {
		for _, ln := range listeners {
			ln.Close()
		}
	}
	defer shut()
	life, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	stop := context.AfterFunc(ctx, shut)
	failed := make(chan error, len(listeners))
	for _, ln := range listeners {
		go func() { failed <- accept(ctx, life, v, log, ln) }()
	}
	var err error
	for i := range listeners {
		if e := <-failed; i == 0 {
			err = e
			shut()
		}
	}
	stop()
	v.Drain()
	timer := time.AfterFunc(grace, cut)
	v.Wait()
	timer.Stop()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// Ends are the ends of a connection.
type Ends struct {
	Peer  netip.AddrPort // the client
	Local netip.AddrPort // where the client connected to: here, or at a proxy
	At    netip.Addr     // here
}

// Begin opens a session and runs it in a goroutine of group, until life ends at the latest. A connection from one of the proxies
// begins with a PROXY header, which is read first. open returns what runs the session, or nil if there can be none.
func Begin(life context.Context, conn net.Conn, proxies []netip.Prefix, log *slog.Logger, group *sync.WaitGroup, open func(Ends) func(context.Context)) {
	e := Ends{Peer: dtp.AddrPort(conn.RemoteAddr()), Local: dtp.AddrPort(conn.LocalAddr())}
	e.At = e.Local.Addr()
	if !dtp.Within(proxies, e.Peer.Addr()) {
		if run := open(e); run != nil {
			group.Go(func() { run(life) })
		}
		return
	}
	group.Go(func() {
		stop := context.AfterFunc(life, func() { conn.Close() })
		client, local, err := dtp.ReadProxy(conn)
		stop()
		switch {
		case err != nil:
			log.Debug("no PROXY header", "peer", e.Peer.String(), "err", err)
			conn.Close()
			return
		case client.IsValid(): // else it is the proxy itself
			e.Peer, e.Local = client, local
		}
		if run := open(e); run != nil {
			run(life)
		}
	})
}

// accept starts a session for each connection until ln ends. A shortage, for example of file descriptors, only delays it.
func accept(ctx, life context.Context, v Service, log *slog.Logger, ln net.Listener) error {
	var delay time.Duration
	for {
		conn, err := ln.Accept()
		if err == nil {
			delay = 0
			v.Start(life, conn, ln)
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		delay = min(max(2*delay, 5*time.Millisecond), time.Second)
		log.Warn("accept failed", "err", err, "retry", delay)
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
