package index

import "time"

// State says how far a listing can be trusted.
type State uint8

// The states of a listing.
const (
	Complete  State = iota // all entries of the directory
	Truncated              // the server or a limit cut it: its entries are true, others are missing
	Unparsed               // some lines were not understood and are kept in Listing.Unparsed
	Denied                 // the server would not list it; there are no entries
	Stale                  // an older listing, kept because the directory could not be read
	Unchanged              // no entries: the catalogue's listing of this directory still holds
)

// String returns the state in lower case: "complete", "truncated", ...
func (s State) String() string {
	return [...]string{"complete", "truncated", "unparsed", "denied", "stale", "unchanged"}[min(s, Unchanged)]
}

// MarshalText returns the same as String.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Listing holds the entries of a directory at one moment.
type Listing struct {
	Dir      Path
	Shown    string    // Dir decoded, where that differs, else ""
	Taken    time.Time // when it was obtained
	Way      string    // how it was obtained: "MLSD", "LIST", "LIST -lR", "STAT", "ls-lR.gz", ...
	State    State
	Why      string   // the reason of a State other than Complete and Unchanged, one line, from the server or from us
	Entries  []Entry  // in any order; a Raw name occurs once
	Unparsed []string // lines that were not understood, raw; the first MaxUnparsed of them
	Lost     int      // how many lines were not understood in all
	More     bool     // a part: the next Listing continues the directory, which is known with the last part

	// Corrected says that the catalogue has corrected an entry since Taken
	// ([Recorder.Correct]), so that a time of Dir does not vouch for the entries. The next listing
	// of Dir ends it.
	Corrected bool

	// Ident is the identity that the server itself gives Dir (RFC 3659 section 7.5.7), ""
	// if it gives none. Idents has the same for each of Entries; nil if there is none.
	// They serve the crawl that runs: no catalogue keeps them.
	Ident  string
	Idents []string
}

// MaxUnparsed bounds the lines that a listing keeps in Unparsed.
const MaxUnparsed = 20

// Display returns the directory as people read it.
func (l *Listing) Display() string {
	if l.Shown != "" {
		return l.Shown
	}
	return string(l.Dir)
}
