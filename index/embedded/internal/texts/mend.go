package texts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"trawl/index/embedded/internal/follow"
	"trawl/index/embedded/internal/store"
)

// errAway is the error of an index that cannot be opened.
var errAway = errors.New("the index of texts is away")

// mend makes sure that there is an index that the news of the store continue: it closes one
// that is broken and opens it again, with all proofs, or makes it anew. The caller holds
// feeding.
func (t *Index) mend(ctx context.Context) error {
	if t.index != nil && t.index.handle.Why() == nil && !t.stale {
		return nil
	}
	switch {
	case t.away != nil:
		return t.away
	case ctx.Err() != nil:
		return ctx.Err()
	case t.monitor.Wait() > 0:
		_, err := t.monitor.Err()
		return cmp.Or(err, errAway)
	}
	if t.index == nil || t.index.handle.Why() != nil {
		if err := t.reopen(); err != nil {
			return err
		}
	}
	if !t.stale {
		return nil
	}
	start, err := t.store.Texts.RenewNews(ctx)
	if err == nil {
		err = t.index.writeNews(ctx, store.Number(start))
	}
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stale = false
	return nil
}

// reopen closes a broken index and opens it again.
func (t *Index) reopen() error {
	var why error
	if old := t.take(); old != nil {
		why = old.handle.Why()
		err := old.close(follow.ClosePatience)
		if t.monitor.Hopeless() || errors.Is(err, follow.ErrStuck) && !old.handle.Dead() {
			t.away = fmt.Errorf("%w: run `trawl rebuild`, or start trawl again (%w)", errAway, why)
			t.store.Log.Error("the index of texts fails again and again; searches for words say \"at least\" until `trawl rebuild`, or until trawl is started again", "dir", t.dir, "err", why)
			return t.away
		}
		if err == nil {
			why = nil
		}
	}
	if _, err := os.Stat(t.store.Path); err != nil {
		return fmt.Errorf("open the index of texts: %w", err) // the catalogue is gone
	}
	return t.open(why)
}

// open opens the index. If it is not sound, or not that of the texts, or must not be used, it
// makes it anew.
func (t *Index) open(unusable error) error {
	var x *bleveIndex
	err := unusable
	if err == nil {
		if x, err = openBleve(t.dir, t.monitor); err == nil {
			if err = t.prove(x); err != nil {
				_ = x.close(follow.ClosePatience) // the error of the proof counts
			}
		}
	}
	anew := err != nil
	if anew {
		if _, absent := os.Stat(t.dir); absent == nil || !t.empty() {
			t.store.Log.Warn("the index of texts cannot be used and is made anew", "dir", t.dir, "err", err)
		}
		if x, err = newBleve(t.dir, t.monitor); err != nil {
			t.monitor.Away(err)
			return err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.index, t.stale = x, anew
	return nil
}

// empty reports whether the store has no texts.
func (t *Index) empty() bool {
	v, err := t.store.View()
	if err != nil {
		return false
	}
	defer v.Close()
	return v.EachText(func([]byte) error { return follow.ErrBatchFull }) == nil
}

// take takes the index away.
func (t *Index) take() *bleveIndex {
	t.mu.Lock()
	defer t.mu.Unlock()
	x := t.index
	t.index = nil
	return x
}
