package follow

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

// Monitor observes the workers with which Bleve writes and merges the segments of an
// index. A worker of Bleve that fails tries again at once and for ever. A Monitor makes it
// wait in between, and logs one line when writing fails and one when it works again.
type Monitor struct {
	what string // names the index: "the postings"
	dir  string
	log  *slog.Logger
	stop chan struct{} // closed by Stop

	mu      sync.Mutex     // guards what follows
	failing map[string]int // by worker: its failures in a row
	err     error          // of the first failure since all workers worked, or nil
	changed chan struct{}  // closed and replaced when err changes
}

// A worker waits retryFirst after its first failure, twice as long after each further one,
// and RetryMost at most.
const (
	retryFirst = 50 * time.Millisecond
	RetryMost  = 5 * time.Second
)

// opening is held while an index opens: Bleve finds its callbacks in a global map.
var opening sync.Mutex //nolint:gochecknoglobals // guards Bleve's global maps

// Watch opens an index of Bleve by calling open, which must pass the configuration that it
// receives on to Bleve, and returns the monitor of that index.
func Watch(what, dir string, log *slog.Logger, open func(config map[string]any) error) (*Monitor, error) {
	m := &Monitor{
		what: what, dir: dir, log: log, stop: make(chan struct{}),
		failing: map[string]int{}, changed: make(chan struct{}),
	}
	opening.Lock()
	defer opening.Unlock()
	const name = "trawl"
	scorch.RegistryAsyncErrorCallbacks[name] = func(err error, _ string) { m.failed(err) }
	scorch.RegistryEventCallbacks[name] = m.worked
	defer delete(scorch.RegistryAsyncErrorCallbacks, name)
	defer delete(scorch.RegistryEventCallbacks, name)
	return m, open(map[string]any{
		"asyncErrorCallbackName": name, "eventCallbackName": name, "bolt_timeout": "1s",
	})
}

// failed records a failure. It blocks the worker that calls it until it is to try again.
func (m *Monitor) failed(err error) {
	var failure *scorch.ScorchError
	if !errors.As(err, &failure) || errors.Is(err, scorch.ErrCleanup) {
		return // Bleve removes old files another time
	}
	select {
	case <-m.stop:
	case <-time.After(m.record(failure)):
	}
}

// record records a failure and returns how long its worker is to wait.
func (m *Monitor) record(failure *scorch.ScorchError) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.failing[failure.Source]
	m.failing[failure.Source]++
	if m.err == nil {
		err := store.Explain(errors.New(failure.ErrMsg))
		if errors.Is(failure, scorch.ErrAsyncPanic) {
			err = fmt.Errorf("start trawl again (%w)", err)
		}
		m.set(fmt.Errorf("%s cannot be written: %w", m.what, err))
		m.log.Error(m.what+" cannot be written; searches go on, and it is tried again", "dir", m.dir, "err", err)
	}
	return min(retryFirst<<min(before, 10), RetryMost)
}

// worked records that a worker has succeeded. It is a callback of Bleve, which goes on if
// it returns true.
func (m *Monitor) worked(e scorch.Event) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch e.Kind {
	case scorch.EventKindPersisterProgress:
		delete(m.failing, "persister")
	case scorch.EventKindMergerProgress:
		delete(m.failing, "merger")
	default:
	}
	if m.err != nil && len(m.failing) == 0 {
		m.set(nil)
		m.log.Info("writing works again", "dir", m.dir)
	}
	return true
}

// set changes err. The caller holds mu.
func (m *Monitor) set(err error) {
	m.err = err
	close(m.changed)
	m.changed = make(chan struct{})
}

// Err returns the error for which the index cannot be written, or nil, and a channel that
// is closed when that changes.
func (m *Monitor) Err() (changed <-chan struct{}, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changed, m.err
}

// Failures returns the failures in a row of each worker that fails now.
func (m *Monitor) Failures() map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.failing)
}

// Stop ends all waiting of workers, so that Bleve can end them. It is called once.
func (m *Monitor) Stop() { close(m.stop) }
