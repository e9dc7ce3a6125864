package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// postings are the trigrams and keys of blocks, in Bleve. They follow the store:
// a goroutine posts what is written, and what a kill cut off is posted when they
// are opened again. Searches read a snapshot, which tells up to which block it
// holds all, and look at the younger blocks themselves.
type postings struct {
	store *store
	dir   string

	stop context.CancelFunc // of the goroutine that follows
	done chan struct{}      // closed when it has ended

	renewing sync.Mutex // held while they are made anew

	feeding sync.Mutex // held by who feeds current, or replaces it
	mu      sync.RWMutex
	current *postingIndex // guarded by mu
}

// lazily is how long the follower lets changes gather, since Bleve makes a file of
// each batch, and that as often as lazyTimes while there are no more than few
// blocks. Searches do not wait for it: they read these blocks.
const (
	lazily    = 250 * time.Millisecond
	lazyTimes = 12
	few       = 128
)

// openPostings opens the postings in dir and starts to follow the store. Postings
// that cannot be read are thrown away and made anew from the blocks.
func openPostings(dir string, s *store) (*postings, error) {
	for _, left := range []string{dir + ".new", dir + ".old"} {
		if err := os.RemoveAll(left); err != nil {
			return nil, fmt.Errorf("clear away a rebuild that was cut off: %w", err)
		}
	}
	x, err := openPostingsOf(dir, s)
	if err != nil {
		s.log.Warn("the postings cannot be used and are made anew", "dir", dir, "err", err)
		if err := os.RemoveAll(dir); err != nil {
			return nil, fmt.Errorf("clear away broken postings: %w", err)
		}
		if x, err = openPostingIndex(dir, s.log); err != nil {
			return nil, err
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &postings{store: s, dir: dir, stop: stop, done: make(chan struct{}), current: x}
	s.follow(x.seq)
	go p.follow(ctx)
	return p, nil
}

// openPostingsOf opens the index in dir unless it knows blocks that the store has
// not written yet, being that of another store, say of one before a backup was
// put back.
func openPostingsOf(dir string, s *store) (*postingIndex, error) {
	v, err := s.view()
	if err != nil {
		return nil, err
	}
	last := v.sequence()
	v.close()
	x, err := openPostingIndex(dir, s.log)
	if err == nil && x.seq > last {
		return nil, errors.Join(errOther, x.close())
	}
	return x, err
}

// close stops to follow and closes the files, soon once hurry is closed. What is
// not posted yet is so when they are opened again.
func (p *postings) close(hurry <-chan struct{}) error {
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
func (p *postings) follow(ctx context.Context) {
	defer close(p.done)
	failed := false
	for {
		err := p.catchUp(ctx)
		changed, trouble := p.trouble()
		if trouble != nil && p.vanished() {
			p.store.log.Warn("the postings have vanished and are made anew", "dir", p.dir)
			err = p.rebuild(ctx)
			changed, trouble = p.trouble()
		}
		if err != nil && trouble == nil && !failed && ctx.Err() == nil {
			p.store.log.Error("posting failed and is tried again; if it does not help run `trawl rebuild`", "dir", p.dir, "err", err)
		}
		failed = err != nil
		p.store.stuck(err)
		var retry <-chan time.Time
		if failed {
			retry = time.After(again)
		}
		select {
		case <-ctx.Done():
			return
		case <-retry:
		case <-changed:
		case <-p.store.changed(ofPostings):
			gather(ctx.Done(), batchBlocks, 1, p.behind)
		}
	}
}

// trouble returns the trouble that the current index has, and a channel that is
// closed when that changes.
func (p *postings) trouble() (changed <-chan struct{}, err error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.current.trouble.now()
}

// failing returns how often each worker of Bleve failed in a row to write the current
// index.
func (p *postings) failing() map[string]int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.current.trouble.tries()
}

// Hold keeps the postings as they are, so that their files can be copied, until release
// is called.
func (p *postings) Hold() (release func()) {
	p.feeding.Lock()
	return p.feeding.Unlock
}

// vanished tells whether somebody has removed the postings, but not the store.
func (p *postings) vanished() bool {
	_, err := os.Stat(filepath.Join(p.dir, "root.bolt"))
	_, here := os.Stat(p.store.path)
	return errors.Is(err, fs.ErrNotExist) && here == nil
}

// gather waits a moment for more changes if there are few: until behind tells of a batch
// or, once it has waited some rounds, of no less than few, or stop is closed.
func gather(stop <-chan struct{}, batch uint64, rounds int, behind func() (uint64, error)) {
	for i := range lazyTimes {
		n, err := behind()
		if err != nil || n >= batch || i >= rounds && n >= few {
			return
		}
		select {
		case <-stop:
			return
		case <-time.After(lazily):
		}
	}
}

// behind returns by how many numbers the current index is behind the store.
func (p *postings) behind() (uint64, error) { return p.store.since(p.fed()) }

// fed returns up to where the current index was fed.
func (p *postings) fed() uint64 {
	p.feeding.Lock()
	defer p.feeding.Unlock()
	return p.current.seq
}

// catchUp posts all that the store holds.
func (p *postings) catchUp(ctx context.Context) error {
	for {
		p.feeding.Lock()
		more, err := p.current.step(ctx, p.store, p.store.posted, func(seq uint64) { p.store.persisted(ofPostings, seq) })
		p.feeding.Unlock()
		if err != nil || !more {
			return err
		}
	}
}

// rebuild makes the postings anew from the blocks and puts them in the place of
// the old ones, while searches and writers go on.
func (p *postings) rebuild(ctx context.Context) error {
	p.renewing.Lock()
	defer p.renewing.Unlock()
	fresh := p.dir + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("rebuild the postings: %w", err)
	}
	x, err := openPostingIndex(fresh, p.store.log)
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
func (p *postings) replace(ctx context.Context, x *postingIndex) error {
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
		p.store.log.Warn("the old postings did not close well", "dir", p.dir, "err", err)
	}
	old := p.dir + ".old"
	err := os.Rename(p.dir, old)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = os.Rename(x.dir, p.dir)
	}
	y, failed := openPostingIndex(p.dir, p.store.log)
	if failed != nil {
		return errors.Join(err, failed)
	}
	p.current = y
	p.store.posted(y.seq)
	p.store.persisted(ofPostings, y.seq)
	return errors.Join(err, os.RemoveAll(old))
}

// catchUp posts all that the store holds, to an index that does not follow it.
func (x *postingIndex) catchUp(ctx context.Context, s *store) error {
	for nobody := func(uint64) {}; ; {
		if more, err := x.step(ctx, s, nobody, nobody); err != nil || !more {
			return err
		}
	}
}
