package fetch

import (
	"errors"
	"fmt"
	"strings"

	"trawl/crawler"
	"trawl/index"
)

// The errors of a place, beside those of package crawler.
var (
	errShort   = errors.New("it ended before all bytes came")
	errMore    = errors.New("it sends more than it said")
	errOther   = errors.New("it goes on with other bytes than the place before")
	errSilent  = errors.New("it was silent for too long")
	errUnequal = errors.New("it may hold another file than the place before")
	errClosed  = errors.New("the fetcher or the file was closed")
	errWindow  = errors.New("it is not visited at this time of day")
	errTurn    = errors.New("too many fetches from it wait already")
)

// caused is an error with its cause, for crawler.CauseOf.
type caused struct {
	error

	cause index.Cause
}

// Cause returns the cause of the error.
func (c *caused) Cause() index.Cause { return c.cause }

func (c *caused) Unwrap() error { return c.error }

// ownCauses returns the causes of the errors of this package.
func ownCauses() map[error]index.Cause {
	return map[error]index.Cause{
		errShort: index.Lost, errMore: index.Garbled, errOther: index.Garbled, errSilent: index.NoAnswer,
		errUnequal: index.Lost, errWindow: index.Crowded, errTurn: index.Crowded, errClosed: index.Other,
	}
}

// withCause gives an error of this package its cause.
func withCause(err error) error {
	for own, cause := range ownCauses() {
		if errors.Is(err, own) {
			return &caused{err, cause}
		}
	}
	return err
}

// Cause says that the file has changed.
func (*ChangedError) Cause() index.Cause { return index.Changed }

// failures are why a file could not be had of any of its places.
type failures struct{ all []failure }

// failure is why one place failed.
type failure struct {
	place index.Place
	err   error
}

func (f *failures) add(place index.Place, err error) {
	f.all = append(f.all, failure{place, err})
}

// Error returns a line for each place.
func (f *failures) Error() string {
	var lines []string
	for _, one := range f.all {
		if changed := (*ChangedError)(nil); errors.As(one.err, &changed) {
			lines = append(lines, changed.Error())
			continue
		}
		lines = append(lines, fmt.Sprintf("%s: %v", one.place.Bases()[0].Join(one.place.Path), one.err))
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the failure that counts. A file has changed only if each place has another
// one, or none: while a place may still have it, the failure of that place counts. The
// first one counts among equals.
func (f *failures) Unwrap() error {
	var changed, gone error
	for _, one := range f.all {
		switch {
		case errors.As(one.err, new(*ChangedError)):
			changed = first(changed, one.err)
		case errors.Is(one.err, crawler.ErrAbsent), errors.Is(one.err, index.ErrNoHost):
			gone = first(gone, one.err)
		default:
			return one.err
		}
	}
	return first(changed, gone)
}

// first returns the first error of both.
func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// inWords returns the failures with the cause of the one that counts.
func (f *failures) inWords() error { return withCause(f) }
