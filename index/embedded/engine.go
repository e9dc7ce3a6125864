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
)

// Engine keeps a catalogue in one directory on one disk.
type Engine struct {
	store    *store    // the truth
	postings *postings // follow it
	roll     *roll     // follows it
	texts    *texts
	held     *os.File
	hurry    <-chan struct{}
	addr     func(index.HostID) string // see Options
	open     openCrawls

	cores       *cores // that searches compute on
	answers     *answers[question, index.Answer]
	completions *answers[started, []string]
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

	// Addr returns the address of a host with its port, so that host:h:21 finds the
	// host h whose default port that is. Nil finds hosts by their names alone.
	Addr func(index.HostID) string

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
	_, err := os.Stat(filepath.Join(dir, dbFile))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, plain(err)
}

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
	s, err := openStore(dir, cmp.Or(o.BlockSize, DefaultBlockSize), cmp.Or(o.Log, slog.Default()))
	if err != nil {
		held.Close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	room := max(0, cmp.Or(o.Answers, DefaultAnswers))
	e := &Engine{
		store: s, held: held, cancel: cancel, hurry: o.Hurry, addr: o.Addr,
		cores:       newCores(runtime.GOMAXPROCS(0)),
		answers:     newAnswers(room, s, weighAnswer),
		completions: newAnswers(room/completionsPart, s, weighCompletion),
		scans:       sync.Pool{New: func() any { return new(scan) }},
	}
	if err := e.openIndexes(dir, cmp.Or(o.Repeats, DefaultRepeats)); err != nil {
		hurry := make(chan struct{})
		close(hurry)
		e.hurry = hurry
		return nil, errors.Join(fmt.Errorf("open %s: %w", dir, err), e.Close())
	}
	e.working.Go(func() {
		_ = e.store.sweep(ctx) // what is left of it is for the next Open
	})
	return e, nil
}

// openIndexes opens what follows the store.
func (e *Engine) openIndexes(dir string, repeats int) (err error) {
	if e.texts, err = openTexts(context.Background(), filepath.Join(dir, "texts"), e.store); err != nil {
		return err
	}
	if e.roll, err = openRoll(filepath.Join(dir, "roll"), e.store, repeats); err != nil {
		return err
	}
	e.postings, err = openPostings(filepath.Join(dir, "postings"), e.store)
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
		errs = append(errs, e.postings.close(e.hurry))
	}
	if e.roll != nil {
		e.roll.close(e.hurry)
	}
	if e.texts != nil {
		errs = append(errs, e.texts.close())
	}
	errs = append(errs, e.store.close())
	e.held.Close()
	return errors.Join(errs...)
}

// Check keeps index.Keeper.
func (e *Engine) Check(ctx context.Context, report func(problem string)) error {
	if err := e.store.check(ctx, report); err != nil {
		return err
	}
	if err := e.texts.check(ctx, report); err != nil {
		return err
	}
	if err := e.roll.check(ctx, report); err != nil {
		return err
	}
	return e.postings.check(ctx, report)
}

// Rebuild keeps index.Keeper.
func (e *Engine) Rebuild(ctx context.Context) error {
	if err := e.texts.rebuild(ctx); err != nil {
		return err
	}
	return errors.Join(e.roll.rebuild(ctx), e.postings.rebuild(ctx))
}

// Compact keeps index.Keeper.
func (e *Engine) Compact(ctx context.Context) error {
	if err := e.store.compact(ctx); err != nil {
		return err
	}
	return e.postings.compact(ctx)
}
