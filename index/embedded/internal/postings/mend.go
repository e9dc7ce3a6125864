package postings

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"trawl/index/embedded/internal/follow"
	"trawl/index/embedded/internal/store"
)

// errAway is the error of postings that cannot be opened.
var errAway = errors.New("the postings are away")

// mend makes sure that there is a current index: it closes one that is broken and opens it
// again, with all proofs, or makes it anew. Listings that the index had not written are posted again.
// Searches read the blocks that it does not cover. The caller holds feeding.
func (p *Postings) mend(ctx context.Context) error {
	if p.current != nil && p.current.handle.Why() == nil {
		return nil
	}
	switch {
	case p.away != nil:
		return p.away
	case ctx.Err() != nil:
		return ctx.Err()
	case p.monitor.Wait() > 0:
		_, err := p.monitor.Err()
		return cmp.Or(err, errAway)
	}
	return p.reopen(ctx)
}

// reopen closes a broken index and opens it again.
func (p *Postings) reopen(ctx context.Context) error {
	open := p.open
	if old := p.take(); old != nil {
		why := old.handle.Why()
		switch err := old.close(follow.ClosePatience); {
		case p.monitor.Hopeless(), errors.Is(err, follow.ErrStuck) && !old.handle.Dead():
			return p.stayAway(why)
		case p.vanished():
			p.store.Log.Warn("the postings have vanished and are made anew", "dir", p.dir)
		case err != nil: // it holds the lock of its files
			open = func() (*bleveIndex, error) { return p.openNew(why) }
		}
	}
	if _, err := os.Stat(p.store.Path); err != nil {
		return fmt.Errorf("open postings: %w", err) // the catalogue is gone
	}
	x, err := open()
	if err != nil {
		p.monitor.Away(err)
		return err
	}
	_ = p.store.Retain(ctx, store.Postings, x.seq) // it holds, though the transaction may not trim
	p.mu.Lock()
	p.current = x
	p.mu.Unlock()
	p.store.Followers.Follow(x.seq)
	return nil
}

// take takes the current index away: searches read all blocks.
func (p *Postings) take() *bleveIndex {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.current
	p.current = nil
	return x
}

// stayAway gives up. Writers do not wait for the postings any more.
func (p *Postings) stayAway(why error) error {
	p.away = fmt.Errorf("%w: run `trawl rebuild`, or start trawl again (%w)", errAway, why)
	p.store.Log.Error("the postings fail again and again; searches read all blocks until `trawl rebuild`, or until trawl is started again", "dir", p.dir, "err", why)
	p.store.Followers.Leave()
	return p.away
}

// vanished reports whether somebody has removed the postings' files.
func (p *Postings) vanished() bool {
	_, err := os.Stat(filepath.Join(p.dir, "root.bolt"))
	return errors.Is(err, fs.ErrNotExist)
}
