package httpd

import (
	"sync"
	"time"
)

// wait is the time between two requests, where the limits of the user make it shorter than that of net/http. Its methods may be
// called from any goroutine.
type wait struct {
	mu    sync.Mutex
	timer *time.Timer // guarded by mu; nil: nothing is waited for
}

// begin calls stop when no request has come for so long.
func (w *wait) begin(long time.Duration, stop func()) {
	if long <= 0 || long >= idleTime {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(long, stop)
}

// end says that a request has come, or that the connection has ended.
func (w *wait) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
}
