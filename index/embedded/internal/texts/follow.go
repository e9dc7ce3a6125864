package texts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"trawl/index/embedded/internal/follow"
	"trawl/index/embedded/internal/store"
)

// CatchUp brings the index up to date. An index that is broken is opened again, or made anew.
// If that fails it is tried again in the background.
func (t *Index) CatchUp(ctx context.Context) error {
	err := t.catchUp(ctx)
	if err != nil {
		select {
		case t.again <- struct{}{}:
		default:
		}
	}
	return err
}

// Hold stops all changes of the index until release is called.
func (t *Index) Hold() (release func()) {
	t.feeding.Lock()
	return t.feeding.Unlock
}

func (t *Index) catchUp(ctx context.Context) error {
	t.feeding.Lock()
	defer t.feeding.Unlock()
	if err := t.follow(ctx); err != nil {
		return fmt.Errorf("index texts: %w", err)
	}
	return nil
}

// follow indexes all news. The caller holds feeding.
func (t *Index) follow(ctx context.Context) error {
	for {
		if err := t.mend(ctx); err != nil {
			return err
		}
		if n, err := t.step(ctx); err != nil || n == 0 {
			return err
		}
	}
}

// step indexes the texts of some news, removes these news from the store, and returns how many
// they were. A text that cannot be read is logged and stays news: searches for words look at it
// and say "at least".
func (t *Index) step(ctx context.Context) (n int, err error) {
	const most = 100
	v, err := t.store.View()
	if err != nil {
		return 0, err
	}
	batch := t.index.NewBatch()
	var done [][]byte
	err = v.EachNews(math.MaxInt, func(n, key []byte) error {
		if len(done) == most {
			return follow.ErrBatchFull
		}
		record, unreadable := textAt(v, key)
		if unreadable != nil {
			t.logUnreadable(key, unreadable)
			return nil
		}
		done = append(done, bytes.Clone(n))
		if record == nil {
			batch.Delete(string(key))
			return nil
		}
		return batch.Index(string(key), map[string]any{"body": strings.Join(wordsOf(record.Body), " ")})
	})
	v.Close()
	if errors.Is(err, follow.ErrBatchFull) {
		err = nil
	}
	switch {
	case err != nil:
		return 0, err
	case len(done) == 0 && t.index.untried:
		return 0, t.index.try(ctx)
	case len(done) == 0:
		return 0, nil
	}
	batch.SetInternal([]byte(internalNews), done[len(done)-1])
	if err := t.index.write(ctx, batch); err != nil {
		return 0, store.Explain(err)
	}
	return len(done), t.store.Texts.ForgetNews(ctx, done)
}

// logUnreadable logs a text that cannot be read, once.
func (t *Index) logUnreadable(key []byte, why error) {
	if !t.unreadable[string(key)] {
		t.unreadable[string(key)] = true
		t.store.Log.Error("a text cannot be read, and searches for words say \"at least\"; run `trawl check`", "path", string(key[4:]), "err", why)
	}
}

// textAt returns the text under a key, or nil if there is none.
func textAt(v *store.View, key []byte) (text *store.Text, err error) {
	defer store.Guarded(&err)()
	return v.TextAt(key)
}

// Rebuild makes the index anew. Searches find all texts when Rebuild returns.
func (t *Index) Rebuild(ctx context.Context) error {
	t.feeding.Lock()
	defer t.feeding.Unlock()
	if old := t.take(); old != nil {
		if err := old.close(follow.ClosePatience); err != nil {
			t.store.Log.Warn("the old index of texts did not close well", "dir", t.dir, "err", err)
		}
	}
	t.away = nil
	x, err := newBleve(t.dir, t.monitor)
	if err != nil {
		t.monitor.Away(err)
		return fmt.Errorf("rebuild the index of texts: %w", err)
	}
	t.mu.Lock()
	t.index, t.stale = x, true
	t.mu.Unlock()
	if err := t.follow(ctx); err != nil {
		return fmt.Errorf("rebuild the index of texts: %w", err)
	}
	return nil
}
