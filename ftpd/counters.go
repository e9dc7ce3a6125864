package ftpd

import (
	"strings"
	"sync"
)

// Counters counts what sessions do: its Observe is an observer of a Server. The zero value has counted nothing. Its methods may
// be called from many goroutines.
type Counters struct {
	mu sync.Mutex // guards n
	n  Counts
}

// Counts are numbers of events since the start.
type Counts struct {
	Sessions     int64 // that began
	Refused      int64 // connections and logins that were right and came at the wrong time
	Logins       int64
	LoginsFailed int64
	Sent         int64 // files that were sent whole
	Stored       int64 // files that were stored whole
	Listings     int64 // that were sent whole
	Broken       int64 // transfers that were not whole
	BytesSent    int64 // of all transfers
	BytesStored  int64
	Changes      int64 // files and directories that were deleted, renamed, made, removed or changed
	Strangers    int64 // who came to data connections
}

// Counts returns the numbers as they are now.
func (c *Counters) Counts() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// Observe counts an event.
func (c *Counters) Observe(e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := &c.n
	switch e.Kind {
	case Connected:
		n.Sessions++
	case Refused:
		n.Refused++
	case LoggedIn:
		n.Logins++
	case LoginFailed:
		n.LoginsFailed++
	case Stranger:
		n.Strangers++
	case Deleted, Renamed, Made, Removed, Changed:
		n.Changes++
	case Sent:
		n.BytesSent += e.Bytes
		n.ended(e, strings.HasSuffix(e.Path, "/"))
	case Stored:
		n.BytesStored += e.Bytes
		n.ended(e, false)
	case Disconnected:
	}
}

// ended counts the end of a transfer.
func (n *Counts) ended(e Event, listing bool) {
	switch {
	case !e.Whole:
		n.Broken++
	case listing:
		n.Listings++
	case e.Kind == Sent:
		n.Sent++
	default:
		n.Stored++
	}
}
