package postings

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"trawl/index/embedded/internal/follow"
	"trawl/index/embedded/internal/store"
)

// Postings are the trigrams and keys of blocks, in Bleve. A goroutine follows the store and
// posts the blocks that are written to it. After a crash Open posts the rest. A search reads a
// Snapshot, whose Seq says which blocks it covers, and reads later blocks from the store.
type Postings struct {
	store *store.Store
	dir   string

	stop context.CancelFunc // ends the goroutine that follows the store
	done chan struct{}      // closed when it has ended

	rebuilding sync.Mutex // held by Rebuild

	feeding sync.Mutex // held while current is fed or replaced
	mu      sync.RWMutex
	current *bleveIndex // guarded by mu
}

// Open opens the postings in dir and starts to follow the store. Postings that cannot be
// read are deleted and made anew from the blocks.
func Open(dir string, s *store.Store) (*Postings, error) {
	for _, left := range []string{dir + ".new", dir + ".old"} {
		if err := os.RemoveAll(left); err != nil {
			return nil, fmt.Errorf("remove an unfinished rebuild: %w", err)
		}
	}
	x, err := openIndex(dir, s)
	if err != nil {
		s.Log.Warn("the postings cannot be used and are made anew", "dir", dir, "err", err)
		if err := os.RemoveAll(dir); err != nil {
			return nil, fmt.Errorf("remove broken postings: %w", err)
		}
		if x, err = openBleve(dir, s.Log); err != nil {
			return nil, err
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &Postings{store: s, dir: dir, stop: stop, done: make(chan struct{}), current: x}
	s.Followers.Follow(x.seq)
	go p.follow(ctx)
	return p, nil
}

// openIndex opens the index in dir. It fails with follow.ErrOtherCatalogue if the index is
// ahead of the store, for instance because a backup of the store was restored.
func openIndex(dir string, s *store.Store) (*bleveIndex, error) {
	v, err := s.View()
	if err != nil {
		return nil, err
	}
	last := v.Sequence()
	v.Close()
	x, err := openBleve(dir, s.Log)
	if err == nil && x.seq > last {
		return nil, errors.Join(follow.ErrOtherCatalogue, x.close())
	}
	return x, err
}

// Close stops following and closes the files, early once endSoon is closed. The next Open posts
// what is not posted yet.
func (p *Postings) Close(endSoon <-chan struct{}) error {
	p.stop()
	<-p.done
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current.settle(endSoon)
	return p.current.close()
}

// retryAfter is how long the follower waits after a failure.
const retryAfter = time.Second

// follow posts what is written to the store, until ctx is done.
func (p *Postings) follow(ctx context.Context) {
	defer close(p.done)
	failed := false
	for {
		err := p.CatchUp(ctx)
		changed, unwritable := p.WriteError()
		if unwritable != nil && p.vanished() {
			p.store.Log.Warn("the postings have vanished and are made anew", "dir", p.dir)
			err = p.Rebuild(ctx)
			changed, unwritable = p.WriteError()
		}
		if err != nil && unwritable == nil && !failed && ctx.Err() == nil {
			p.store.Log.Error("posting failed and is tried again; if it does not help run `trawl rebuild`", "dir", p.dir, "err", err)
		}
		failed = err != nil
		p.store.Followers.Stuck(err)
		var retry <-chan time.Time
		if failed {
			retry = time.After(retryAfter)
		}
		select {
		case <-ctx.Done():
			return
		case <-retry:
		case <-changed:
		case <-p.store.Followers.Changed(store.Postings):
			follow.AwaitMore(ctx.Done(), store.BatchBlocks, 1, p.behind)
		}
	}
}

// WriteError returns the error for which the current index cannot be written, or nil, and a
// channel that is closed when that changes.
func (p *Postings) WriteError() (changed <-chan struct{}, err error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.current.monitor.Err()
}

// Failures returns the failures in a row of each worker of Bleve that fails now to write
// the current index.
func (p *Postings) Failures() map[string]int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.current.monitor.Failures()
}

// Hold stops all changes of the postings until release is called, so that their files can be
// copied.
func (p *Postings) Hold() (release func()) {
	p.feeding.Lock()
	return p.feeding.Unlock
}

// vanished reports whether somebody has removed the postings' files, but not the store.
func (p *Postings) vanished() bool {
	_, err := os.Stat(filepath.Join(p.dir, "root.bolt"))
	_, here := os.Stat(p.store.Path)
	return errors.Is(err, fs.ErrNotExist) && here == nil
}

// behind returns by how many numbers the current index is behind the store.
func (p *Postings) behind() (uint64, error) {
	p.feeding.Lock()
	seq := p.current.seq
	p.feeding.Unlock()
	return p.store.Since(seq)
}

// CatchUp posts all blocks of the store.
func (p *Postings) CatchUp(ctx context.Context) error {
	for {
		p.feeding.Lock()
		more, err := p.current.step(ctx, p.store, p.store.Followers.Posted, func(seq uint64) { p.store.Followers.Persisted(store.Postings, seq) })
		p.feeding.Unlock()
		if err != nil || !more {
			return err
		}
	}
}
