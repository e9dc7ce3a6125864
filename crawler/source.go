package crawler

import (
	"context"
	"errors"
	"io"
	"time"

	"trawl/crawler/pace"
	"trawl/index"
)

// Source reaches the hosts of some schemes. Each source is a folder of its own beside this
// package, and crawler/sourcetest holds it to its promises.
type Source interface {
	// Schemes returns the schemes of the URLs whose hosts it reaches, always the same.
	Schemes() []index.Scheme

	// Connect reaches a host, logs in and finds out what it can do, or takes that
	// from host.Known where it still holds. It keeps host.Settings' limits and
	// paces itself by pacer. The errors that callers branch on are ErrDown,
	// ErrLogin, ErrPlain, ErrBusy and ErrTrust; each says how to mend it.
	Connect(ctx context.Context, host index.Host, pacer *pace.Pacer) (Server, error)
}

// The errors of Connect, DirWay.List and TreeWay.Tree that a crawl branches on.
var (
	ErrDown   = errors.New("host cannot be reached")              // unknown name, refused, time-out: later perhaps
	ErrLogin  = errors.New("login was refused")                   // 530, permission denied: the owner must act
	ErrPlain  = errors.New("it takes encrypted connections only") // the owner must act
	ErrBusy   = errors.New("too many connections")                // 421, 530 too many: later, or with fewer connections
	ErrTrust  = errors.New("identity is not trusted")             // certificate or host key: the owner must act
	ErrDenied = errors.New("may not be listed")                   // 550: this directory, for good
	ErrNaming = errors.New("the protocol cannot say its name")    // beside ErrDenied
	ErrGone   = errors.New("connection was lost")                 // connect again
	ErrSilent = errors.New("no answer")                           // beside ErrGone: the same question may get none again
	ErrMemory = errors.New("it takes more memory than the limit") // see pace.Pacer.Spend: another time perhaps
	ErrBroken = errors.New("this way does not work here")         // demote it: refused, reformatted, cut, or a lie
)

// The errors of Server.Open and Server.Stat that a fetch branches on, beside these.
var (
	ErrAbsent    error = absent{}                                               // an ErrDenied, too: the server says that there is no such file
	ErrNoRestart       = errors.New("it sends files only from their beginning") // the offset must be 0
)

// absent is the error of a file that is not there.
type absent struct{}

func (absent) Error() string { return "it is not there" }
func (absent) Unwrap() error { return ErrDenied }

// Server is a host that was reached and logged in to. Its methods may be called
// from several goroutines. A Server that can say which of some directories are the
// same one is an [Identifier], too.
type Server interface {
	// Ways returns how this server can be listed: the ways that list whole trees and
	// those that list single directories, each the cheapest first. It leaves out those
	// that host.Known.Demoted and host.Settings.Ways exclude.
	Ways() ([]TreeWay, []DirWay)

	// Known returns the facts known of the server by now, to be kept with the host.
	Known() index.Known

	// Open reads a file from the offset on, until ctx is done. Its end is io.EOF only where
	// the server says that all was sent, or has no way to say so. The caller closes it, at any
	// time: the transfer ends then, and later calls are not harmed. The errors that callers
	// branch on are ErrAbsent, ErrDenied, ErrNoRestart, ErrBusy and ErrGone.
	Open(ctx context.Context, p index.Path, offset int64) (io.ReadCloser, error)

	// Stat asks for the facts of a file, without reading it. The errors that callers branch
	// on are ErrAbsent, ErrDenied (also of what is no file), ErrBusy and ErrGone. A server
	// that cannot say whether the file is there returns facts that are unknown.
	Stat(ctx context.Context, p index.Path) (Fact, error)

	// Close ends all connections.
	Close() error
}

// Fact is what a server says of a file.
type Fact struct {
	Size      int64           // in bytes, or index.UnknownSize
	Time      time.Time       // modification time, UTC; zero if unknown
	Precision index.Precision // of Time
	Ranges    bool            // Open begins at an offset without reading what comes before
}

// DirWay is a way of listing single directories. It may list several at once.
type DirWay interface {
	// Name is the name that index.Known.Way keeps: "STAT", "MLSD", "LIST", "READDIR", "menu".
	Name() string

	// Connections is how many calls of List at once are worth while, at most.
	Connections() int

	// Shared reports whether these calls share one connection; else each takes one.
	Shared() bool

	// List lists one directory, which it hands over in parts when it is huge.
	// An error of hand ends the listing and is returned.
	List(ctx context.Context, dir index.Path, hand func(index.Listing) error) error
}

// TreeWay is a way of listing a directory and everything below it in one answer. The
// answer is to be proved against a DirWay.
type TreeWay interface {
	// Name is the name that index.Known.Way keeps: "ls-lR.gz", "LIST -lR".
	Name() string

	// Tree lists root and everything below it, and hands over each directory as it
	// arrives. An error of hand ends the listing and is returned.
	Tree(ctx context.Context, root index.Path, hand func(index.Listing) error) error
}

// Identifier is a Server that knows directories by something besides their paths.
type Identifier interface {
	// Identify asks which of some directories are the first of them, shown again by a
	// link or a mount. It returns an identifier for each directory, as Listing.Ident
	// holds it or of the server's own making. A directory with the identifier of the
	// first one is that directory, one with another identifier is not, and "" says
	// nothing. It takes one round trip where the server allows that.
	Identify(ctx context.Context, dirs []index.Path) ([]string, error)
}
