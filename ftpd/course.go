package ftpd

import (
	"sync"
	"time"
)

// course is what a session does, as other goroutines may see and change it: the transfer, those who list sessions, the
// operator and a server that shuts down. Its methods may be called from any goroutine.
type course struct {
	deadline func(time.Time) // sets until when a command must have come
	look     time.Duration   // between looks at a transfer for whose end commands wait

	mu         sync.Mutex // guards what follows
	moving     *transfer  // the one that is under way, or nil
	awaited    bool       // the session's goroutine wants to know when the transfer has ended
	draining   bool       // the session shall end when no transfer is under way
	kicked     bool       // the operator has ended it
	patience   patience
	shown      shown
	afterwards []func() // to call when the transfer has ended
}

// patience is how long a session may be without a command.
type patience struct {
	idle    time.Duration
	login   time.Duration
	loginBy time.Time // zero after the login
}

// until returns when a command must have come; zero is never.
func (p patience) until(now time.Time) (at time.Time) {
	if p.idle > 0 {
		at = now.Add(p.idle)
	}
	if !p.loginBy.IsZero() && (at.IsZero() || p.loginBy.Before(at)) {
		at = p.loginBy
	}
	return at
}

// shown is what others see of a session besides its transfer.
type shown struct {
	user   string
	secure bool
	dir    string
	last   time.Time
}

// update applies change and sets the deadline of the next command: none while a transfer is under way, and the past if
// the session shall end.
func (c *course) update(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	switch {
	case c.kicked, c.moving == nil && (c.draining || c.awaited):
		c.deadline(time.Unix(1, 0))
	case c.awaited:
		c.deadline(time.Now().Add(c.look))
	case c.moving != nil:
		c.deadline(time.Time{})
	default:
		c.deadline(c.patience.until(time.Now()))
	}
}

// show keeps what others see of the session until its next command.
func (c *course) show(now shown) { c.update(func() { c.shown = now }) }

// wait sets how long the session may be without a command from the next one on.
func (c *course) wait(p patience) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.patience = p
}

// begin records that a transfer is under way.
func (c *course) begin(t *transfer) { c.update(func() { c.moving = t }) }

// end records that no transfer is under way, and calls what waited for that.
func (c *course) end() {
	c.update(func() {
		c.moving = nil
		for _, f := range c.afterwards {
			f()
		}
		c.afterwards = nil
	})
}

// after calls f when no transfer is under way. f is short and does not block.
func (c *course) after(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.moving != nil {
		c.afterwards = append(c.afterwards, f)
		return
	}
	f()
}

// await has the session's goroutine woken when the transfer has ended. It reports false if none is under way.
func (c *course) await() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.awaited = c.awaited || c.moving != nil
	return c.moving != nil
}

// woken reports, once, that a transfer has ended whose end the session awaits.
func (c *course) woken() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.awaited || c.moving != nil {
		return false
	}
	c.awaited = false
	return true
}

// awaits reports whether a transfer is under way whose end the session awaits.
func (c *course) awaits() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.awaited && c.moving != nil && !c.kicked
}

// drain ends the session as soon as no transfer is under way.
func (c *course) drain() { c.update(func() { c.draining = true }) }

// kick ends the session, and the transfer that is under way.
func (c *course) kick() {
	c.update(func() {
		c.kicked = true
		if c.moving != nil {
			c.moving.cancel()
		}
	})
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

// ending returns what may end the session.
func (c *course) ending() (draining, kicked bool, wait patience) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.draining, c.kicked, c.patience
}

// info describes the course of a session.
func (c *course) info() SessionInfo {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := SessionInfo{User: c.shown.user, Secure: c.shown.secure, Last: c.shown.last, Dir: c.shown.dir}
	if t := c.moving; t != nil {
		i.Transfers(t.label, t.event.Path, t.moved(), t.began)
	}
	return i
}

// current returns the transfer that is under way, or nil.
func (c *course) current() *transfer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.moving
}
