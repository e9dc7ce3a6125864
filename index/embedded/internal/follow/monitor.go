package follow

import (
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"

	"trawl/index/embedded/internal/store"
)

// Monitor knows whether an index can be written. It outlives the index: an index of Bleve that
// fails is closed and opened again. A Monitor logs one line when writing fails and one when it
// works again.
type Monitor struct {
	what string // names the index: "the postings"
	dir  string
	log  *slog.Logger

	mu      sync.Mutex     // guards what follows
	failing map[string]int // by worker: its failures in a row
	next    time.Time      // when to try again
	broken  int            // how often an index was damaged since a batch was written
	err     error          // of the first failure since all workers worked, or nil
	changed chan struct{}  // closed and replaced when err changes
}

// A worker waits retryFirst after its first failure, twice as long after each further one,
// and RetryMost at most.
const (
	retryFirst = 50 * time.Millisecond
	RetryMost  = 5 * time.Second
)

// The workers that fail: two of Bleve, and whoever opens the index.
const (
	persister = "persister"
	merger    = "merger"
	opener    = "opener"
)

// NewMonitor returns a monitor of the index in dir, which what names.
func NewMonitor(what, dir string, log *slog.Logger) *Monitor {
	return &Monitor{what: what, dir: dir, log: log, failing: map[string]int{}, changed: make(chan struct{})}
}

// opening is held while an index opens: Bleve finds its callbacks in a global map.
var opening sync.Mutex //nolint:gochecknoglobals // guards Bleve's global maps

// Open opens an index of Bleve by calling open, which must pass the configuration that it
// receives on to Bleve.
func (m *Monitor) Open(open func(config map[string]any) error) (*Handle, error) {
	h := &Handle{monitor: m, closing: make(chan struct{}), broken: make(chan struct{})}
	opening.Lock()
	defer opening.Unlock()
	const name = "trawl"
	scorch.RegistryAsyncErrorCallbacks[name] = func(err error, _ string) { h.failed(err) }
	scorch.RegistryEventCallbacks[name] = h.event
	defer delete(scorch.RegistryAsyncErrorCallbacks, name)
	defer delete(scorch.RegistryEventCallbacks, name)
	return h, open(map[string]any{
		"asyncErrorCallbackName": name, "eventCallbackName": name, "bolt_timeout": "1s",
		// So the persister fires an event each time before it reads root.bolt. See event.
		"scorchPersisterOptions": map[string]any{"PersisterNapUnderNumFiles": 0},
	})
}

// Away records that the index cannot be opened, not even a new one.
func (m *Monitor) Away(err error) { m.record(opener, err) }

// mostBroken is how often an index may be damaged, or fail with a panic, before it stays away.
const mostBroken = 5

// Hopeless reports whether an index was damaged so often, and nothing was written in between, that
// it makes no sense to open it again.
func (m *Monitor) Hopeless() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.broken > mostBroken
}

// Written records that a batch is on the disk.
func (m *Monitor) Written() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken, m.next = 0, time.Time{}
	maps.DeleteFunc(m.failing, func(worker string, _ int) bool { return worker != merger })
	m.cleared()
}

// record records a failure and returns how long its worker is to wait.
func (m *Monitor) record(worker string, why error) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	delay := wait(m.failing[worker])
	m.failing[worker]++
	if worker != merger {
		m.next = time.Now().Add(delay)
	}
	if m.err == nil {
		err := store.Explain(why)
		m.set(fmt.Errorf("%s cannot be written: %w", m.what, err))
		m.log.Error(m.what+" cannot be written; searches go on, and it is tried again", "dir", m.dir, "err", err)
	}
	return delay
}

// wait returns how long to wait after some failures before the last one.
func wait(before int) time.Duration { return min(retryFirst<<min(before, 10), RetryMost) }

// Wait returns how long to wait before the index is opened or written again: nothing if
// nothing failed.
func (m *Monitor) Wait() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return max(0, time.Until(m.next))
}

// merged records that the merger has succeeded.
func (m *Monitor) merged() {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.failing, merger)
	m.cleared()
}

// cleared sets err to nil if no worker fails. The caller holds mu.
func (m *Monitor) cleared() {
	if m.err != nil && len(m.failing) == 0 {
		m.set(nil)
		m.log.Info("writing works again", "dir", m.dir)
	}
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
