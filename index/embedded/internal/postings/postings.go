package postings

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"trawl/index/embedded/internal/follow"
	"trawl/index/embedded/internal/store"
)

// Postings are the trigrams and keys of blocks, in Bleve. A goroutine follows the store and
// posts the blocks that are written to it. After a crash Open posts the rest. A search reads a
// Snapshot, whose Seq says which blocks it covers, and reads later blocks from the store.
type Postings struct {
	store   *store.Store
	dir     string
	monitor *follow.Monitor // of current and those that replace it

	stop context.CancelFunc // ends the goroutine that follows the store
	done chan struct{}      // closed when it has ended

	rebuilding sync.Mutex // held by Rebuild

	feeding sync.Mutex // held while current is fed or replaced
	away    error      // why no index is opened any more, or nil; guarded by feeding

	mu      sync.RWMutex
	current *bleveIndex // guarded by mu; nil while there is none
}

// Open opens the postings in dir and starts to follow the store. Postings that cannot be
// read, or are not those of the blocks, are deleted and made anew from the blocks. If that is
// not possible now it is tried again: searches read all blocks meanwhile.
func Open(dir string, s *store.Store) (*Postings, error) {
	p := &Postings{store: s, dir: dir, monitor: follow.NewMonitor("the postings", dir, s.Log), done: make(chan struct{})}
	for _, left := range []string{dir + ".new", dir + ".old"} {
		if err := os.RemoveAll(left); err != nil {
			p.monitor.Away(fmt.Errorf("remove an unfinished rebuild: %w", err))
		}
	}
	x, err := p.open()
	if err != nil {
		p.monitor.Away(err)
	} else {
		p.current = x
		s.Followers.Follow(x.seq)
	}
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	go p.follow(ctx)
	return p, nil
}

// open opens the index. If it is not sound, or not that of the blocks, it makes it anew.
func (p *Postings) open() (*bleveIndex, error) {
	x, err := openBleve(p.dir, p.monitor, p.store.Cores)
	if err == nil {
		if err = x.proveDocuments(p.store); err == nil {
			return x, nil
		}
		_ = x.close(follow.ClosePatience) // the error of the proof counts
	}
	return p.openNew(err)
}

// openNew deletes the index, and makes an empty one.
func (p *Postings) openNew(why error) (*bleveIndex, error) {
	p.store.Log.Warn("the postings cannot be used and are made anew", "dir", p.dir, "err", why)
	if err := os.RemoveAll(p.dir); err != nil {
		return nil, fmt.Errorf("remove broken postings: %w", err)
	}
	return openBleve(p.dir, p.monitor, p.store.Cores)
}

// Close stops following and closes the files, early once endSoon is closed. The next Open posts
// what is not posted yet.
func (p *Postings) Close(endSoon <-chan struct{}) error {
	p.stop()
	<-p.done
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == nil {
		return nil
	}
	p.current.settle(endSoon)
	if err := p.current.close(follow.EndPatience); !errors.Is(err, follow.ErrStuck) {
		return err
	}
	p.store.Log.Warn("the postings did not close in time; what is missing is posted again", "dir", p.dir)
	return nil
}

// retryAfter is how long the follower waits after a failure that is not one of the disk.
const retryAfter = time.Second

// follow posts what is written to the store, until ctx is done.
func (p *Postings) follow(ctx context.Context) {
	defer close(p.done)
	failed := false
	for {
		err := p.CatchUp(ctx)
		changed, unwritable := p.WriteError()
		if err != nil && unwritable == nil && !failed && ctx.Err() == nil {
			p.store.Log.Error("posting failed and is tried again; if it does not help run `trawl rebuild`", "dir", p.dir, "err", err)
		}
		failed = err != nil
		p.store.Followers.Stuck(err)
		var retry <-chan time.Time
		if failed {
			retry = time.After(cmp.Or(p.monitor.Wait(), retryAfter))
		}
		select {
		case <-ctx.Done():
			return
		case <-retry:
		case <-changed:
		case <-p.broken():
			p.pause(ctx)
		case <-p.store.Followers.Changed(store.Postings):
			follow.AwaitMore(ctx.Done(), store.BatchBlocks, 1, p.behind)
		}
	}
}

// pause waits before a broken index is opened again.
func (p *Postings) pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(p.monitor.Wait()):
	}
}

// broken returns a channel that is closed once the current index has to be opened again.
func (p *Postings) broken() <-chan struct{} {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.current == nil {
		return nil
	}
	return p.current.handle.Broken()
}

// WriteError returns the error for which the postings cannot be written, or nil, and a
// channel that is closed when that changes.
func (p *Postings) WriteError() (changed <-chan struct{}, err error) { return p.monitor.Err() }

// Failures returns the failures in a row of each worker that fails now to write the postings.
func (p *Postings) Failures() map[string]int { return p.monitor.Failures() }

// Hold stops all changes of the postings until release is called, so that their files can be
// copied.
func (p *Postings) Hold() (release func()) {
	p.feeding.Lock()
	return p.feeding.Unlock
}

// behind returns by how many numbers the current index is behind the store.
func (p *Postings) behind() (uint64, error) {
	p.feeding.Lock()
	defer p.feeding.Unlock()
	if p.current == nil {
		return 0, errAway
	}
	return p.store.Since(p.current.seq)
}

// CatchUp posts all blocks of the store.
func (p *Postings) CatchUp(ctx context.Context) error {
	for {
		more, err := p.step(ctx)
		if err != nil || !more {
			return err
		}
	}
}

// step posts a batch to the current index, and reports whether there may be more.
func (p *Postings) step(ctx context.Context) (more bool, err error) {
	p.feeding.Lock()
	defer p.feeding.Unlock()
	if err := p.mend(ctx); err != nil {
		return false, err
	}
	return p.current.step(ctx, p.store, p.store.Followers.Posted, func(seq uint64) { p.store.Followers.Persisted(store.Postings, seq) })
}
