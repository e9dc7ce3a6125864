package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
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

	feeding sync.Mutex // held by who feeds current, or replaces it
	mu      sync.RWMutex
	current *postingIndex // guarded by mu
}

// lazily is how long the follower lets small changes gather, since Bleve makes a
// file of each batch. Searches do not wait for it.
const lazily = 250 * time.Millisecond

// openPostings opens the postings in dir and starts to follow the store. Postings
// that cannot be read are thrown away and made anew from the blocks.
func openPostings(dir string, s *store) (*postings, error) {
	for _, left := range []string{dir + ".new", dir + ".old"} {
		if err := os.RemoveAll(left); err != nil {
			return nil, fmt.Errorf("clear away a broken off rebuild: %w", err)
		}
	}
	x, err := openPostingIndex(dir)
	if err != nil {
		slog.Warn("the postings cannot be read and are made anew", "dir", dir, "err", err)
		if err := os.RemoveAll(dir); err != nil {
			return nil, fmt.Errorf("clear away broken postings: %w", err)
		}
		if x, err = openPostingIndex(dir); err != nil {
			return nil, err
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &postings{store: s, dir: dir, stop: stop, done: make(chan struct{}), current: x}
	s.follow(x.seq)
	go p.follow(ctx)
	return p, nil
}

// close stops to follow and closes the files. What is not posted yet is so when
// they are opened again.
func (p *postings) close() error {
	p.stop()
	<-p.done
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.current.close()
}

// follow posts what the store writes until ctx is done.
func (p *postings) follow(ctx context.Context) {
	defer close(p.done)
	for {
		err := p.catchUp(ctx)
		if err != nil && ctx.Err() == nil {
			slog.Error("posting failed; run `trawl rebuild`", "dir", p.dir, "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-p.store.changed():
		}
		p.gather(ctx)
	}
}

// gather waits a moment for more changes if there are few.
func (p *postings) gather(ctx context.Context) {
	v, err := p.store.view()
	if err != nil {
		return
	}
	behind := v.sequence() - p.fed()
	v.close()
	if behind >= batchBlocks {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(lazily):
	}
}

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
		more, err := p.current.step(ctx, p.store, p.store.posted)
		p.feeding.Unlock()
		if err != nil || !more {
			return err
		}
	}
}

// rebuild makes the postings anew from the blocks and puts them in the place of
// the old ones, while searches and writers go on.
func (p *postings) rebuild(ctx context.Context) error {
	fresh := p.dir + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("rebuild the postings: %w", err)
	}
	x, err := openPostingIndex(fresh)
	if err != nil {
		return fmt.Errorf("rebuild the postings: %w", err)
	}
	for more := true; more && err == nil; {
		more, err = x.step(ctx, p.store, nil)
	}
	if err == nil {
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
	for more := true; more; {
		var err error
		if more, err = x.step(ctx, p.store, nil); err != nil {
			return err
		}
	}
	if err := x.sweep(p.store); err != nil {
		return err
	}
	if err := x.close(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.dir + ".old"
	if err := errors.Join(p.current.close(), os.Rename(p.dir, old), os.Rename(x.dir, p.dir)); err != nil {
		return err
	}
	y, err := openPostingIndex(p.dir)
	if err != nil {
		return err
	}
	p.current = y
	p.store.posted(y.seq)
	return os.RemoveAll(old)
}
