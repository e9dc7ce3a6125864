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

// Postings are the trigrams and keys of blocks, in Bleve. They follow the store:
// a goroutine posts what is written, and what a kill cut off is posted when they
// are opened again. Searches read a snapshot, which tells up to which block it
// holds all, and look at the younger blocks themselves.
type Postings struct {
	store *store.Store
	dir   string

	stop context.CancelFunc // of the goroutine that follows
	done chan struct{}      // closed when it has ended

	renewing sync.Mutex // held while they are made anew

	feeding sync.Mutex // held by who feeds current, or replaces it
	mu      sync.RWMutex
	current *bleveIndex // guarded by mu
}

// Open opens the postings in dir and starts to follow the store. Postings
// that cannot be read are thrown away and made anew from the blocks.
func Open(dir string, s *store.Store) (*Postings, error) {
	for _, left := range []string{dir + ".new", dir + ".old"} {
		if err := os.RemoveAll(left); err != nil {
			return nil, fmt.Errorf("clear away a rebuild that was cut off: %w", err)
		}
	}
	x, err := openIndex(dir, s)
	if err != nil {
		s.Log.Warn("the postings cannot be used and are made anew", "dir", dir, "err", err)
		if err := os.RemoveAll(dir); err != nil {
			return nil, fmt.Errorf("clear away broken postings: %w", err)
		}
		if x, err = openBleve(dir, s.Log); err != nil {
			return nil, err
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &Postings{store: s, dir: dir, stop: stop, done: make(chan struct{}), current: x}
	s.Follow(x.seq)
	go p.follow(ctx)
	return p, nil
}

// openIndex opens the index in dir unless it knows blocks that the store has
// not written yet, being that of another store, say of one before a backup was
// put back.
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

// Close stops to follow and closes the files, soon once hurry is closed. What is
// not posted yet is so when they are opened again.
func (p *Postings) Close(hurry <-chan struct{}) error {
	p.stop()
	<-p.done
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current.settle(hurry)
	return p.current.close()
}

// again is how long the follower waits before it tries again what failed.
const again = time.Second

// follow posts what the store writes until ctx is done.
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
		p.store.Stuck(err)
		var retry <-chan time.Time
		if failed {
			retry = time.After(again)
		}
		select {
		case <-ctx.Done():
			return
		case <-retry:
		case <-changed:
		case <-p.store.Changed(store.Postings):
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

// Hold keeps the postings as they are, so that their files can be copied, until release
// is called.
func (p *Postings) Hold() (release func()) {
	p.feeding.Lock()
	return p.feeding.Unlock
}

// vanished tells whether somebody has removed the postings, but not the store.
func (p *Postings) vanished() bool {
	_, err := os.Stat(filepath.Join(p.dir, "root.bolt"))
	_, here := os.Stat(p.store.Path)
	return errors.Is(err, fs.ErrNotExist) && here == nil
}

// behind returns by how many numbers the current index is behind the store.
func (p *Postings) behind() (uint64, error) { return p.store.Since(p.fed()) }

// fed returns up to where the current index was fed.
func (p *Postings) fed() uint64 {
	p.feeding.Lock()
	defer p.feeding.Unlock()
	return p.current.seq
}

// CatchUp posts all that the store holds.
func (p *Postings) CatchUp(ctx context.Context) error {
	for {
		p.feeding.Lock()
		more, err := p.current.step(ctx, p.store, p.store.Posted, func(seq uint64) { p.store.Persisted(store.Postings, seq) })
		p.feeding.Unlock()
		if err != nil || !more {
			return err
		}
	}
}

// Rebuild makes the postings anew from the blocks and puts them in the place of
// the old ones, while searches and writers go on.
func (p *Postings) Rebuild(ctx context.Context) error {
	p.renewing.Lock()
	defer p.renewing.Unlock()
	fresh := p.dir + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("rebuild the postings: %w", err)
	}
	x, err := openBleve(fresh, p.store.Log)
	if err != nil {
		return fmt.Errorf("rebuild the postings: %w", err)
	}
	if err = x.catchUp(ctx, p.store); err == nil {
		err = p.replace(ctx, x)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("rebuild the postings: %w", err), x.close(), os.RemoveAll(fresh))
	}
	return nil
}

// replace puts x in the place of the current index.
func (p *Postings) replace(ctx context.Context, x *bleveIndex) error {
	p.feeding.Lock()
	defer p.feeding.Unlock()
	if err := errors.Join(x.catchUp(ctx, p.store), x.sweep(p.store)); err != nil {
		return err
	}
	x.settle(nil)
	if err := x.close(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.current.close(); err != nil {
		p.store.Log.Warn("the old postings did not close well", "dir", p.dir, "err", err)
	}
	old := p.dir + ".old"
	err := os.Rename(p.dir, old)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = os.Rename(x.dir, p.dir)
	}
	y, failed := openBleve(p.dir, p.store.Log)
	if failed != nil {
		return errors.Join(err, failed)
	}
	p.current = y
	p.store.Posted(y.seq)
	p.store.Persisted(store.Postings, y.seq)
	return errors.Join(err, os.RemoveAll(old))
}

// catchUp posts all that the store holds, to an index that does not follow it.
func (x *bleveIndex) catchUp(ctx context.Context, s *store.Store) error {
	for nobody := func(uint64) {}; ; {
		if more, err := x.step(ctx, s, nobody, nobody); err != nil || !more {
			return err
		}
	}
}
