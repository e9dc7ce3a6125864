package ssh

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"trawl/ftpd"
)

// course is what a session does, as other goroutines may see and change it. Its methods may be called from any goroutine.
type course struct {
	end   func() // ends the session at once
	peer  netip.AddrPort
	since time.Time
	last  atomic.Int64 // when something came, in nanoseconds of Unix

	mu       sync.Mutex // guards what follows
	door     string
	user     string
	busy     int       // transfers under way
	moving   *transfer // the last one that began, until it ends
	draining bool      // the session shall end when no transfer is under way
	reason   string    // of the end, if the client has not ended it
	idle     *time.Timer
}

var _ ftpd.Live = (*course)(nil)

// transfer is a file that is being sent or received.
type transfer struct {
	doing, path string
	began       time.Time
	moved       atomic.Int64
}

func newCourse(peer netip.AddrPort, end func()) *course {
	c := &course{end: end, peer: peer, since: time.Now(), door: ftpd.SSH}
	c.touch()
	return c
}

// touch takes down that something came.
func (c *course) touch() { c.last.Store(time.Now().UnixNano()) }

// shows takes down who is in, and by which protocol.
func (c *course) shows(user, door string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.user, c.door = user, door
}

// watch ends the session when nothing has come for so long, until stop is called.
func (c *course) watch(long time.Duration) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.touch()
	c.idle = time.AfterFunc(long, func() {
		left := long - time.Since(time.Unix(0, c.last.Load()))
		if left <= 0 {
			c.end()
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.idle != nil {
			c.idle.Reset(left)
		}
	})
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.idle.Stop()
		c.idle = nil
	}
}

// begin takes down that a transfer is under way.
func (c *course) begin(doing, path string) *transfer {
	t := &transfer{doing: doing, path: path, began: time.Now()}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy++
	c.moving = t
	return t
}

// ended takes down that some transfers have ended, and that the client knows. It ends a session that shall end.
func (c *course) ended(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy -= n
	if c.busy == 0 {
		c.moving = nil
		if c.draining {
			c.end()
		}
	}
}

// Drain ends the session as soon as no transfer is under way.
func (c *course) Drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining = true
	if c.busy == 0 {
		c.end()
	}
}

// Kick ends the session, and the transfers that are under way.
func (c *course) Kick() { c.cut("kicked") }

// cut ends the session for a reason.
func (c *course) cut(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reason = reason
	c.end()
}

// why returns the reason of the end of a session that did not end by itself.
func (c *course) why() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reason
}

// Info describes the session.
func (c *course) Info() ftpd.SessionInfo {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := ftpd.SessionInfo{
		Door: c.door, User: c.user, Peer: c.peer, Secure: true, Since: c.since, Last: time.Unix(0, c.last.Load()), Dir: "/",
	}
	if t := c.moving; t != nil {
		i.Transfers(t.doing, t.path, t.moved.Load(), t.began)
	}
	return i
}
