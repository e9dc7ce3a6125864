package wire

import (
	"net/url"
	"time"

	"trawl/index"
)

// Listed is an entry of a listing, as `trawl listing` prints it.
type Listed struct {
	Name      string     `json:"name"`      // decoded
	Raw       string     `json:"raw"`       // the bytes of the wire, percent-encoded as in a URL
	Kind      string     `json:"kind"`      // "file", "dir" or "link"
	Size      *int64     `json:"size"`      // in bytes; null if unknown
	Time      *time.Time `json:"time"`      // RFC 3339, UTC; null if unknown
	Precision string     `json:"precision"` // of time: "second", "minute", "day" or "unknown"
	Target    *string    `json:"target"`    // of a link; null if it is none or has none
}

// NewListed returns the object of an entry.
func NewListed(e *index.Entry) Listed {
	out := Listed{
		Name: e.Name, Raw: url.PathEscape(e.Wire()), Kind: e.Kind.String(), Precision: e.Precision.String(),
		Size: size(e.Size), Time: timestamp(e.Time()),
	}
	if e.Target != "" {
		out.Target = &e.Target
	}
	return out
}

// Entry is an entry of a directory of the catalogue, as `trawl ls --json` and the API print it.
type Entry struct {
	URL  string `json:"url"`  // the link, its raw bytes percent-encoded
	Host string `json:"host"` // the host's URL
	Path string `json:"path"` // decoded
	Listed
	URLs []string `json:"urls"` // the links by all doors of the host, the best first
}

// NewEntry returns the object of an entry of a directory, which is decoded as shown. Links are the entry's.
func NewEntry(host index.HostID, shown string, e *index.Entry, links []string) Entry {
	return Entry{URL: links[0], Host: string(host), Path: string(index.Path(shown).Join(e.Name)), Listed: NewListed(e), URLs: links}
}

// Sum is a directory with all that is below it, as `trawl du --json` prints it.
type Sum struct {
	URL  string `json:"url"`  // the link, its raw bytes percent-encoded
	Host string `json:"host"` // the host's URL
	Path string `json:"path"` // decoded
	Counts
	Exact bool     `json:"exact"` // false: at least so many
	URLs  []string `json:"urls"`  // the links by all doors of the host, the best first
}

// Counts count entries.
type Counts struct {
	Directories int64 `json:"directories"`
	Files       int64 `json:"files"` // entries that are no directories
	Bytes       int64 `json:"bytes"` // the sum of the known sizes
}
