package ftpd

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Sessions are the live sessions of all servers that share it. The zero value has none yet. Its methods may be called from
// many goroutines.
type Sessions struct {
	mu    sync.Mutex // guards what follows, and closing of each Door
	count uint64     // of all sessions so far
	live  map[uint64]at
}

// Live is a session of any protocol. Its methods may be called from many goroutines, and return at once.
type Live interface {
	Info() SessionInfo // without its ID
	Kick()             // ends it, and what it transfers
	Drain()            // ends it as soon as it transfers nothing
}

// Door is where the sessions of one server come in.
type Door struct {
	sessions *Sessions
	closing  bool
}

// at is a live session and its door.
type at struct {
	Live
	door *Door
}

// SessionInfo is what one session does now. Its strings are foreign: nobody may print them unescaped.
type SessionInfo struct {
	ID     uint64 // as Event.Session
	Door   string // as Event.Door
	User   string // "" before the login
	Peer   netip.AddrPort
	Secure bool // over TLS or SSH
	Since  time.Time
	Last   time.Time // of its last command
	Dir    string    // where it is
	Doing  string    // the transfer under way; "" is none
	Path   string    // of the transfer
	Moved  int64     // bytes of the transfer so far
	Rate   int64     // bytes a second of the transfer so far
}

// Transfers says which transfer is under way, how much of it has moved, and since when.
func (i *SessionInfo) Transfers(doing, path string, moved int64, began time.Time) {
	i.Doing, i.Path, i.Moved = doing, path, moved
	if took := time.Since(began).Seconds(); took > 0 {
		i.Rate = int64(float64(moved) / took)
	}
}

// Open returns the door of a server.
func (l *Sessions) Open() *Door { return &Door{sessions: l} }

// Admit begins a session of a client that the guard has let in, and returns what runs it. Release gives its place back, err says
// why it has none. If there can be no session, Admit gives the reason to refuse and returns nil. Begin gets the number of the
// session, and returns what others see of it and what serves the client.
func (d *Door) Admit(release func(), err error, refuse func(reason string), begin func(id uint64) (Live, func(context.Context))) func(context.Context) {
	if err != nil {
		refuse(err.Error())
		return nil
	}
	id := d.number()
	live, serve := begin(id)
	if !d.add(id, live) {
		release()
		refuse("the server is shutting down")
		return nil
	}
	return func(life context.Context) {
		defer release()
		defer d.remove(id)
		serve(life)
	}
}

// number returns the number of a new session.
func (d *Door) number() uint64 {
	l := d.sessions
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	return l.count
}

// add records a session. It reports false if the door is closed.
func (d *Door) add(id uint64, s Live) bool {
	l := d.sessions
	l.mu.Lock()
	defer l.mu.Unlock()
	if d.closing {
		return false
	}
	if l.live == nil {
		l.live = map[uint64]at{}
	}
	l.live[id] = at{s, d}
	return true
}

// remove forgets a session that has ended.
func (d *Door) remove(id uint64) {
	l := d.sessions
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.live, id)
}

// Close refuses new sessions, and asks those that came in by the door to end.
func (d *Door) Close() {
	l := d.sessions
	l.mu.Lock()
	defer l.mu.Unlock()
	d.closing = true
	for _, s := range l.live {
		if s.door == d {
			s.Drain()
		}
	}
}

// All returns all sessions, the oldest first.
func (l *Sessions) All() []SessionInfo {
	l.mu.Lock()
	live := maps.Clone(l.live)
	l.mu.Unlock()
	all := make([]SessionInfo, 0, len(live))
	for id, s := range live {
		i := s.Info()
		i.ID = id
		all = append(all, i)
	}
	slices.SortFunc(all, func(a, b SessionInfo) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// Kick ends a session and what it transfers. It reports false if there is none of the number.
func (l *Sessions) Kick(id uint64) bool {
	l.mu.Lock()
	s, ok := l.live[id]
	l.mu.Unlock()
	if ok {
		s.Kick()
	}
	return ok
}

// live is a session as Sessions see it.
type live struct{ s *session }

var _ Live = live{}

func (l live) Kick()  { l.s.course.kick() }
func (l live) Drain() { l.s.course.drain() }

func (l live) Info() SessionInfo {
	i := l.s.course.info()
	i.Door, i.Peer, i.Since = FTP, l.s.peer, l.s.since
	return i
}
