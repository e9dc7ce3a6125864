package crawler

import (
	"context"
	"errors"
	"io"

	"trawl/index"
)

// Source reaches the hosts of some schemes; crawler/ftp, crawler/sftp and
// crawler/gopher are sources, and crawler/sourcetest holds each to its promises.
type Source interface {
	// Schemes returns the schemes of the URLs whose hosts it reaches, always the same.
	Schemes() []index.Scheme

	// Connect reaches a host, logs in and finds out what it can do, or takes that
	// from host.Known where it still holds. It keeps host.Settings' limits and
	// paces itself by guest. The errors that callers branch on are ErrDown,
	// ErrLogin, ErrPlain, ErrBusy and ErrTrust; each says what the owner can do.
	Connect(ctx context.Context, host index.Host, guest *Guest) (Server, error)
}

// The errors of Connect, Way.List and Way.Tree that a crawl branches on.
var (
	ErrDown    = errors.New("host cannot be reached")              // unknown name, refused, time-out: later perhaps
	ErrLogin   = errors.New("login was refused")                   // 530, permission denied: the owner must act
	ErrPlain   = errors.New("it takes encrypted connections only") // the owner must act
	ErrBusy    = errors.New("too many connections")                // 421, 530 too many: later, or with fewer lanes
	ErrTrust   = errors.New("identity is not trusted")             // certificate or host key: the owner must act
	ErrDenied  = errors.New("may not be listed")                   // 550: this directory, for good
	ErrGone    = errors.New("connection was lost")                 // connect again
	ErrCrowded = errors.New("it takes more memory than the limit") // see Guest.Spend: another time perhaps
	ErrBroken  = errors.New("this way does not work here")         // demote it: refused, reformatted, cut, or a lie
)

// Server is a host that was reached and logged in to. Its methods may be called
// from several goroutines.
type Server interface {
	// Ways returns how this server can be listed, the cheapest first, those left
	// out that host.Known.Demoted and host.Settings.Ways exclude.
	Ways() []Way

	// Known returns what is known of the server by now, to be kept with the host.
	Known() index.Known

	// Open reads a file from the offset on. The caller closes it.
	Open(ctx context.Context, p index.Path, offset int64) (io.ReadCloser, error)

	// Close ends all connections.
	Close() error
}

// Way is one way of listing a server. Exactly one of Tree and List is set.
type Way struct {
	Name  string // as index.Known.Way tells it: "ls-lR.gz", "LIST -lR", "STAT", "MLSD", "LIST", "READDIR", "menu"
	Lanes int    // for List: how many calls at once are worth while, at most

	// Shared says that these calls share one connection; else each takes one.
	Shared bool

	// Tree lists root and everything below it in one answer, and hands over each
	// directory as it arrives. It is to be proved against List of another way.
	// An error of hand ends it and is returned.
	Tree func(ctx context.Context, root index.Path, hand func(index.Listing) error) error

	// List lists one directory, which is handed over in parts when it is huge.
	// An error of hand ends it and is returned.
	List func(ctx context.Context, dir index.Path, hand func(index.Listing) error) error

	// Identify asks which of some directories are the first of them, that a link or a
	// mount shows again: it returns what the server knows each by, as Listing.Ident
	// tells it or of its own making. What is the same as that of the first is that
	// directory, what differs is another one, and "" tells nothing. It takes one round
	// trip where the server bears that. It is nil where there is no such thing.
	Identify func(ctx context.Context, dirs []index.Path) ([]string, error)
}
