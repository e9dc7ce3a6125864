package fetch

import (
	"fmt"
	"io"
	"time"

	"trawl/index"
)

// File is a file that the catalogue holds, with its places.
type File struct {
	Name   string        // that of the best place
	Size   int64         // in bytes, or index.UnknownSize
	Places []index.Place // of equal size, the best first; never empty
}

// Info is what a place says of a file now.
type Info struct {
	Size      int64           // in bytes, or index.UnknownSize
	Time      time.Time       // modification time, UTC; zero if unknown
	Precision index.Precision // of Time
	Ranges    bool            // it can be read from an offset
}

// Body is a file under way. It reads from the offset that was asked for to the end of the
// file, over as many places as that takes, and its end is io.EOF only if all bytes came. A
// place that fails is followed by the next one, byte for byte right; an error is that of the
// last place. Close ends the transfer at once and may be called again, also while Read waits.
type Body interface {
	io.ReadCloser

	// Info returns what the first place that answered says of the whole file.
	Info() Info

	// Place returns the place that is read now. Of the doors of its host it has the one by which it is read.
	Place() index.Place
}

// Checked is what a place answers when it is asked whether it still has a file.
type Checked struct {
	Place index.Place
	Info  Info        // if Cause is index.NoCause or index.Changed
	Cause index.Cause // index.NoCause: it has the file as the catalogue says
	Took  time.Duration
}

// ChangedError says that a place has another file than the catalogue holds. The catalogue
// has been corrected, unless a crawl of the host was under way.
type ChangedError struct {
	Place   index.Place
	Was, Is int64 // sizes in bytes
}

// Error names both sizes.
func (e *ChangedError) Error() string {
	return fmt.Sprintf("%s has changed since it was crawled: %d bytes then, %d now", e.Place.Host.Join(e.Place.Path), e.Was, e.Is)
}
