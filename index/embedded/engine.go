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
	"time"

	"trawl/index"
	"trawl/index/embedded/internal/cache"
	"trawl/index/embedded/internal/cores"
	"trawl/index/embedded/internal/dictionary"
	"trawl/index/embedded/internal/disk"
	"trawl/index/embedded/internal/postings"
	"trawl/index/embedded/internal/scan"
	"trawl/index/embedded/internal/store"
	"trawl/index/embedded/internal/texts"
)

// Engine keeps a catalogue in one directory on one disk. Its methods may be called from
// several goroutines.
type Engine struct {
	store      *store.Store           // the truth
	postings   *postings.Postings     // follow the store
	dictionary *dictionary.Dictionary // follows the store
	texts      *texts.Index           // follows the store
	searcher   *scan.Searcher

	answers     *cache.Cache[question, store.State, index.Answer]
	completions *cache.Cache[started, store.State, []string]
	similar     *cache.Cache[misspelt, store.State, [][]string]

	held        *os.File        // the lock file
	skipMerging <-chan struct{} // Options.SkipMerging

	closing  sync.Once
	cancel   context.CancelFunc // ends the sweeping
	sweeping sync.WaitGroup     // of what removed hosts left
}

// Options tune an Engine. The zero value is right for nearly all.
type Options struct {
	// BlockSize is the number of entries that a block aims at; 0 is DefaultBlockSize.
	BlockSize int

	// Repeats is how often names must repeat on average for a dictionary of them to be kept;
	// 0 is dictionary.DefaultRepeats, 1 always keeps it.
	Repeats int

	// Answers is how many bytes of answers are kept; 0 is DefaultAnswers, negative keeps none.
	Answers int

	// Lag is how old a kept answer may be, at most, that lacks nothing but what crawls under way have brought; 0: not at
	// all. An answer is never older than the end of a crawl, or than anything else that changes the catalogue.
	Lag time.Duration

	// Addr returns the address of a host with its port, so that host:h:21 finds the host h
	// whose default port that is. Nil finds hosts by their names alone.
	Addr func(index.HostID) string

	// Log receives reports of damage and failed writes, with the mend; nil is none.
	Log *slog.Logger

	// Forgot is given the paths that a host no longer has, when that is durable: files, and directories that are no longer
	// listed. Of a change of more than 16,384 it is given the first ones. It must not use the engine. Nil is nobody.
	Forgot func(id index.HostID, paths ...index.Path)

	// Appeared is given what crawls and corrections find new on a host that was crawled whole before, and the host itself
	// when it is for the first time, each when it is durable. A kill between both loses the call. Of a change of more than
	// 16,384 it is given the first ones. It must not use the engine. Nil is nobody.
	Appeared func(came index.Arrivals)

	// SkipMerging is closed when Close shall end soon. Indexes that are not merged by then are
	// merged when the catalogue is open again. Nil is never closed.
	SkipMerging <-chan struct{}
}

// DefaultBlockSize is the number of entries that a block aims at.
const DefaultBlockSize = 128

// ServingLag is a good value of Options.Lag for a process that crawls and answers many.
const ServingLag = 30 * time.Second

// renewMost is how long the end of a crawl waits for the answers that many ask for to be computed anew.
const renewMost = 5 * time.Second

// DefaultAnswers is how many bytes of answers are kept: some thousand pages.
const DefaultAnswers = 32 << 20

// The directories of the indexes that follow the store.
const (
	postingsDir   = "postings"
	dictionaryDir = "dictionary"
	textsDir      = "texts"
)

// Exists reports whether there is a catalogue in a directory, or what is left of one.
func Exists(dir string) (bool, error) {
	_, err := os.Stat(filepath.Join(dir, store.File))
	if !errors.Is(err, os.ErrNotExist) {
		return err == nil, store.Explain(err)
	}
	for _, name := range []string{postingsDir, dictionaryDir, textsDir} {
		files, err := os.ReadDir(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return false, store.Explain(err)
		}
		if len(files) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// checkWhole returns an error if the store of a catalogue is missing: without it the catalogue
// would be taken for a new one.
func checkWhole(dir string) error {
	if exists, err := Exists(dir); err != nil || !exists {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, store.File)); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s is missing: %w", store.File, store.ErrDamaged)
	}
	return nil
}

