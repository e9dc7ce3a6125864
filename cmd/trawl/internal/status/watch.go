package status

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"trawl/crawler"
	"trawl/ftpd"
	"trawl/index"
	"trawl/index/embedded"
)

// Crawls are those of a crawler; *crawler.Crawler has them.
type Crawls interface {
	Running() []crawler.Progress
	Queue() crawler.Queue
}

// Engine is what an engine says of itself; *embedded.Engine does.
type Engine interface {
	Hosts(ctx context.Context) ([]index.Host, error)
	Followers() ([]embedded.Follower, error)
	Parts() ([]embedded.Part, error)
}

var (
	_ Crawls = (*crawler.Crawler)(nil)
	_ Engine = (*embedded.Engine)(nil)
)

// Sources are asked for what is reported. Each may be nil.
type Sources struct {
	Dir      string // of the data
	Listens  []Address
	Engine   Engine
	Crawls   Crawls
	Sessions func() []ftpd.SessionInfo
	Bans     func() int
	Gateway  func() Gateway
	Backup   func() time.Time // when the last one succeeded; zero is never
	Expires  func() time.Time // when the certificate does; zero is never
	Log      *slog.Logger
}

// Watch gathers reports. Its methods may be called from many goroutines.
type Watch struct {
	version string
	started time.Time
	unready func() string

	mu      sync.Mutex // guards what follows
	sources Sources
	held    *held // the last one that is whole; nil: none yet
	next    *held // the one that is being gathered; nil: none
}

// held is what takes a moment to gather: it is kept for a while.
type held struct {
	done      chan struct{} // closed when the others are set
	at        time.Time
	catalogue Catalogue
	stale     int
	indexes   []Index
	disk      Disk
	backup    *time.Time
	expires   *time.Time
}

const (
	fresh    = 10 * time.Second // held is gathered anew after so long
	patience = 2 * time.Second  // a report waits no longer for it
	overlong = 5                // times the interval of a host without a complete crawl make it stale
	nextMost = 10               // of Schedule.Next
)

// New returns a watch of a service that begins now. Unready says why it is not ready, or "".
func New(version string, unready func() string) *Watch {
	return &Watch{version: version, started: time.Now(), unready: unready}
}

// Look says whom to ask from now on.
func (w *Watch) Look(s Sources) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sources, w.held, w.next = s, nil, nil
}

// Report returns how the service does. What takes a moment to gather may be ten seconds old, and older if the disk hangs.
func (w *Watch) Report() Report {
	w.mu.Lock()
	s := w.sources
	w.mu.Unlock()
	r := Report{
		Version: w.version, PID: os.Getpid(), Started: w.started, Uptime: time.Since(w.started), Unready: w.unready(),
		Listens: append([]Address{}, s.Listens...), Crawls: []Crawl{}, Schedule: Schedule{Next: []Turn{}},
	}
	if h := w.hold(); h != nil {
		r.Catalogue, r.Indexes, r.Disk, r.Schedule.Stale = h.catalogue, h.indexes, h.disk, h.stale
		r.Backup, r.Expires = h.backup, h.expires
	}
	if s.Crawls != nil {
		r.crawls(s.Crawls)
	}
	if s.Sessions != nil {
		r.Hosting = hosting(s.Sessions())
		r.Hosting.Bans = s.Bans()
	}
	if s.Gateway != nil {
		g := s.Gateway()
		r.Gateway = &g
	}
	return r
}

// when returns a time that a function says; nil if there is none.
func when(f func() time.Time) *time.Time {
	if f == nil {
		return nil
	}
	at := f()
	if at.IsZero() {
		return nil
	}
	return &at
}

// crawls says what is crawled now and next.
func (r *Report) crawls(c Crawls) {
	for _, p := range c.Running() {
		r.Crawls = append(r.Crawls, Crawl{p.Host, string(p.Stage), p.Way, p.Directories, p.Files, p.Waiting, p.Errors, p.Elapsed.Seconds()})
	}
	q := c.Queue()
	s := &r.Schedule
	s.Hosts, s.Due, s.Seen = q.Hosts, len(q.Due), q.Seen
	if len(q.Due) > 0 {
		s.Overdue = time.Since(q.Due[0].At).Seconds()
	}
	for _, t := range slices.Concat(q.Due, q.Next) {
		if len(s.Next) < nextMost {
			s.Next = append(s.Next, Turn{t.Host, t.At})
		}
	}
}

// hosting says who is there.
func hosting(sessions []ftpd.SessionInfo) *Hosting {
	h := &Hosting{Sessions: map[string]int{}, Transfers: []Transfer{}}
	for _, s := range sessions {
		h.Sessions[s.Door]++
		if s.Doing != "" {
			h.Transfers = append(h.Transfers, Transfer{s.ID, s.Door, s.User, s.Doing, s.Path, s.Moved, s.Rate})
		}
	}
	return h
}

// hold returns what is kept, which is gathered anew if it is old: by one goroutine, for which others wait a moment.
func (w *Watch) hold() *held {
	w.mu.Lock()
	h, s := w.held, w.sources
	if s.Engine == nil || h != nil && time.Since(h.at) < fresh {
		w.mu.Unlock()
		return h
	}
	next := w.next
	if next == nil {
		next = &held{done: make(chan struct{})}
		w.next = next
		go func() {
			next.gather(s)
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.next == next {
				w.held, w.next = next, nil
			}
			close(next.done)
		}()
	}
	w.mu.Unlock()
	select {
	case <-next.done:
		return next
	case <-time.After(patience):
		return h
	}
}

// gather asks the engine and the disk. What cannot be had is zero, and logged.
func (h *held) gather(s Sources) {
	fails := func(what string, err error) {
		if err != nil && s.Log != nil {
			s.Log.Warn("a part of the status is missing", "what", what, "err", err)
		}
	}
	hosts, err := s.Engine.Hosts(context.Background())
	fails("hosts", err)
	h.count(hosts)
	followers, err := s.Engine.Followers()
	fails("indexes", err)
	for _, f := range followers {
		h.indexes = append(h.indexes, Index(f))
	}
	parts, err := s.Engine.Parts()
	fails("sizes", err)
	for _, p := range parts {
		h.disk.Parts = append(h.disk.Parts, Part(p))
	}
	h.disk.Free, h.disk.Size, err = space(s.Dir)
	fails("disk", err)
	h.backup, h.expires = when(s.Backup), when(s.Expires)
	h.at = time.Now()
}

// count adds up what hosts have.
func (h *held) count(hosts []index.Host) {
	c := &h.catalogue
	c.Hosts = map[string]int{}
	for _, state := range States() {
		c.Hosts[state] = 0
	}
	now := time.Now()
	for i := range hosts {
		host := &hosts[i]
		c.Hosts[host.State()]++
		c.Directories += host.Tally.Directories
		c.Files += host.Tally.Files
		c.Bytes += host.Tally.Bytes
		c.Stale += host.Tally.Stale
		if isStale(host, now) {
			h.stale++
		}
	}
}

// isStale reports whether a host was not crawled completely for long. One that was never tried is not.
func isStale(h *index.Host, now time.Time) bool {
	if h.Settings.Every <= 0 {
		return false
	}
	since := h.Health.Complete
	if since.IsZero() {
		since = h.Health.DownSince
	}
	if since.IsZero() {
		since = h.Health.LastCrawl
	}
	return !since.IsZero() && now.Sub(since) > overlong*h.Settings.Every
}
