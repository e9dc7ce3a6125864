// Package gopher serves files over Gopher (RFC 1436), to guests and within the limits of package ftpd. Fill a [Server] and call
// [Server.Serve]. A client sends one line, the selector, and gets a menu or a file; then the connection ends.
//
// The files: server.go has the settings, session.go is one connection. request.go reads what a client asks for, and path.go says which
// file that is. menu.go, item.go and kind.go write menus, and readme.go shows the text of a folder above its files. file.go sends files,
// search.go answers searches, plus.go answers the questions of Gopher+. page.go has the answers that are no files: caps.txt, the page of
// a URL, the answer to a browser. status.go words errors.
package gopher

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

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/guard"
	"trawl/ftpd/internal/accept"
)

// Accounts says what guests see, as [account.Book] does: Gopher has no logins. Guest is called by many sessions at once.
type Accounts interface {
	Guest() (account.Login, bool)
}

// Server serves files. Its fields must not change while it serves.
type Server struct {
	Accounts Accounts
	Name     string    // that menus give of this machine; "" is the address that a client has connected to
	Port     uint16    // that menus give; 0 is the one that a client has connected to
	Find     ftpd.Find // answers searches; nil: there are none
	Results  int       // of a search that are shown; 0 is DefaultResults

	Guard    *guard.Guard   // of sessions and rates; nil has the defaults of guard
	Proxies  []netip.Prefix // as those of ftpd.Server
	Stall    time.Duration  // a connection ends after so long without progress; 0 is ftpd.DefaultStall
	Grace    time.Duration  // transfers have so long to end on a shutdown; 0 is ftpd.DefaultGrace, negative is none
	Sessions *ftpd.Sessions // where live sessions stand; nil: for this server alone

	Observe ftpd.Observers
	Log     *slog.Logger // what no event says: faults, and each refusal at level debug; nil is silent
}

// DefaultResults is how many results of a search a menu has.
const DefaultResults = 100

// Serve accepts connections on each listener, which are of TCP, until ctx is done. Then it closes the listeners, lets the transfers that
// are under way end within Grace, waits for all sessions and returns nil. It returns an error if srv cannot be served, or if a listener
// fails.
func (srv *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	defer func() {
		for _, ln := range listeners {
			ln.Close()
		}
	}()
	if srv.Accounts == nil {
		return errors.New("serve gopher: there are no accounts")
	}
	v := newService(srv)
	if err := accept.Serve(ctx, v, v.Grace, v.Log, listeners); err != nil {
		return fmt.Errorf("serve gopher: %w", err)
	}
	return nil
}

// service is one call of Serve, with its sessions.
type service struct {
	Server
	door   *ftpd.Door
	sorted atomic.Int64 // entries that all sessions hold to sort them
	wg     sync.WaitGroup
}

var _ accept.Service = (*service)(nil)

func newService(srv *Server) *service {
	v := &service{Server: *srv}
	if v.Guard == nil {
		v.Guard = guard.New(guard.DefaultConfig())
	}
	if v.Sessions == nil {
		v.Sessions = new(ftpd.Sessions)
	}
	v.Stall = cmp.Or(v.Stall, ftpd.DefaultStall)
	v.Grace = cmp.Or(v.Grace, ftpd.DefaultGrace)
	v.Results = cmp.Or(v.Results, DefaultResults)
	if v.Log == nil {
		v.Log = slog.New(slog.DiscardHandler)
	}
	v.door = v.Sessions.Open()
	return v
}

// Start starts a session.
func (v *service) Start(life context.Context, conn net.Conn, _ net.Listener) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		v.Log.Error("a connection is not of TCP", "peer", conn.RemoteAddr().String())
		conn.Close()
		return
	}
	accept.Begin(life, conn, v.Proxies, v.Log, &v.wg, func(e accept.Ends) func(context.Context) { return v.open(tcp, e) })
}

// open returns what runs a session, or says in one line why there can be none and returns nil.
func (v *service) open(conn *net.TCPConn, e accept.Ends) func(life context.Context) {
	release, err := v.Guard.Connect(e.Peer.Addr())
	return v.door.Admit(release, err, func(reason string) { v.refuse(conn, e.Peer, reason) }, func(id uint64) (ftpd.Live, func(context.Context)) {
		s := newSession(v, id, conn, e)
		return s.activity, s.serve
	})
}

// refuse says in one line of a menu why there can be no session.
func (v *service) refuse(conn net.Conn, peer netip.AddrPort, reason string) {
	v.Observe.All(ftpd.Event{Kind: ftpd.Refused, Door: ftpd.Gopher, Time: time.Now(), Peer: peer, Reason: reason})
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = conn.Write([]byte(failure("Not now: " + reason + ".")))
	conn.Close()
}

// Drain refuses new sessions and asks all others to end.
func (v *service) Drain() { v.door.Close() }

// Wait returns when the last session has ended.
func (v *service) Wait() { v.wg.Wait() }
