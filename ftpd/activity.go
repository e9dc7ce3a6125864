package ftpd

import (
	"sync"
	"sync/atomic"
	"time"
)

// Activity is what a session of a door does, as others may see and change it: those who list sessions, the operator, and a
// server that shuts down. It is the [Live] of the doors beside FTP, whose sessions have a deadline for each command. Its
// methods may be called from any goroutine.
type Activity struct {
	end  func()
	last atomic.Int64 // when something came, in nanoseconds of Unix

	mu       sync.Mutex // guards what follows
	info     SessionInfo
	busy     int          // tasks under way
	moved    func() int64 // of the transfer that is shown; nil: there is none
	began    time.Time    // of that transfer
	draining bool         // the session shall end when no task is under way
	reason   string       // of the end, if the client has not ended it
}

var _ Live = (*Activity)(nil)

// NewActivity returns the activity of a session that begins now. The info says by which door and from where the client comes.
// End ends the session at once, and all that it transfers; it may be called more than once, and does not block.
func NewActivity(info SessionInfo, end func()) *Activity {
	info.Since = time.Now()
	if info.Dir == "" {
		info.Dir = "/"
	}
	a := &Activity{end: end, info: info}
	a.Touch()
	return a
}

// Touch records that something came from the client.
func (a *Activity) Touch() { a.last.Store(time.Now().UnixNano()) }

// Quiet returns for how long nothing has come from the client.
func (a *Activity) Quiet() time.Duration { return time.Since(time.Unix(0, a.last.Load())) }

// Shows changes what others see of the session, besides its transfer.
func (a *Activity) Shows(change func(*SessionInfo)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change(&a.info)
}

// Begin records that a task is under way: a session that drains ends behind the last one.
func (a *Activity) Begin() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.busy++
}

// Moves shows a transfer, until the last task has ended or another transfer is shown. Moved returns its bytes so far.
func (a *Activity) Moves(doing, path string, moved func() int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.info.Doing, a.info.Path, a.moved, a.began = doing, path, moved, time.Now()
}

// End records that n tasks have ended, and that the client knows.
func (a *Activity) End(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.busy -= n
	if a.busy > 0 {
		return
	}
	a.moved = nil
	if a.draining {
		a.end()
	}
}

// Drain ends the session as soon as no task is under way.
func (a *Activity) Drain() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.draining = true
	if a.busy == 0 {
		a.end()
	}
}

// Draining reports whether the session shall end.
func (a *Activity) Draining() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.draining
}

// Kick ends the session, and what it transfers.
func (a *Activity) Kick() { a.Cut("kicked") }

// Cut ends the session for a reason.
func (a *Activity) Cut(reason string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reason = reason
	a.end()
}

// Ended returns the event of the end of the session.
func (a *Activity) Ended() Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	return Event{Kind: Disconnected, Took: time.Since(a.info.Since), Reason: a.reason}
}

// Info describes the session.
func (a *Activity) Info() SessionInfo {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := a.info
	i.Last = time.Unix(0, a.last.Load())
	if a.moved == nil {
		i.Doing, i.Path = "", ""
		return i
	}
	i.Transfers(i.Doing, i.Path, a.moved(), a.began)
	return i
}
