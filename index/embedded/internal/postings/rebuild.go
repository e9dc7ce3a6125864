package postings

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"trawl/index/embedded/internal/store"
)

// Rebuild makes new postings from the blocks and replaces the old ones. Searches and writers
// go on.
func (p *Postings) Rebuild(ctx context.Context) error {
	p.rebuilding.Lock()
	defer p.rebuilding.Unlock()
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

// replace replaces the current index by x.
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
	p.store.Followers.Posted(y.seq)
	p.store.Followers.Persisted(store.Postings, y.seq)
	return errors.Join(err, os.RemoveAll(old))
}

// catchUp posts all blocks of the store to an index that does not follow it.
func (x *bleveIndex) catchUp(ctx context.Context, s *store.Store) error {
	for ignore := func(uint64) {}; ; {
		if more, err := x.step(ctx, s, ignore, ignore); err != nil || !more {
			return err
		}
	}
}
