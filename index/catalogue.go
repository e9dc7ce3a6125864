package index

import (
	"context"
	"errors"
)

// The errors that callers branch on. Engines wrap them with verb and object.
var (
	ErrNoHost   = errors.New("no such host")
	ErrNotFound = errors.New("not in the catalogue")
	ErrBusy     = errors.New("already being crawled")
	ErrCursor   = errors.New("not a cursor of this query")
	ErrMemory  = errors.New("too many searches at once, try again in a moment")
)

// Catalogue is all that an engine keeps.
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

	// Update calls change with the host, or with a new one that has only its ID,
	// and keeps what change leaves, at once and durably; a Tally is the engine's
	// own and a change to it is lost. An error of change is returned and nothing
	// is kept.
	Update(ctx context.Context, id HostID, change func(*Host) error) error

	// Remove forgets a host and all that it lists. Its space is used again.
	// ErrNoHost if there is none, ErrBusy while it is being crawled.
	Remove(ctx context.Context, id HostID) error
}

// Recorder takes down crawls.
type Recorder interface {
	// Begin starts a crawl of a host, or takes up the one that was cut off
	// (by Close or by a kill), unless fresh asks for a new one. ErrNoHost if the
	// host is not remembered; ErrBusy while another Crawl of it is open.
	Begin(ctx context.Context, id HostID, fresh bool) (Crawl, error)
}

// Crawl is one pass over one host. Its methods may be called from several
// goroutines, but the parts of one directory must come from one.
type Crawl interface {
	// Put records listings. When it returns they are durable and found by the
	// searches that start later. What it costs is what changed: an equal listing
	// writes next to nothing. Handing over many at once is much cheaper.
	//
	// A listing replaces the one that was known of its directory; what a Complete
	// one no longer holds is forgotten, with all below it, while the entries of a
	// Truncated or Unparsed one are added to those known. Denied and Stale ones
	// keep the known entries and mark them stale; Unchanged confirms them, and is
	// ErrNotFound if nothing is known.
	//
	// The parts of a directory (More) are kept aside and become its listing with
	// the last one, whose State, Way and Why count for all; one that breaks off is
	// to be ended by a Truncated one. Until then nothing of them is known, nor is it
	// after Close. When a Put forgets their directory meanwhile, with the one above
	// it, they are forgotten too and the next part is the first.
	Put(ctx context.Context, listings ...Listing) error

	// Seen returns the listing of dir if this crawl has recorded it, before a
	// kill perhaps, and ErrNotFound if not. A dir whose parts are not all
	// recorded is not seen. Where little changed, it may be forgotten of listings of the
	// last minute before a kill that they were seen, so that this need not be written.
	Seen(ctx context.Context, dir Path) (Listing, error)

	// Finish ends the crawl. If it was complete, directories that it did not see
	// are forgotten, except below one that it could not read whole (Truncated,
	// Unparsed, Denied or Stale); those, and all of them after a crawl that was not
	// complete, stay and are stale. The host's Tally is brought up to date and
	// Health.Crawling falls; the rest of Health is the crawler's to Update.
	Finish(ctx context.Context, complete bool) error

	// Close lets go of an unfinished crawl, so that Begin can take it up again.
	// After Finish it does nothing.
	Close() error
}

// Browser reads listings back.
type Browser interface {
	// List returns up to limit entries of a directory, by wire name, those after
	// the name that is given ("" starts); 0 is no limit; More tells that there
	// are others. State is Stale if the directory was known and could not be read,
	// or was not seen, since; else it is as recorded. ErrNoHost or ErrNotFound.
	List(ctx context.Context, id HostID, dir Path, after string, limit int) (Listing, error)
}

// Keeper is what an engine that has files of its own offers their owner.
type Keeper interface {
	// Check proves that blocks, indexes and counts agree and calls report with
	// each thing that does not, one line each. The error is that of reading.
	Check(ctx context.Context, report func(problem string)) error

	// Rebuild makes the indexes anew from blocks and texts, while searches go on.
	Rebuild(ctx context.Context) error

	// Compact gives unused space back to the disk.
	Compact(ctx context.Context) error
}
