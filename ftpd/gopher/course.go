package gopher

import (
	"net/netip"
	"sync"
	"time"

	"trawl/ftpd"
	"trawl/ftpd/account"
	"trawl/ftpd/internal/dtp"
)

// course is what a session does, as other goroutines may see and change it. Its methods may be called from any goroutine.
type course struct {
	end   func() // ends the session at once
	conn  *dtp.Conn
	peer  netip.AddrPort
	since time.Time

	mu       sync.Mutex // guards what follows
	dir      string
	doing    string // what is sent; "" is nothing
	path     string
	began    time.Time
	draining bool // the session shall end when nothing is sent
	kicked   bool // the operator has ended it
}

var _ ftpd.Live = (*course)(nil)

// begin takes down that something is sent.
func (c *course) begin(doing, dir, path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.doing, c.dir, c.path, c.began = doing, dir, path, time.Now()
}

// Drain ends the session unless something is sent.
func (c *course) Drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.draining = true
	if c.doing == "" {
		c.end()
	}
}

// Kick ends the session, and what is sent.
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
	i := ftpd.SessionInfo{Door: ftpd.Gopher, Peer: c.peer, Since: c.since, Last: c.since, Dir: "/"}
	if c.doing != "" {
		i.User, i.Dir = account.Anonymous, c.dir
		i.Transfers(c.doing, c.path, c.conn.Moved(), c.began)
	}
	return i
}
