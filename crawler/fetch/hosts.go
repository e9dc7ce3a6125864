package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"trawl/crawler"
	"trawl/crawler/pace"
	"trawl/crawler/robots"
	"trawl/index"
)

// hosts keeps the hosts that are reached, each for Limits.Idle after its last use.
type hosts struct {
	fetcher *Fetcher
	sources map[string]crawler.Source // by scheme
	all     *semaphore.Weighted       // connections to all hosts
	work    sync.WaitGroup            // visits, timers that may ring, and servers that are closed

	mu       sync.Mutex // guards the following, and the seats
	seats    map[index.HostID]*seat
	underWay map[any]func() // visits and bodies, with what ends them
	closed   bool
}

// seat is the place of one host. It is there while somebody uses or waits for it, and while the
// host is kept. hosts.mu guards its fields, but for the channels.
type seat struct {
	turns   *semaphore.Weighted // transfers at once
	most    int                 // of them
	opening chan struct{}       // holds a token while one connects
	party   *pace.Party         // of which the connections are taken
	server  *reached            // nil if there is none
	users   int                 // who use it or wait for it
	holders map[*body]bool      // who read a file there
}

// reached is a host that is reached. hosts.mu guards users, retired and idle.
type reached struct {
	crawler.Server

	settings index.Settings
	doors    []index.HostID
	door     index.HostID // by which it was reached: one of doors, or the host's ID
	rules    *robots.Rules
	users    int
	retired  bool        // it gets no further users
	idle     *time.Timer // closes it; nil while it is used
}

// sit returns the seat of a host, with one more user; leave gives it back.
func (h *hosts) sit(host *index.Host) (*seat, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, errClosed
	}
	most := h.most(host)
	s := h.seats[host.ID]
	if s != nil && s.most != most && s.users == 0 { // the owner has changed the limit
		if s.server != nil {
			h.retire(s, s.server)
		}
		h.forget(host.ID, s)
		s = nil
	}
	if s == nil {
		party := h.fetcher.gates.Join(string(host.ID), host.Bound(), host.Settings.Bandwidth, true)
		s = &seat{turns: semaphore.NewWeighted(int64(most)), most: most, opening: make(chan struct{}, 1), party: party, holders: map[*body]bool{}}
		h.seats[host.ID] = s
	}
	s.users++
	h.work.Add(1)
	return s, nil
}

// most returns how many transfers from a host there may be at once.
func (h *hosts) most(host *index.Host) int {
	if bound := host.Bound(); bound > 0 {
		return min(h.fetcher.limits.PerHost, bound)
	}
	return h.fetcher.limits.PerHost
}

// leave gives a seat back, and forgets it if nobody needs it.
func (h *hosts) leave(id index.HostID, s *seat) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.users--
	h.forget(id, s)
	h.work.Done()
}

// forget drops a seat that nobody needs; mu is held.
func (h *hosts) forget(id index.HostID, s *seat) {
	if s.users == 0 && s.server == nil && h.seats[id] == s {
		delete(h.seats, id)
		s.party.Close()
	}
}

