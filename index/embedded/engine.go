package embedded

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"sync"
)

// Engine keeps a catalogue in one directory on one disk.
type Engine struct {
	store *store // the truth
	held  *os.File
	open  openCrawls

	cancel  context.CancelFunc // ends sweeping
	working sync.WaitGroup     // is the sweeping
}

// Options tune an Engine. The zero value is right for nearly all.
type Options struct {
	BlockSize int // entries a block; 0 is DefaultBlockSize
}

// DefaultBlockSize is the number of entries that a block aims at.
const DefaultBlockSize = 128

// Open opens the catalogue in a directory, which is made if it is not there.
// One process at a time may have it open; for others the error is ErrHeld.
func Open(dir string, o Options) (*Engine, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, plain(err))
	}
	held, err := lock(dir)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, plain(err))
	}
	s, err := openStore(dir, cmp.Or(o.BlockSize, DefaultBlockSize))
	if err != nil {
		held.Close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	e := &Engine{store: s, held: held, cancel: cancel}
	e.working.Go(func() {
		_ = e.store.sweep(ctx) // what is left of it is for the next Open
	})
	return e, nil
}

// Close ends all work and waits for it. Crawls that are open then are taken up
// by the next Begin.
func (e *Engine) Close() error {
	e.cancel()
	e.working.Wait()
	err := e.store.close()
	e.held.Close()
	return err
}

// Check keeps index.Keeper.
func (e *Engine) Check(ctx context.Context, report func(problem string)) error {
	return e.store.check(ctx, report)
}

// Compact keeps index.Keeper.
func (e *Engine) Compact(ctx context.Context) error { return e.store.compact(ctx) }
