package sftp

import (
	"context"
	"net"
	"slices"
	"sync"
	"time"
)

// traffic is what comes over a connection, and who waits for it.
type traffic struct {
	most int64 // bytes that may be read while no call ends

	mu      sync.Mutex // guards the following
	calls   []*waiting // under way, the oldest first
	since   int64      // bytes read since the last of them ended
	active  time.Time  // when the last byte came, or a call began
	heard   time.Time  // when the last byte came
	pausing bool       // we do not read, to be polite
}

// waiting is a call that waits for answers.
type waiting struct {
	cut context.CancelCauseFunc
}

// call registers a call and returns its context. The caller ends it by done.
func (t *traffic) call(ctx context.Context) (call context.Context, done func()) {
	call, cut := context.WithCancelCause(ctx)
	end := t.begin(cut)
	return call, func() {
		end()
		cut(nil)
	}
}

// begin registers a call, which done ends.
func (t *traffic) begin(cut context.CancelCauseFunc) (done func()) {
	c := &waiting{cut}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls = append(t.calls, c)
	t.active = time.Now()
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.calls = slices.DeleteFunc(t.calls, func(other *waiting) bool { return other == c })
		t.since = 0
	}
}

// count notes that bytes were read. If more came than a listing may have, and no call
// has ended meanwhile, it cuts the oldest call: that is the one that does not end, since
// all others began later.
func (t *traffic) count(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.active = time.Now()
	t.heard = t.active
	t.since += int64(n)
	if t.since > t.most && len(t.calls) > 0 {
		t.calls[0].cut(errTooLarge)
		t.calls = t.calls[1:]
		t.since = 0
	}
}

// pause notes that we do not read, or read again.
func (t *traffic) pause(begins bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pausing = begins
	t.active = time.Now()
	t.heard = t.active
}

// heardSince reports whether anything has come since then.
func (t *traffic) heardSince(then time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.pausing || t.heard.After(then)
}

// untilQuiet calls cut once nothing has come for quiet, or after longest, unless it is
// stopped before.
func (t *traffic) untilQuiet(quiet, longest time.Duration, cut func()) (stop func()) {
	over := make(chan struct{})
	var work sync.WaitGroup
	work.Go(func() {
		end := time.Now().Add(longest)
		for {
			select {
			case <-over:
				return
			case <-time.After(min(quiet, longest)):
			}
			if now := time.Now(); !t.heardSince(now.Add(-quiet)) || now.After(end) {
				cut()
				return
			}
		}
	})
	return func() {
		close(over)
		work.Wait()
	}
}

// awaited reports whether a call waits for answers.
func (t *traffic) awaited() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.calls) > 0
}

// dead reports whether calls wait and nothing has come for so long.
func (t *traffic) dead(silence time.Duration, full bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if full || t.pausing {
		t.active = time.Now()
	}
	return len(t.calls) > 0 && time.Since(t.active) > silence
}

// paced is a connection that counts and delays the bytes that are read.
type paced struct {
	net.Conn
	server *server
	life   context.Context //nolint:containedctx // that of the connection: Read has no other
}

func (p *paced) Read(b []byte) (int, error) {
	n, err := p.Conn.Read(b)
	p.server.traffic.count(n)
	p.server.hello.hear(b[:n])
	if err == nil {
		p.server.traffic.pause(true)
		err = p.server.pacer.Bytes(p.life, n)
		p.server.traffic.pause(false)
	}
	return n, err
}

// watch closes the connection when calls wait and the server is silent for too long,
// unless we do not read. It returns when life is done.
func (s *server) watch(life context.Context) {
	tick := time.NewTicker(s.limits.Silence / 4)
	defer tick.Stop()
	for {
		select {
		case <-life.Done():
			return
		case <-tick.C:
		}
		if s.traffic.dead(s.limits.Silence, s.talk.full()) {
			s.cut()
			return
		}
	}
}

// cut ends the connection: the server did not.
func (s *server) cut() {
	s.ours.Store(true)
	s.conn.Close()
	s.vacate()
}

// vacate gives the connection back to the party of which it was taken.
func (s *server) vacate() { s.left.Do(s.pacer.Party().Leave) }

// leastTime is how long a crawl has its connection before it gives it up for a fetch.
const leastTime = 10 * time.Second

// yield gives the connection up for another party that waits for it, if nobody uses it. A crawl gives
// it up in any case, after a while: it connects again when it can, and lists again what broke off.
func (s *server) yield() {
	party := s.pacer.Party()
	used := s.traffic.awaited() || s.files.Load() > 0
	if party.Wanted() && (!used || !party.Fetch() && time.Since(s.began) > leastTime) {
		s.cut()
	}
}
