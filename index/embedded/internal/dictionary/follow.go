package dictionary

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"trawl/index/embedded/internal/follow"
	"trawl/index/embedded/internal/store"
)

const (
	// batchBlocks is the largest number of blocks that make a volume, so that their names
	// fit in memory. The follower waits for so many while more keep coming.
	batchBlocks = 4096

	// waitRounds is how many rounds the follower waits for batchBlocks in any case.
	waitRounds = 4
)

// follow takes in what is written to the store until quit is closed, and once more then.
func (d *Dictionary) follow(ctx context.Context) {
	defer close(d.done)
	failed := false
	for quit := false; ; {
		err := d.CatchUp(ctx)
		if err != nil && !failed && ctx.Err() == nil {
			d.store.Log.Error("the dictionary of repeated names cannot be written, searches are slower meanwhile; it is tried again",
				"dir", d.files.dir, "err", err)
		}
		if failed && err == nil {
			d.store.Log.Info("the dictionary of repeated names is written again", "dir", d.files.dir)
		}
		failed = err != nil
		if quit {
			return
		}
		var retry <-chan time.Time
		if failed {
			retry = time.After(follow.RetryMost)
		}
		select {
		case <-d.quit:
			quit = true
		case <-retry:
		case <-d.wake:
		case <-d.store.Followers.Changed(store.Dictionary):
			d.written.Store(true)
			follow.AwaitMore(d.quit, batchBlocks, waitRounds, d.behind)
		}
	}
}

// behind returns by how many numbers the dictionary is behind the store.
func (d *Dictionary) behind() (uint64, error) {
	d.mu.Lock()
	seq := d.state.seq
	d.mu.Unlock()
	return d.store.Since(seq)
}

// Position returns the last number of the store that the dictionary holds, store.NotFollowing if there is none.
func (d *Dictionary) Position() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state.awaits()
}

// CatchUp takes in all that the store holds, and merges volumes. If a volume is damaged it
// makes the dictionary anew; if one is damaged then, it is the store that cannot be read, and CatchUp fails.
func (d *Dictionary) CatchUp(ctx context.Context) error {
	d.feeding.Lock()
	defer d.feeding.Unlock()
	for anew := false; ; {
		more, err := d.advance(ctx)
		switch {
		case errors.Is(err, ErrDamaged) && !anew:
			anew = true
			d.store.Log.Warn("the dictionary of repeated names is damaged and is made anew", "dir", d.files.dir, "err", err)
			err = d.startAnew(ctx)
		case err == nil && !more:
			return d.giveUp(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// advance takes in a batch, and merges volumes. The caller holds feeding.
func (d *Dictionary) advance(ctx context.Context) (more bool, err error) {
	defer Guarded(&err)()
	if d.damaged.Swap(false) && d.state.kept {
		return true, ErrDamaged
	}
	if more, err = d.step(ctx); err == nil {
		err = d.mergeDue(ctx, more)
	}
	return more, err
}

// step takes in a batch of what the dictionary lacks, and reports whether there may be more.
// The caller holds feeding.
func (d *Dictionary) step(ctx context.Context) (more bool, err error) {
	old := d.state
	if !old.kept {
		return d.takeSample(ctx, old)
	}
	g, more, err := d.gather(ctx, old)
	if err != nil || g.last == old.seq {
		return false, err
	}
	next := old.after(g)
	if len(g.entries) == 0 {
		return more, d.install(ctx, next)
	}
	fresh, err := d.files.write(ctx, d.size, g.blocks, g.facts, g.each)
	if err != nil {
		return false, err
	}
	return more, d.installWith(ctx, next, fresh)
}

// gather gathers a batch of what comes after a state, and reports whether there is more.
func (d *Dictionary) gather(ctx context.Context, old *State) (g *gatherer, more bool, err error) {
	v, err := d.store.View()
	if err != nil {
		return nil, false, err
	}
	defer v.Close()
	g = &gatherer{view: v, seq: old.seq, missed: v.Forgotten(), skip: old.unread}
	if err := g.run(ctx); err != nil {
		return nil, false, fmt.Errorf("read blocks: %w", err)
	}
	return g, g.last < v.Sequence(), nil
}

// installWith installs a state with one more volume, unless that is empty.
func (d *Dictionary) installWith(ctx context.Context, next *State, fresh *volume) error {
	if fresh.names > 0 {
		next.parts = append(next.parts, part{volume: fresh})
	}
	err := d.install(ctx, next)
	if err != nil || fresh.names == 0 {
		fresh.obsolete.Store(true)
		fresh.release()
	}
	return err
}

// install writes next to the disk and makes it the present state. The caller holds feeding.
func (d *Dictionary) install(ctx context.Context, next *State) error {
	slices.SortStableFunc(next.parts, func(a, b part) int { return len(b.blocks) - len(a.blocks) })
	next.markDead()
	if err := d.files.save(next); err != nil {
		return err
	}
	return d.put(ctx, next)
}

// startAnew lets go of all volumes, also if the disk cannot be written: searches shall not meet
// them again. The state on the disk then names volumes that are gone, which the next Open notices.
// The caller holds feeding.
func (d *Dictionary) startAnew(ctx context.Context) error {
	next := &State{kept: true}
	err := d.put(ctx, next)
	return cmp.Or(err, d.files.save(next))
}

// put makes next the present state. The caller holds feeding.
func (d *Dictionary) put(ctx context.Context, next *State) error {
	d.mu.Lock()
	old := d.state
	d.state = next
	d.mu.Unlock()
	for _, p := range old.parts {
		if !next.has(p.volume) {
			p.obsolete.Store(true)
			p.release()
		}
	}
	if next.awaits() < old.awaits() {
		return d.store.Retain(ctx, store.Dictionary, next.awaits())
	}
	d.store.Followers.Persisted(store.Dictionary, next.awaits())
	return nil
}
