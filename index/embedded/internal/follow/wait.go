package follow

import (
	"errors"
	"time"
)

var (
	// ErrBatchFull ends an iteration over the store once a batch is full.
	ErrBatchFull = errors.New("batch is full")

	// ErrOtherCatalogue is the error of an index that is ahead of its store.
	ErrOtherCatalogue = errors.New("it is of another catalogue, or an old one")
)

// An index that closes waits for its disk: Patience at most until all is written and merged.
// Until Bleve has ended it waits EndPatience at most if the process ends, which is no worse than
// a kill then, and ClosePatience if the index is opened again.
const (
	Patience      = 7 * time.Second
	EndPatience   = 2 * time.Second
	ClosePatience = 5 * time.Second
)

// A follower lets changes gather for gatherTime, since each batch makes a file, and does so
// up to gatherRounds times while there are fewer than fewChanges. Searches do not wait for
// it: they read the blocks that no index has yet.
const (
	gatherTime   = 250 * time.Millisecond
	gatherRounds = 12
	fewChanges   = 128
)

// AwaitMore waits for more changes while there are few. It returns once behind reports a
// whole batch, or after some rounds no less than fewChanges, or an error, or once stop is
// closed.
func AwaitMore(stop <-chan struct{}, batch uint64, rounds int, behind func() (uint64, error)) {
	for i := range gatherRounds {
		n, err := behind()
		if err != nil || n >= batch || i >= rounds && n >= fewChanges {
			return
		}
		select {
		case <-stop:
			return
		case <-time.After(gatherTime):
		}
	}
}
