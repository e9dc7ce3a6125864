package httpd

import (
	"net/netip"
	"sync"
	"time"

	"trawl/ftpd"
)

// course is what a session does, as other goroutines may see and change it. Its methods may be called from any goroutine.
type course struct {
	end    func() // ends the session at once
	peer   netip.AddrPort
	secure bool
	since  time.Time

	mu       sync.Mutex // guards what follows
	user     string
	last     time.Time // when a request came
	doing    string    // of the request under way; "" is none
	path     string
	moved    func() int64 // of it
	busy     bool
	draining bool // the session shall end with the request
	kicked   bool // the operator has ended it
	idle     *time.Timer
}

var _ ftpd.Live = (*course)(nil)

func newCourse(peer netip.AddrPort, secure bool, end func()) *course {
	now := time.Now()
	return &course{end: end, peer: peer, secure: secure, since: now, last: now}
}

// shows takes down who is in.
func (c *course) shows(user string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.user = user
}

// waits ends the session when no request has come for so long.
func (c *course) waits(long time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy, c.doing, c.moved = false, "", nil
	if c.draining {
		c.end()
		return
	}
	if 0 < long && long < idleTime {
		c.idle = time.AfterFunc(long, c.end)
	}
}

// goesOn takes down that a request has come, or the end.
func (c *course) goesOn() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy, c.last = true, time.Now()
	if c.idle != nil {
		c.idle.Stop()
		c.idle = nil
	}
}

// begin takes down that something is being sent, and where its count is.
func (c *course) begin(doing, path string, moved func() int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.doing, c.path, c.moved = doing, path, moved
}

// Drain ends the session as soon as no request is under way.
func (c *course) Drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining = true
	if !c.busy {
		c.end()
	}
}

// drains reports whether the session shall end with the request.
func (c *course) drains() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.draining
}

// Kick ends the session with the request that is under way.
func (c *course) Kick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kicked = true
	c.end()
}

// why returns the reason of the end of a session that did not end by itself.
func (c *course) why() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kicked {
		return "kicked"
	}
	return ""
}

// Info describes the session.
func (c *course) Info() ftpd.SessionInfo {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := ftpd.SessionInfo{Door: ftpd.HTTP, User: c.user, Peer: c.peer, Secure: c.secure, Since: c.since, Last: c.last, Dir: "/"}
	if c.doing != "" {
		i.Transfers(c.doing, c.path, c.moved(), c.last)
	}
	return i
}
