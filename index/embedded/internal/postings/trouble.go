package postings

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"

	"trawl/index/embedded/internal/store"
)

// Trouble is what Bleve tells of the work that it does on its own, writing and
// merging segments. Where that fails Bleve tries again at once and for ever; here
// it waits in between, and one line tells that it fails and one that it works again.
type Trouble struct {
	what string // cannot be written: "the postings"
	dir  string
	log  *slog.Logger
	stop chan struct{} // closed when the index closes

	mu      sync.Mutex     // guards what follows
	failing map[string]int // how often which worker of Bleve failed in a row
	err     error          // of the first failure since all worked; nil: all works
	changed chan struct{}  // closed and made anew when err changes
}

// How long Bleve waits after a failure: longer with each.
const (
	retryFirst = 50 * time.Millisecond
	RetryMost  = 5 * time.Second
)

// opening is held while an index opens: Bleve takes whom it tells from a map.
var opening sync.Mutex //nolint:gochecknoglobals // guards Bleve's global maps

// Watch opens an index of Bleve by open, which must pass the configuration that
// it gets on to Bleve, and returns the trouble that the index has.
func Watch(what, dir string, log *slog.Logger, open func(config map[string]any) error) (*Trouble, error) {
	t := &Trouble{
		what: what, dir: dir, log: log, stop: make(chan struct{}),
		failing: map[string]int{}, changed: make(chan struct{}),
	}
	opening.Lock()
	defer opening.Unlock()
	const name = "trawl"
	scorch.RegistryAsyncErrorCallbacks[name] = func(err error, _ string) { t.failed(err) }
	scorch.RegistryEventCallbacks[name] = t.worked
	defer delete(scorch.RegistryAsyncErrorCallbacks, name)
	defer delete(scorch.RegistryEventCallbacks, name)
	return t, open(map[string]any{
		"asyncErrorCallbackName": name, "eventCallbackName": name, "bolt_timeout": "1s",
	})
}

// with returns config with more in it.
func with(config, more map[string]any) map[string]any {
	maps.Copy(config, more)
	return config
}

// failed notes a failure and keeps the worker of Bleve that calls it waiting.
func (t *Trouble) failed(err error) {
	var of *scorch.ScorchError
	if !errors.As(err, &of) || errors.Is(err, scorch.ErrCleanup) {
		return // old files go another time
	}
	select {
	case <-t.stop:
	case <-time.After(t.note(of)):
	}
}

// note notes a failure and returns how long to wait.
func (t *Trouble) note(of *scorch.ScorchError) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.failing[of.Source]
	t.failing[of.Source]++
	if t.err == nil {
		err := store.Explain(errors.New(of.ErrMsg))
		if errors.Is(of, scorch.ErrAsyncPanic) {
			err = fmt.Errorf("start trawl again (%w)", err)
		}
		t.set(fmt.Errorf("%s cannot be written: %w", t.what, err))
		t.log.Error(t.what+" cannot be written; searches go on, and it is tried again", "dir", t.dir, "err", err)
	}
	return min(retryFirst<<min(before, 10), RetryMost)
}

// worked notes that a worker of Bleve has done something.
func (t *Trouble) worked(e scorch.Event) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e.Kind {
	case scorch.EventKindPersisterProgress:
		delete(t.failing, "persister")
	case scorch.EventKindMergerProgress:
		delete(t.failing, "merger")
	default:
	}
	if t.err != nil && len(t.failing) == 0 {
		t.set(nil)
		t.log.Info("writing works again", "dir", t.dir)
	}
	return true
}

// set changes err; mu is held.
func (t *Trouble) set(err error) {
	t.err = err
	close(t.changed)
	t.changed = make(chan struct{})
}

// Now returns the trouble there is, nil if there is none, and a channel that is
// closed when that changes.
func (t *Trouble) Now() (changed <-chan struct{}, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.changed, t.err
}

// tries returns how often each worker of Bleve failed in a row.
func (t *Trouble) tries() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.failing)
}

// End lets workers that wait go on, to be ended by Bleve.
func (t *Trouble) End() { close(t.stop) }
