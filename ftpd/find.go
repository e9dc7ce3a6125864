package ftpd

import (
	"context"
	"net/netip"
	"time"
)

// Find answers a search of a visitor with at most max results. An error has a sentence for the visitor ([tree.Sentence]), such as
// what is wrong in the query, or none.
type Find func(ctx context.Context, visitor netip.Addr, query string, max int) (Answer, error)

// Answer is what a search has found.
type Answer struct {
	Found []Found  // the best first
	More  bool     // there are more results
	Said  []string // sentences to the visitor: how many there are at least, how the query was read, why nothing was found
}

// Found is a file or a folder that a search has found, at its best place.
type Found struct {
	URL  string // percent-encoded: "ftp://ftp.example.org/pub/a.iso"
	Path string // the same in the catalogue that is mounted, in raw bytes: "/hosts/ftp.example.org/pub/a.iso"; "" if none is
	Name string // for people, in UTF-8; it may have control characters
	Dir  bool
	Size int64     // in bytes, or tree.UnknownSize
	Time time.Time // UTC; zero if unknown
	More int       // how many other places have it, at least
}
