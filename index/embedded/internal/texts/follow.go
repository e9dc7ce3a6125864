package texts

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strings"

	"trawl/index/embedded/internal/store"
)

// continues reports whether the news in the store continue from the number of the index.
func (t *Index) continues() (bool, error) {
	known, err := t.index.GetInternal([]byte(internalNews))
	if err != nil {
		return false, fmt.Errorf("open texts: %w", err)
	}
	v, err := t.store.View()
	if err != nil {
		return false, err
	}
	defer v.Close()
	first, last := v.LastNews()
	at := uint64(0)
	if len(known) == 8 {
		at = binary.BigEndian.Uint64(known)
	}
	return first-1 <= at && at <= last, nil
}

// retry catches up whenever the index can be written again, until ctx is done.
func (t *Index) retry(ctx context.Context) {
	for {
		t.mu.RLock()
		changed, err := t.index.monitor.Err()
		t.mu.RUnlock()
		if err == nil {
			_ = t.CatchUp(ctx) // the monitor logs a disk that cannot be written
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// CatchUp brings the index up to date. When it returns Find finds all texts.
func (t *Index) CatchUp(ctx context.Context) error {
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
		if n, err := t.step(ctx); err != nil || n == 0 {
			return err
		}
	}
}

// step indexes the texts of some news, removes these news from the store, and returns how many
// they were. A text that cannot be read is logged and not found.
func (t *Index) step(ctx context.Context) (int, error) {
	const most = 100
	v, err := t.store.View()
	if err != nil {
		return 0, err
	}
	batch := t.index.NewBatch()
	var done [][]byte
	err = v.EachNews(most, func(n, key []byte) error {
		done = append(done, bytes.Clone(n))
		switch record, damage := v.TextAt(key); {
		case damage != nil:
			t.store.Log.Error("a text cannot be read and is not found; run `trawl check`", "path", string(key[4:]), "err", damage)
			batch.Delete(string(key))
		case record != nil:
			return batch.Index(string(key), map[string]any{"body": strings.Join(wordsOf(record.Body), " ")})
		default:
			batch.Delete(string(key))
		}
		return nil
	})
	v.Close()
	if err != nil || len(done) == 0 {
		return 0, err
	}
	batch.SetInternal([]byte(internalNews), done[len(done)-1])
	if err := t.index.Batch(batch); err != nil { // it waits for the disk
		return 0, store.Explain(err)
	}
	return len(done), t.store.Texts.ForgetNews(ctx, done)
}

// Rebuild makes the index anew. Searches wait until an empty index is there, and find all texts
// when Rebuild returns.
func (t *Index) Rebuild(ctx context.Context) error {
	t.feeding.Lock()
	defer t.feeding.Unlock()
	start, err := t.store.Texts.RenewNews(ctx)
	if err == nil {
		err = t.replace(start)
	}
	if err == nil {
		err = t.follow(ctx)
	}
	if err != nil {
		return fmt.Errorf("rebuild the index of texts: %w", err)
	}
	return nil
}

// replace replaces the index by an empty one that covers the news up to start.
func (t *Index) replace(start uint64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.index.close(); err != nil {
		t.store.Log.Warn("the old index of texts did not close well", "dir", t.dir, "err", err)
	}
	x, err := newBleve(t.dir, t.store.Log)
	if err != nil {
		return err
	}
	t.index = x
	return x.SetInternal([]byte(internalNews), store.Number(start))
}
