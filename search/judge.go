package search

import "trawl/index"

// Judge looks at entries, directory by directory, and keeps what matches. It
// belongs to one goroutine. It keeps nothing of what it is given: strings and
// slices may lie in buffers that are used again.
type Judge struct {
	plan *Plan
}

// Directory is what an engine tells of a directory before its entries.
type Directory struct {
	Host   int        // position in the hosts of Compile
	Path   index.Path // on the wire
	Shown  string     // Path decoded, where that differs, else ""
	Folded []byte     // the decoded path, folded by AppendFold
	State  index.State
	Stale  bool  // it could not be read since
	Seen   int64 // when a crawl last saw it, in seconds since 1970
}

// Probe is what can be told of a folded name before anything else of its entry
// is decoded.
type Probe struct {
	Never bool     // no entry matches
	AnyOf [][]byte // one of these must be in the folded name; empty: any name may match
}

// Enter starts on a directory and returns what its entries must have. Entries
// that lack it need not be shown. The probe is valid until the next Enter.
func (j *Judge) Enter(d Directory) Probe { return Probe{} }

// Entry looks at one entry of the directory last entered; folded is its Name
// folded by AppendFold. It reports whether the entry matches.
func (j *Judge) Entry(e *index.Entry, folded []byte) bool { return false }

// Results returns how many results this judge has found so far.
func (j *Judge) Results() int { return 0 }
