// Package ssh serves files over SFTP and SCP, to the users and within the limits of package ftpd. Fill a [Server] and call
// [Server.Serve]. It runs no program: there is no shell, and nothing is forwarded.
//
// The files: server.go has the settings, session.go is one connection, login.go lets users in, channel.go says what they may
// ask for, transfer.go counts the bytes of a file. idle.go ends a session in which nothing comes, strangers.go one that stalls before
// the login. hostkey.go makes host keys, algorithms.go chooses algorithms.
//
// SFTP is that of version 3 (draft-ietf-secsh-filexfer-02) with extensions of OpenSSH: sftp.go answers requests, which packet.go
// reads and writes; status.go words errors; open.go, read.go, write.go, dir.go, attrs.go, change.go and extended.go do what is
// asked. SCP is the old protocol, scp -O: scp.go reads the command, scp_send.go and scp_receive.go move files.
//
// pkg/sftp's RequestServer is not used: it opens any number of handles, answers requests for a handle by its path, advertises
// hard links unless a variable of the whole program is changed, and ends the connection on a request that it does not know.
package ssh

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/guard"
	"trawl/ftpd/internal/accept"
)

// Accounts says who may log in, as [account.Book] does. Both methods return [account.ErrLogin] if there is no such user, or if
// the password or the key is another. They may be called by many sessions at once.
type Accounts interface {
	Login(ctx context.Context, name, password string) (account.Login, error)
	Key(name string, key account.Key) (account.Login, error)
}

// Server serves files. Its fields must not change while it serves.
type Server struct {
	Accounts  Accounts
	Keys      []ssh.Signer // of the host; see HostKeys
	Old       []string     // algorithms that are too weak by default; see CheckOld
	Anonymous bool         // guests may log in, by any password or none

	Guard    *guard.Guard   // of sessions, rates and failed logins; nil has the defaults of guard
	Proxies  []netip.Prefix // as those of ftpd.Server
	Grace    time.Duration  // transfers have so long to end on a shutdown; 0 is ftpd.DefaultGrace, negative is none
	Sessions *ftpd.Sessions // where live sessions stand; nil: for this server alone

	Observe ftpd.Observers
	Log     *slog.Logger // what no event says: faults, and each refusal at level debug; nil is silent
}

// Serve accepts sessions on each listener until ctx is done. Then it closes the listeners, lets the transfers that are under
// way end within Grace, waits for all sessions and returns nil. It returns an error if srv cannot be served, or if a listener
// fails.
func (srv *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	defer func() {
		for _, ln := range listeners {
			ln.Close()
		}
	}()
	if srv.Accounts == nil || len(srv.Keys) == 0 {
		return errors.New("serve ssh: there are no accounts or no host keys")
	}
	v, err := newService(srv)
	if err == nil {
		err = accept.Serve(ctx, v, v.Grace, v.Log, listeners)
	}
	if err != nil {
		return fmt.Errorf("serve ssh: %w", err)
	}
	return nil
}

// service is one call of Serve, with its sessions.
type service struct {
	Server
	config   *ssh.ServerConfig // without what lets users in
	requests map[byte]command
	door     *ftpd.Door
	wg       sync.WaitGroup

	strangers strangers // sessions before the login

	allHandles  atomic.Int32 // of all sessions
	manyHandles int32        // so many are many: see reserve
}

var _ accept.Service = (*service)(nil)

func newService(srv *Server) (*service, error) {
	s := *srv
	if s.Guard == nil {
		s.Guard = guard.New(guard.DefaultConfig())
	}
	if s.Sessions == nil {
		s.Sessions = new(ftpd.Sessions)
	}
	s.Grace = cmp.Or(s.Grace, ftpd.DefaultGrace)
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	config, err := newConfig(s.Keys, s.Old)
	if err != nil {
		return nil, err
	}
	return &service{Server: s, config: config, requests: commands(), door: s.Sessions.Open(), manyHandles: many()}, nil
}

// Start starts a session.
func (v *service) Start(life context.Context, conn net.Conn, _ net.Listener) {
	accept.Begin(life, conn, v.Proxies, v.Log, &v.wg, func(e accept.Ends) func(context.Context) { return v.open(conn, e.Peer) })
}

// open returns what runs a session, or says in one line why there can be none and returns nil.
func (v *service) open(conn net.Conn, peer netip.AddrPort) func(life context.Context) {
	release, err := v.Guard.Connect(peer.Addr())
	if errors.Is(err, guard.ErrFull) && v.strangers.makeRoom(time.Now()) {
		release, err = v.Guard.Connect(peer.Addr())
	}
	return v.door.Admit(release, err, func(reason string) { v.refuse(conn, peer, reason) }, func(id uint64) (ftpd.Live, func(context.Context)) {
		s := newSession(v, id, conn, peer)
		return s.activity, func(life context.Context) {
			v.strangers.add(s, release)
			defer v.strangers.remove(s)
			s.serve(life)
		}
	})
}

// refuse says in one line why there can be no session: a line before the version is shown by clients (RFC 4253 section 4.2).
func (v *service) refuse(conn net.Conn, peer netip.AddrPort, reason string) {
	v.Observe.All(ftpd.Event{Kind: ftpd.Refused, Door: ftpd.SSH, Time: time.Now(), Peer: peer, Reason: reason})
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = conn.Write([]byte("Not now: " + reason + ".\r\n"))
	conn.Close()
}

// Drain refuses new sessions and asks all others to end.
func (v *service) Drain() { v.door.Close() }

// Wait returns when the last session has ended.
func (v *service) Wait() { v.wg.Wait() }
