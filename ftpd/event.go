package ftpd

import (
	"context"
	"log/slog"
	"net/netip"
	"time"
)

// Kind is what a session did.
type Kind string

// The kinds of events. Those of what failed or was refused have a Reason.
const (
	Connected    Kind = "connected"
	Disconnected Kind = "disconnected"
	LoggedIn     Kind = "logged in"
	LoginFailed  Kind = "login failed"
	Sent         Kind = "sent"   // a file or a listing; Whole or not
	Stored       Kind = "stored" // a file; Whole or not
	Deleted      Kind = "deleted"
	Renamed      Kind = "renamed"
	Made         Kind = "made"     // a directory
	Removed      Kind = "removed"  // a directory
	Changed      Kind = "changed"  // the time or the mode of a file
	Refused      Kind = "refused"  // a connection or a login
	Stranger     Kind = "stranger" // someone else came to a data connection
)

// The doors by which clients come.
const (
	FTP  = "ftp"
	SSH  = "ssh"
	SFTP = "sftp"
	SCP  = "scp"
	HTTP = "http"

	Gopher = "gopher"
)

// OverTLS reports whether a door is one that TLS secures, if anything does.
func OverTLS(door string) bool { return door == FTP || door == HTTP }

// Event is one thing that a session did. It never holds a password. Its strings are foreign: nobody may print
// them unescaped.
type Event struct {
	Kind    Kind
	Time    time.Time
	Session uint64         // counts from 1
	Door    string         // FTP, HTTP, SFTP, SCP, Gopher, or SSH before the client has said what it wants
	User    string         // "" before the login
	Peer    netip.AddrPort // of the control connection
	Path    string         // absolute, in raw bytes; the listing of a directory ends in "/"
	To      string         // of Renamed
	Bytes   int64
	Took    time.Duration
	Whole   bool // the transfer ended as it should
	Secure  bool // over TLS or SSH
	ASCII   bool // in TYPE A
	Reason  string
}

// event hands an event of the session to all who observe the server. That of a transfer has its User already, since the
// session may have another by its end.
func (s *session) event(e Event) {
	if e.User == "" {
		e.User = s.login.User
	}
	e.Time, e.Session, e.Door, e.Peer, e.Secure = time.Now(), s.id, FTP, s.peer, s.secured()
	s.Observe.All(e)
}

// Observers are called for each event of a server, by many sessions at once. They return at once.
type Observers []func(Event)

// All hands an event to all observers.
func (o Observers) All(e Event) {
	for _, f := range o {
		f(e)
	}
}

// LogTo returns an observer that writes a line for each event.
func LogTo(log *slog.Logger) func(Event) {
	return func(e Event) {
		level := slog.LevelInfo
		if e.Kind == Connected || e.Kind == Disconnected || e.Kind == Refused {
			level = slog.LevelDebug
		}
		if e.Kind == Stranger || e.Kind == LoginFailed {
			level = slog.LevelWarn
		}
		attrs := []slog.Attr{slog.Uint64("session", e.Session), slog.String("peer", e.Peer.String())}
		add := func(is bool, a slog.Attr) {
			if is {
				attrs = append(attrs, a)
			}
		}
		transfer := e.Kind == Sent || e.Kind == Stored
		add(e.User != "", slog.String("user", e.User))
		add(e.Path != "", slog.String("path", e.Path))
		add(e.To != "", slog.String("to", e.To))
		add(transfer, slog.Int64("bytes", e.Bytes))
		add(transfer, slog.Duration("took", e.Took))
		add(transfer && !e.Whole, slog.Bool("whole", false))
		add(e.Secure && OverTLS(e.Door), slog.Bool("tls", true))
		add(e.Door != FTP, slog.String("door", e.Door))
		add(e.Reason != "", slog.String("reason", e.Reason))
		log.LogAttrs(context.Background(), level, string(e.Kind), attrs...)
	}
}
