package embedded

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"trawl/index"
	"trawl/index/embedded/internal/cache"
	"trawl/index/embedded/internal/cores"
	"trawl/index/embedded/internal/dictionary"
	"trawl/index/embedded/internal/postings"
	"trawl/index/embedded/internal/scan"
	"trawl/index/embedded/internal/store"
	"trawl/index/embedded/internal/texts"
)

// Engine keeps a catalogue in one directory on one disk.
type Engine struct {
	store    *store.Store           // the truth
	postings *postings.Postings     // follow it
	roll     *dictionary.Dictionary // follows it
	texts    *texts.Index
	held     *os.File
	hurry    <-chan struct{}

	cores       *cores.Pool // that searches compute on
	answers     *cache.Cache[question, store.State, index.Answer]
	completions *cache.Cache[started, store.State, []string]
	scans       sync.Pool // of *scan

	closing sync.Once
	cancel  context.CancelFunc // ends sweeping
	working sync.WaitGroup     // is the sweeping
}

// Options tune an Engine. The zero value is right for nearly all.
type Options struct {
	BlockSize int // entries a block; 0 is DefaultBlockSize
	Repeats   int // how often names repeat where a roll of them is kept; 0 is DefaultRepeats, 1 keeps it always
	Answers   int // bytes of answers to keep; 0 is DefaultAnswers, negative keeps none

	Log *slog.Logger // of what is damaged or cannot be written, with the mend; nil is slog.Default()

	// Hurry is closed when Close is to end soon: what is left to be merged then is
	// merged another time. Nil never is.
	Hurry <-chan struct{}
}

// DefaultBlockSize is the number of entries that a block aims at.
const DefaultBlockSize = 128

// DefaultAnswers is how many bytes of answers are kept: some thousand pages.
const DefaultAnswers = 32 << 20

// Exists tells whether there is a catalogue in a directory.
func Exists(dir string) (bool, error) {
	_, err := os.Stat(filepath.Join(dir, store.File))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, store.Explain(err)
}

// Open opens the catalogue in a directory, which is made if it is not there.
// One process at a time may have it open; for others the error is ErrHeld.
func Open(dir string, o Options) (*Engine, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, store.Explain(err))
	}
	held, err := lock(dir)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, store.Explain(err))
	}
	s, err := store.Open(dir, cmp.Or(o.BlockSize, DefaultBlockSize), cmp.Or(o.Log, slog.Default()))
	if err != nil {
		held.Close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	room := max(0, cmp.Or(o.Answers, DefaultAnswers))
	e := &Engine{
		store: s, held: held, cancel: cancel, hurry: o.Hurry,
		cores:       cores.NewPool(runtime.GOMAXPROCS(0)),
		answers:     cache.New(room, s.State, weighAnswer),
		completions: cache.New(room/completionsPart, s.State, weighCompletion),
		scans:       sync.Pool{New: func() any { return new(scan.Scan) }},
	}
	if err := e.openIndexes(dir, cmp.Or(o.Repeats, dictionary.DefaultRepeats)); err != nil {
		hurry := make(chan struct{})
		close(hurry)
		e.hurry = hurry
		return nil, errors.Join(fmt.Errorf("open %s: %w", dir, err), e.Close())
	}
	e.working.Go(func() {
		_ = e.store.Sweep(ctx) // what is left of it is for the next Open
	})
	return e, nil
}

// openIndexes opens what follows the store.
func (e *Engine) openIndexes(dir string, repeats int) (err error) {
	if e.texts, err = texts.Open(context.Background(), filepath.Join(dir, "texts"), e.store); err != nil {
		return err
	}
	if e.roll, err = dictionary.Open(filepath.Join(dir, "roll"), e.store, repeats); err != nil {
		return err
	}
	e.postings, err = postings.Open(filepath.Join(dir, "postings"), e.store)
	return err
}

// Close ends all work and waits for it. Crawls that are open then are taken up
// by the next Begin. Only the first call does something.
func (e *Engine) Close() (err error) {
	e.closing.Do(func() { err = e.close() })
	return err
}

func (e *Engine) close() error {
	e.cancel()
	e.working.Wait()
	var errs []error
	if e.postings != nil {
		errs = append(errs, e.postings.Close(e.hurry))
	}
	if e.roll != nil {
		e.roll.Close(e.hurry)
	}
	if e.texts != nil {
		errs = append(errs, e.texts.Close())
	}
	errs = append(errs, e.store.Close())
	e.held.Close()
	return errors.Join(errs...)
}

// Check keeps index.Keeper.
func (e *Engine) Check(ctx context.Context, report func(problem string)) error {
	if err := e.store.Check(ctx, report); err != nil {
		return err
	}
	if err := e.texts.Check(ctx, report); err != nil {
		return err
	}
	if err := e.roll.Check(ctx, report); err != nil {
		return err
	}
	return e.postings.Check(ctx, report)
}

// Rebuild keeps index.Keeper.
func (e *Engine) Rebuild(ctx context.Context) error {
	if err := e.texts.Rebuild(ctx); err != nil {
		return err
	}
	return errors.Join(e.roll.Rebuild(ctx), e.postings.Rebuild(ctx))
}

// Compact keeps index.Keeper.
func (e *Engine) Compact(ctx context.Context) error {
	if err := e.store.Compact(ctx); err != nil {
		return err
	}
	return e.postings.Compact(ctx)
}
