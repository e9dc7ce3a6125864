package wall

import (
	"container/list"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"trawl/web/visitor"
)

// Conns bounds the connections to a server, of all and of each visitor. When all places are taken, the connection that has been
// without a request for longest makes room. Its fields must not change while it serves.
type Conns struct {
	Most    int            // of all; 0 is unlimited
	PerPeer int            // of one visitor; 0 is unlimited
	Exempt  []netip.Prefix // proxies, which stand for many; this machine itself is never bounded by PerPeer

	refused atomic.Int64

	mu    sync.Mutex // guards what follows, and the places of conns in idle
	count int
	by    map[netip.Prefix]int
	idle  list.List // of *conn without a request, the longest first
}

// Refused returns how many connections were refused so far.
func (c *Conns) Refused() int64 { return c.refused.Load() }

// Open returns how many connections are open.
func (c *Conns) Open() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count
}

// Busy returns how many connections have a request that is not answered yet.
func (c *Conns) Busy() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count - c.idle.Len()
}

// Watch lets c bound the connections of a server. The caller serves what Listen returns.
func (c *Conns) Watch(srv *http.Server) { srv.ConnState = c.changed }

// Listen returns a listener whose connections are bounded.
func (c *Conns) Listen(l net.Listener) net.Listener { return &listener{l, c} }

type listener struct {
	net.Listener

	conns *Conns
}

// Accept returns the next connection that has a place. The others hear that there is none.
func (l *listener) Accept() (net.Conn, error) {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			return nil, err //nolint:wrapcheck // of the listener
		}
		if c := l.conns.admit(raw); c != nil {
			return c, nil
		}
		l.conns.refused.Add(1)
		_ = raw.SetWriteDeadline(time.Now().Add(time.Second)) // the system takes so few bytes at once
		fmt.Fprint(raw, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 21\r\nRetry-After: 60\r\nConnection: close\r\n\r\ntoo many connections\n")
		raw.Close()
	}
}

// admit gives a connection a place; nil if there is none.
func (c *Conns) admit(raw net.Conn) *conn {
	who := visitor.Household(visitor.AddrOf(raw.RemoteAddr().String()))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[netip.Prefix]int{}
	}
	if c.PerPeer > 0 && c.by[who] >= c.PerPeer && !c.exempt(who.Addr()) {
		return nil
	}
	if c.Most > 0 && c.count >= c.Most {
		oldest := c.idle.Front()
		if oldest == nil {
			return nil
		}
		c.forget(oldest.Value.(*conn))    //nolint:forcetypeassert // it holds nothing else
		oldest.Value.(*conn).Conn.Close() //nolint:forcetypeassert // as above
	}
	out := &conn{Conn: raw, conns: c, who: who}
	c.count++
	c.by[who]++
	out.idle = c.idle.PushBack(out)
	return out
}

// exempt reports whether an address may have as many connections as it likes.
func (c *Conns) exempt(a netip.Addr) bool {
	if a.IsLoopback() {
		return true
	}
	for _, n := range c.Exempt {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// forget takes the place of a connection back. The caller holds mu.
func (c *Conns) forget(one *conn) {
	if one.gone {
		return
	}
	one.gone = true
	c.rest(one, false)
	c.count--
	if c.by[one.who]--; c.by[one.who] == 0 {
		delete(c.by, one.who)
	}
}

// rest records whether a connection is without a request. The caller holds mu.
func (c *Conns) rest(one *conn, idle bool) {
	if one.idle != nil {
		c.idle.Remove(one.idle)
		one.idle = nil
	}
	if idle && !one.gone {
		one.idle = c.idle.PushBack(one)
	}
}

// changed records the state that net/http reports of a connection.
func (c *Conns) changed(of net.Conn, to http.ConnState) {
	if behind, ok := of.(interface{ Raw() net.Conn }); ok {
		of = behind.Raw()
	}
	one, ok := of.(*conn)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rest(one, to == http.StateNew || to == http.StateIdle)
}

// conn is a connection that has a place.
type conn struct {
	net.Conn

	conns *Conns
	who   netip.Prefix
	idle  *list.Element // its place among those without a request; nil: it has one
	gone  bool          // it has no place any more
}

// Close closes the connection and gives its place back.
func (c *conn) Close() error {
	c.conns.mu.Lock()
	c.conns.forget(c)
	c.conns.mu.Unlock()
	return c.Conn.Close() //nolint:wrapcheck // of the connection
}
