// Package ftpd is an FTP and FTPS server that is fit to face the public. Fill a [Server] and call
// [Server.Serve]. It is the protocol interpreter of RFC 959 section 2.2: it reads commands from the control
// connection and sends replies. Package dtp below it is the transfer process, which has the data connections.
// [trawl/ftpd/tree] has the files with the rights of each user, and other doors than FTP share it.
//
// The files: server.go has the settings, accept.go accepts sessions. account.go says who may log in, event.go what is observed,
// and counters.go counts it. sessions.go lists the sessions of all doors, and activity.go is what those beside FTP do. find.go is
// the search that doors offer, dir.go a folder as they get one.
//
// session.go is one session, course.go what others see of it and change, control.go its control connection, command.go the table
// of commands. login.go, host.go, options.go, walk.go, data.go, restart.go, retrieve.go, store.go, change.go, comb.go, site.go,
// hash.go, list.go, facts.go and secure.go answer them, and transfer.go runs transfers, during which the session goes on; held.go
// has the commands that wait for their end, deny.go refuses those that are turned off.
// public.go has the address that PASV gives. lister.go writes listings in the forms of list_line.go and list_style.go, in
// columns (list_columns.go), in the order of list_order.go, as list_options.go reads it from LIST; list_ahead.go shares the
// work. glob.go finds what a pattern matches, published.go keeps ls-lR.gz.
//
// It follows RFC 959 with RFC 1123 section 4.1, and RFC 2389 (FEAT, OPTS), 2428
// (EPRT, EPSV), 2640 (UTF-8 names), 3659 (SIZE, MDTM, REST, MLST, MLSD) and 4217 (TLS).
package ftpd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"trawl/ftpd/guard"
	"trawl/ftpd/internal/accept"
	"trawl/ftpd/internal/dtp"
)

// Server serves a tree of files. Its fields must not change while it serves;
// their zero values are defaults that are fit for the public.
type Server struct {
	FS       fs.FS    // what everyone may read if Accounts is nil; Dir makes one of a folder
	Accounts Accounts // who may log in; nil is Anonymous(FS)
	Greeting string   // the line that each client gets first; "" says hello
	Names    []string // of this host, which HOST accepts (RFC 7151) besides its address

	Guard *guard.Guard // of sessions, rates and failed logins; nil has the defaults of guard

	Idle  time.Duration // a session ends after so long without a command; 0 is as the limits of Guard say
	Stall time.Duration // a data connection ends after so long without progress; 0 is DefaultStall
	Held  time.Duration // a transfer that has not moved for so long lets no command wait for its end any more; 0 is DefaultHeld
	Grace time.Duration // transfers have so long to end on a shutdown; 0 is DefaultGrace, negative is none

	Ports  Ports  // of passive data connections
	Public Public // the address that PASV gives

	// Proxies are the networks of the proxies before the server. Connections from there begin with a header of the PROXY
	// protocol. The client that it names counts, on data connections, too, if they go through the proxy.
	Proxies []netip.Prefix

	TLS *TLS // nil: none

	Find  Find     // answers SITE FIND; nil: the command is not there
	Links Links    // how listings show links
	Style Style    // of the lines of LIST
	Plain bool     // LIST and NLST take the options of no client: they leave them out
	Deny  []string // commands that nobody may use, in upper case: "DELE", "SITE CHMOD"; QUIT cannot be denied

	Sessions *Sessions // where live sessions stand, for several servers perhaps; nil: for this one alone

	Observe Observers
	Log     *slog.Logger // what no event says: faults, and each refusal at level debug; nil is silent
}

// Ports are the ports of passive data connections, First to Last; both 0 leaves the choice to the system.
type Ports = dtp.Ports

// The defaults of a Server.
const (
	DefaultStall = time.Minute
	DefaultHeld  = time.Second
	DefaultGrace = 10 * time.Second
)

// Serve accepts sessions on each listener until ctx is done; see [Implicit]. Then it closes the listeners, lets the
// transfers that are under way end within Grace, waits for all sessions and returns
// nil. It returns an error if srv cannot be served, or if a listener fails.
func (srv *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	defer func() {
		for _, ln := range listeners {
			ln.Close()
		}
	}()
	if srv.FS == nil && srv.Accounts == nil {
		return errors.New("serve ftp: there is no file system to serve")
	}
	if err := srv.Ports.Check(); err != nil {
		return fmt.Errorf("serve ftp: %w", err)
	}
	v := newService(srv)
	if err := accept.Serve(ctx, v, v.Grace, v.Log, listeners); err != nil {
		return fmt.Errorf("serve ftp: %w", err)
	}
	return nil
}

// withDefaults returns a copy in which zero values are replaced by the defaults.
func (srv *Server) withDefaults() Server {
	s := *srv
	if s.Accounts == nil {
		s.Accounts = Anonymous(s.FS)
	}
	if s.Guard == nil {
		s.Guard = guard.New(guard.DefaultConfig())
	}
	if s.Sessions == nil {
		s.Sessions = new(Sessions)
	}
	s.Stall = cmp.Or(s.Stall, DefaultStall)
	s.Held = cmp.Or(s.Held, DefaultHeld)
	s.Grace = cmp.Or(s.Grace, DefaultGrace)
	s.Greeting = cmp.Or(s.Greeting, "Welcome.")
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	return s
}