// Open opens the catalogue in a directory, and makes the directory if it is not there. One
// process at a time may have it open; for others the error is ErrHeld. The caller closes it.
func Open(dir string, o Options) (*Engine, error) {
	if err := disk.MakeDir(dir); err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, store.Explain(err))
	}
	held, err := lock(dir)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, store.Explain(err))
	}
	if err := checkWhole(dir); err != nil {
		held.Close()
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	s, err := store.Open(dir, cmp.Or(o.BlockSize, DefaultBlockSize), cmp.Or(o.Log, slog.New(slog.DiscardHandler)))
	if err != nil {
		held.Close()
		return nil, err
	}
	s.Cores = cores.NewPool(runtime.GOMAXPROCS(0))
	ctx, cancel := context.WithCancel(context.Background())
	room := max(0, cmp.Or(o.Answers, DefaultAnswers))
	e := &Engine{
		store: s, held: held, cancel: cancel, skipMerging: o.SkipMerging,
		answers:     cache.New(room, o.Lag, s.State, weighAnswer),
		completions: cache.New(room/completionsPart, o.Lag, s.State, weighCompletion),
		similar:     cache.New(room/completionsPart, o.Lag, s.State, weighSimilar),
	}
	s.Renew, s.Forgot, s.Appeared = e.renew, o.Forgot, o.Appeared
	if err := e.openFollowers(dir, cmp.Or(o.Repeats, dictionary.DefaultRepeats)); err != nil {
		now := make(chan struct{})
		close(now)
		e.skipMerging = now
		return nil, errors.Join(fmt.Errorf("open %s: %w", dir, err), e.Close())
	}
	e.searcher = scan.NewSearcher(s, e.postings, e.dictionary, e.texts, s.Cores, o.Addr)
	e.sweeping.Go(func() {
		_ = e.store.Sweep(ctx) // the next Open sweeps what is left
	})
	return e, nil
}

// renew computes answers anew that many ask for.
func (e *Engine) renew(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, renewMost)
	defer stop()
	e.answers.RenewAsked(ctx)
	e.completions.RenewAsked(ctx)
}

// openFollowers opens the indexes that follow the store.
func (e *Engine) openFollowers(dir string, repeats int) (err error) {
	if e.texts, err = texts.Open(context.Background(), filepath.Join(dir, textsDir), e.store); err != nil {
		return err
	}
	if e.dictionary, err = dictionary.Open(filepath.Join(dir, dictionaryDir), e.store, repeats); err != nil {
		return err
	}
	e.postings, err = postings.Open(filepath.Join(dir, postingsDir), e.store)
	return err
}

// Close ends all work and waits for it. The next Begin takes up the crawls that are open then.
// Only the first call does anything.
func (e *Engine) Close() (err error) {
	e.closing.Do(func() { err = e.close() })
	return err
}

func (e *Engine) close() error {
	e.cancel()
	e.sweeping.Wait()
	e.answers.Close()
	e.completions.Close()
	e.similar.Close()
	err := errors.Join(e.closeFollowers(), e.store.Close())
	e.held.Close()
	return err
}

// closeFollowers closes the indexes that are open, all at once: each may wait for the disk.
func (e *Engine) closeFollowers() error {
	var ofPostings, ofTexts error
	var closing sync.WaitGroup
	if e.postings != nil {
		closing.Go(func() { ofPostings = e.postings.Close(e.skipMerging) })
	}
	if e.dictionary != nil {
		closing.Go(func() { e.dictionary.Close(e.skipMerging) })
	}
	if e.texts != nil {
		closing.Go(func() { ofTexts = e.texts.Close() })
	}
	closing.Wait()
	return errors.Join(ofPostings, ofTexts)
}

// Check keeps index.Keeper.
func (e *Engine) Check(ctx context.Context, report func(problem string)) error {
	if err := e.store.Check(ctx, report); err != nil {
		return err
	}
	if err := e.texts.Check(ctx, report); err != nil {
		return err
	}
	if err := e.dictionary.Check(ctx, report); err != nil {
		return err
	}
	return e.postings.Check(ctx, report)
}

// Rebuild keeps index.Keeper.
func (e *Engine) Rebuild(ctx context.Context) error {
	if err := e.texts.Rebuild(ctx); err != nil {
		return err
	}
	return errors.Join(e.dictionary.Rebuild(ctx), e.postings.Rebuild(ctx))
}

// Compact keeps index.Keeper.
func (e *Engine) Compact(ctx context.Context) error {
	if err := e.store.Compact(ctx); err != nil {
		return err
	}
	return e.postings.Compact(ctx)
}
