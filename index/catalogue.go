package index

import (
	"context"
	"errors"
	"io"
)

// The errors that callers branch on. Engines wrap them with verb and object.
var (
	ErrNoHost   = errors.New("no such host")
	ErrNotFound = errors.New("not in the catalogue")
	ErrBusy     = errors.New("already being crawled")
	ErrCursor   = errors.New("not a cursor of this query")
	ErrCrowded  = errors.New("too many searches at once, try again in a moment")
)

// Catalogue is everything that an engine offers.
type Catalogue interface {
	Hosts
	Recorder
	Browser
	Searcher
	Texts
}

// Hosts remembers hosts. All methods may be called at any time, from anywhere.
type Hosts interface {
	// Host returns one host, or ErrNoHost.
	Host(ctx context.Context, id HostID) (Host, error)

	// Hosts returns all hosts, by ID.
	Hosts(ctx context.Context) ([]Host, error)

	// Update calls change with the host, or with a new one that has only its ID, and
	// stores the result durably before it returns. A change of the Tally is lost, since
	// the engine keeps that itself. An error of change is returned, and nothing is
	// stored.
	Update(ctx context.Context, id HostID, change func(*Host) error) error

	// Remove forgets a host and all its listings. Their space is used again.
	// ErrNoHost if there is none, ErrBusy while it is being crawled.
	Remove(ctx context.Context, id HostID) error
}

// Recorder records crawls, and what is known between them.
type Recorder interface {
	// Begin starts a crawl of a host, or resumes the one that was cut off (by Close or
	// by a kill), unless fresh asks for a new one. ErrNoHost if the host is not
	// remembered; ErrBusy while another Crawl of it is open.
	Begin(ctx context.Context, id HostID, fresh bool) (Crawl, error)

	// Correct records what a host says of one entry outside of a crawl: the entry of p is now
	// now, or no longer there if now is nil. When it returns, that is durable, and searches
	// that start later find it. The entry keeps its names. All else of the listing stays as it
	// is, but for Corrected. ErrNoHost, or ErrNotFound if the catalogue does not hold the entry
	// or either is a directory, which is never corrected; ErrBusy while a Crawl of the host is
	// open, which sees it anyway.
	Correct(ctx context.Context, id HostID, p Path, now *Entry) error

	// Amend records whole listings outside of a crawl, as Put of a Crawl does; all else of the
	// host stays as it is. A crawl that was cut off has seen them when it is resumed. ErrNoHost,
	// or ErrBusy while a Crawl of the host is open.
	Amend(ctx context.Context, id HostID, listings ...Listing) error
}

// Crawl is one pass over one host. Its methods may be called from several
// goroutines, but the parts of one directory must come from one.
type Crawl interface {
	// Put records listings. When it returns they are durable, and searches that start
	// later find them, but for answers that say their age (Answer.Age). The cost depends on the changes: an equal listing writes next to
	// nothing. Many listings in one call are much cheaper than one a call.
	//
	// A listing replaces the known one of its directory. Entries that a Complete one no
	// longer holds are forgotten, with everything below them; the entries of a Truncated
	// or Unparsed one are added to the known ones. Denied and Stale keep the known
	// entries and mark them stale. Unchanged confirms them; it is ErrNotFound if no
	// listing is known.
	//
	// The parts of a directory (More) are kept aside. With the last part they become the
	// listing; its State, Way and Why count for all. The caller ends a listing that
	// breaks off by a Truncated part. Until the last part none is known, and Close
	// drops them. If a Put meanwhile forgets their directory, the parts are forgotten
	// too, and the next part is the first.
	Put(ctx context.Context, listings ...Listing) error

	// Seen returns the listing of dir if this crawl has recorded it, also before a kill,
	// and ErrNotFound if not. A dir is not seen before all its parts are recorded. After
	// a kill, listings of the last minute before it that changed nothing may count as
	// not seen, so that they need not be written.
	Seen(ctx context.Context, dir Path) (Listing, error)

	// Finish ends the crawl. If it was complete, directories that it did not see are
	// forgotten, except those below a directory that it could not read whole
	// (Truncated, Unparsed, Denied or Stale): these stay and are stale. After a crawl
	// that was not complete, all directories that it did not see stay and are stale. The
	// host's Tally is brought up to date and Health.Crawling becomes false; the crawler
	// updates the rest of Health.
	Finish(ctx context.Context, complete bool) error

	// Close ends the work on an unfinished crawl, which Begin can resume. After Finish
	// it does nothing.
	Close() error
}

// Browser reads listings back.
type Browser interface {
	// List returns up to limit entries of a directory in the order of their wire names,
	// beginning after the wire name that is given ("" is the start); 0 is no limit. More
	// says that others follow. State is Stale if a later crawl could not read or did not
	// see the directory; else it is as recorded. ErrNoHost or ErrNotFound.
	List(ctx context.Context, id HostID, dir Path, after string, limit int) (Listing, error)

	// Page returns a part of a directory in an order for people, with the sums of the
	// directory and of all below it. An Offset behind the end returns no entries.
	// ErrNoHost or ErrNotFound.
	Page(ctx context.Context, id HostID, dir Path, v View) (Page, error)

	// Entry returns the entry of one path. The root of a host has none. ErrNoHost or
	// ErrNotFound.
	Entry(ctx context.Context, id HostID, p Path) (Found, error)
}

// Keeper maintains the files of an engine that has files of its own.
type Keeper interface {
	// Check proves that blocks, indexes and counts agree, and calls report with a line
	// about each disagreement. The error is that of reading.
	Check(ctx context.Context, report func(problem string)) error

	// Rebuild builds all indexes again from blocks and texts, while searches go on.
	Rebuild(ctx context.Context) error

	// Compact gives unused space back to the disk.
	Compact(ctx context.Context) error
}

// Copier copies the file of an engine that keeps all that cannot be built again in one.
type Copier interface {
	// Copy calls begin once, with the size in bytes of a copy of the file as it is at one moment, and writes the copy to the
	// writer that begin returns, while crawls and searches go on. An error of begin or of the writer ends it and is returned.
	Copy(ctx context.Context, begin func(size int64) (io.Writer, error)) error
}
