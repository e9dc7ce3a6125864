package texts

import (
	"cmp"
	"context"
	"errors"
	"sync"

	"trawl/index/embedded/internal/follow"
	"trawl/index/embedded/internal/store"
)

// Index is the index of texts by their words. It follows the news of the store, the list of
// texts that have changed, in the order of their numbers.
type Index struct {
	store *store.Store
	dir   string
	Most  int // the most texts that Find returns; tests lower it

	stop     context.CancelFunc // ends retrying
	retrying sync.WaitGroup     // the goroutine that retries

	feeding sync.Mutex // held while index is written or replaced

	mu    sync.RWMutex // held for reading while index is used, and for writing to replace it
	index *bleveIndex
}

// internalNews is the internal value of a Bleve index that holds the number of the last news
// that it covers: 8 bytes, big-endian.
const internalNews = "news"

// Open opens the index of texts in dir and brings it up to date. An index that cannot be
// read, or that is not at a number from which the news continue, is made anew.
func Open(ctx context.Context, dir string, s *store.Store) (*Index, error) {
	t := &Index{store: s, dir: dir, Most: mostFound}
	var err, broken error
	if t.index, broken = openBleve(dir, s.Log); broken != nil {
		if t.index, err = newBleve(dir, s.Log); err != nil {
			return nil, err
		}
	}
	upToDate, err := t.continues()
	switch {
	case err != nil:
	case upToDate:
		err = t.CatchUp(ctx)
	default:
		s.Log.Warn("the index of texts is not that of the texts and is made anew", "dir", dir, "err", cmp.Or(broken, follow.ErrOtherCatalogue))
		err = t.Rebuild(ctx)
	}
	retrying, stop := context.WithCancel(context.WithoutCancel(ctx))
	t.stop = stop
	t.retrying.Go(func() { t.retry(retrying) })
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// Close ends retrying and closes the index.
func (t *Index) Close() error {
	t.stop()
	t.retrying.Wait()
	return t.index.close()
}
