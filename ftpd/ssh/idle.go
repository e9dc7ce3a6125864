package ssh

import (
	"sync"
	"time"

	"trawl/ftpd"
)

// endIdle ends a session when nothing has come for so long, until stop is called.
func endIdle(a *ftpd.Activity, long time.Duration) (stop func()) {
	a.Touch()
	var mu sync.Mutex // guards what follows
	stopped := false
	var timer *time.Timer
	mu.Lock()
	defer mu.Unlock()
	timer = time.AfterFunc(long, func() {
		mu.Lock()
		defer mu.Unlock()
		switch left := long - a.Quiet(); {
		case stopped:
		case left <= 0:
			a.Cut("")
		default:
			timer.Reset(left)
		}
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		stopped = true
		timer.Stop()
	}
}
