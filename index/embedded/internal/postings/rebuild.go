package postings

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"trawl/index/embedded/internal/disk"
	"trawl/index/embedded/internal/follow"
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
	x, err := openBleve(fresh, follow.NewMonitor("the new postings", fresh, p.store.Log), p.store.Cores)
	if err != nil {
		return fmt.Errorf("rebuild the postings: %w", err)
	}
	if err = x.catchUp(ctx, p.store); err == nil {
		err = p.replace(ctx, x)
	}
	if err != nil {
		_ = x.close(follow.ClosePatience) // the error of rebuilding counts
		_ = os.RemoveAll(fresh)
		return fmt.Errorf("rebuild the postings: %w", err)
	}
	return nil
}

// replace replaces the current index by x.
func (p *Postings) replace(ctx context.Context, x *bleveIndex) error {
	p.feeding.Lock()
	defer p.feeding.Unlock()
	if err := x.catchUp(ctx, p.store); err != nil {
		return err
	}
	if err := x.sweep(p.store); err != nil {
		return err
	}
	x.settle(nil)
	if err := x.handle.Why(); err != nil {
		return err
	}
	if err := x.close(follow.ClosePatience); err != nil {
		return err
	}
	if old := p.take(); old != nil {
		if err := old.close(follow.ClosePatience); err != nil {
			p.store.Log.Warn("the old postings did not close well", "dir", p.dir, "err", err)
		}
	}
	p.away = nil
	old := p.dir + ".old"
	err := os.Rename(p.dir, old)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		if err = disk.Rename(x.dir, p.dir); err != nil {
			_ = os.Rename(old, p.dir)
		}
	}
	if failed := p.reopen(ctx); failed != nil {
		return cmp.Or(err, failed)
	}
	return cmp.Or(err, os.RemoveAll(old))
}

// catchUp posts all blocks of the store to an index that does not follow it.
func (x *bleveIndex) catchUp(ctx context.Context, s *store.Store) error {
	for ignore := func(uint64) {}; ; {
		if more, err := x.step(ctx, s, ignore, ignore); err != nil || !more {
			return err
		}
	}
}
