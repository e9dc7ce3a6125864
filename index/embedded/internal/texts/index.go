package texts

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"trawl/index/embedded/internal/follow"
	"trawl/index/embedded/internal/store"
)

// Index is the index of texts by their words. It follows the news of the store, the list of
// texts that have changed, in the order of their numbers.
type Index struct {
	store   *store.Store
	dir     string
	monitor *follow.Monitor // of index and those that replace it
	Most    int             // the most texts that Find returns; tests lower it

	stop     context.CancelFunc // ends following
	retrying sync.WaitGroup     // the goroutine that retries
	again    chan struct{}      // holds a value if news wait that could not be indexed

	feeding    sync.Mutex      // held while index is written or replaced; guards what follows
	away       error           // why no index is opened any more, or nil
	unreadable map[string]bool // by key: texts that cannot be read and were logged

	mu    sync.RWMutex // held for reading while index is used, and for writing to replace it
	index *bleveIndex  // nil while there is none
	stale bool         // index is empty, and not all texts are news
}

// Open opens the index of texts in dir and brings it up to date. An index that cannot be
// read, or is not that of the texts, is deleted and made anew. If that is not possible now it
// is tried again: searches read few texts one by one meanwhile, and say "at least" if there are
// many.
func Open(ctx context.Context, dir string, s *store.Store) (*Index, error) {
	t := &Index{
		store: s, dir: dir, Most: mostFound, again: make(chan struct{}, 1), unreadable: map[string]bool{},
		monitor: follow.NewMonitor("the index of texts", dir, s.Log),
	}
	following, stop := context.WithCancel(context.WithoutCancel(ctx))
	t.stop = stop
	_ = t.CatchUp(ctx) // retry goes on, and logs why
	t.retrying.Go(func() { t.retry(following) })
	if err := ctx.Err(); err != nil {
		return nil, cmp.Or(err, t.Close())
	}
	return t, nil
}

// WriteError returns the error for which the index cannot be written, or nil, and a channel that is closed when that
// changes.
func (t *Index) WriteError() (changed <-chan struct{}, err error) { return t.monitor.Err() }

// Close ends following and closes the index.
func (t *Index) Close() error {
	t.stop()
	t.retrying.Wait()
	x := t.take()
	if x == nil {
		return nil
	}
	if err := x.close(follow.EndPatience); !errors.Is(err, follow.ErrStuck) {
		return err
	}
	t.store.Log.Warn("the index of texts did not close in time; what is missing is indexed again", "dir", t.dir)
	return nil
}

// retryAfter is how long to wait after a failure that is not one of the disk.
const retryAfter = time.Second

// retry catches up whenever that failed or the index is broken, until ctx is done.
func (t *Index) retry(ctx context.Context) {
	failed := false
	for {
		err := t.catchUp(ctx)
		if _, unwritable := t.monitor.Err(); err != nil && unwritable == nil && !failed && ctx.Err() == nil {
			t.store.Log.Error("indexing texts failed and is tried again; if it does not help run `trawl rebuild`", "dir", t.dir, "err", err)
		}
		failed = err != nil
		var retry <-chan time.Time
		if failed {
			retry = time.After(cmp.Or(t.monitor.Wait(), retryAfter))
		}
		select {
		case <-ctx.Done():
			return
		case <-retry:
		case <-t.again:
		case <-t.broken():
			select {
			case <-ctx.Done():
				return
			case <-time.After(t.monitor.Wait()):
			}
		}
	}
}

// broken returns a channel that is closed once the index has to be opened again.
func (t *Index) broken() <-chan struct{} {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.index == nil {
		return nil
	}
	return t.index.handle.Broken()
}