// reach returns the host of a seat, with one more user, and whether it was kept. It connects if
// there is none, or if its settings or doors have changed since.
func (h *hosts) reach(ctx context.Context, s *seat, host index.Host) (r *reached, kept bool, err error) {
	select {
	case s.opening <- struct{}{}:
		defer func() { <-s.opening }()
	case <-ctx.Done():
		return nil, false, context.Cause(ctx)
	}
	if r := h.kept(s, &host); r != nil {
		return r, true, nil
	}
	fresh, err := h.connect(ctx, s.party, host)
	if err != nil {
		return nil, false, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	fresh.users++
	s.server = fresh
	if h.closed {
		h.retire(s, fresh)
	}
	return fresh, false, nil
}

// kept returns the host that is kept, with one more user, or nil.
func (h *hosts) kept(s *seat, host *index.Host) *reached {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := s.server
	switch {
	case r == nil:
		return nil
	case !reflect.DeepEqual(r.settings, host.Settings), !slices.Equal(r.doors, host.Doors):
		h.retire(s, r)
		return nil
	}
	if r.idle != nil && r.idle.Stop() {
		h.work.Done()
	}
	r.idle = nil
	r.users++
	return r
}

// retire lets no further user have a host; mu is held. It is closed when the last one leaves.
func (h *hosts) retire(s *seat, r *reached) {
	if r.retired {
		return
	}
	r.retired = true
	if s.server == r {
		s.server = nil
	}
	if r.idle != nil && r.idle.Stop() {
		h.work.Done()
	}
	r.idle = nil
	if r.users == 0 {
		h.end(r)
	}
}

// end closes a host in the background; mu is held.
func (h *hosts) end(r *reached) {
	h.work.Go(func() { _ = r.Close() }) // all that was wanted was read
}

// done ends the use of a host. One that was lost is not used again.
func (h *hosts) done(id index.HostID, s *seat, r *reached, lost bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.users--
	switch {
	case r.retired && r.users == 0:
		h.end(r)
	case lost || h.closed:
		h.retire(s, r)
	case r.users == 0:
		h.work.Add(1)
		r.idle = time.AfterFunc(h.fetcher.limits.Idle, func() { h.expire(id, s, r) })
	}
}

// expire closes a host that was not used for long.
func (h *hosts) expire(id index.HostID, s *seat, r *reached) {
	defer h.work.Done()
	h.mu.Lock()
	if r.users > 0 || r.retired {
		h.mu.Unlock()
		return
	}
	r.retired = true
	if s.server == r {
		s.server = nil
	}
	h.mu.Unlock()
	_ = r.Close() // all that was wanted was read
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forget(id, s)
}

// connect reaches a host as its owner has set it up, and reads its robots.txt if the catalogue
// has one.
func (h *hosts) connect(ctx context.Context, party *pace.Party, host index.Host) (*reached, error) {
	pacer := pace.NewPacer(host.Settings.Rate, host.Settings.Bandwidth, nil)
	pacer.Visit(party)
	server, door, err := h.dial(ctx, host, pacer)
	if err != nil {
		return nil, err
	}
	r := &reached{Server: server, settings: host.Settings, doors: host.Doors, door: door, rules: &robots.Rules{}}
	file := index.Path("/").Join(robots.Name)
	if _, err := h.fetcher.cat.Entry(ctx, host.ID, file); err != nil {
		return r, nil //nolint:nilerr // it has none
	}
	text, err := server.Open(ctx, file, 0)
	switch {
	case err == nil:
		r.rules = robots.Parse(text)
		text.Close()
	case errors.Is(err, crawler.ErrGone) || ctx.Err() != nil:
		_ = server.Close() // it is lost
		return nil, cmp.Or(context.Cause(ctx), err)
	}
	return r, nil
}

// dial connects to a host by the best of its doors that lets it in, and returns that door. The error is that of the first door
// whose scheme has a source.
func (h *hosts) dial(ctx context.Context, host index.Host, pacer *pace.Pacer) (crawler.Server, index.HostID, error) {
	host.Settings.Connections = h.most(&host)
	var first error
	for _, door := range host.Bases() {
		source := h.sources[door.Scheme()]
		if source == nil {
			continue
		}
		at := host
		if at.ID = door; door.Scheme() != host.ID.Scheme() {
			at.Settings.TLS = "" // it is meant for the other scheme
		}
		server, err := source.Connect(ctx, at, pacer)
		if err == nil {
			return server, door, nil
		}
		if first = cmp.Or(first, err); ctx.Err() != nil {
			break
		}
	}
	return nil, "", cmp.Or(first, fmt.Errorf("%w: %s", crawler.ErrScheme, host.ID.Scheme()))
}

// admit registers something that is under way, with what ends it; dismiss unregisters it.
func (h *hosts) admit(what any, end func()) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return errClosed
	}
	h.underWay[what] = end
	return nil
}

func (h *hosts) dismiss(what any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.underWay, what)
}

// close ends all, and waits for it.
func (h *hosts) close() {
	h.mu.Lock()
	h.closed = true
	var ends []func()
	for _, end := range h.underWay {
		ends = append(ends, end)
	}
	for id, s := range h.seats {
		if s.server != nil {
			h.retire(s, s.server)
		}
		h.forget(id, s)
	}
	h.mu.Unlock()
	for _, end := range ends {
		end()
	}
	h.work.Wait()
}
