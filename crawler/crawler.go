package crawler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"trawl/crawler/pace"
	"trawl/index"
)

// Catalogue is the part of a catalogue that crawls need; every engine has it.
type Catalogue interface {
	index.Hosts
	index.Recorder
	index.Browser
	index.Texts
}

// Config holds the parts of a Crawler.
type Config struct {
	Catalogue Catalogue
	Sources   []Source // each has schemes of its own
	Contact   string   // the anonymous password: an address where the owner can be reached
	Limits    Limits
	Gates     *pace.Gates  // shared with the fetches of the process; nil is none
	Log       *slog.Logger // nil logs nothing
	Observe   Observer
}

// The errors of Crawl that callers branch on, beside those of Connect and
// index.ErrNoHost and index.ErrBusy.
var (
	ErrContact   = errors.New("no contact address is set")
	ErrUnwelcome = errors.New("robots.txt asks not to be crawled")
	ErrFile      = errors.New("it is a file, not a directory")
	ErrScheme    = errors.New("hosts of this kind cannot be crawled")
)

// Crawler crawls hosts into a catalogue. Its methods may be called from several
// goroutines; it holds no goroutine of its own while none of them runs.
type Crawler struct {
	cat     Catalogue
	sources map[string]Source // by scheme
	schemes index.Schemes
	contact string
	limits  Limits
	gates   *pace.Gates
	log     *slog.Logger
	observe Observer

	queue atomic.Pointer[Queue] // of Schedule, as it last looked; nil: it does not run

	slots       *semaphore.Weighted // of the crawls that work at once
	connections *semaphore.Weighted // of all hosts together
	memory      *pace.Memory
	flow        *pace.Flow

	mu     sync.Mutex
	active map[index.HostID]*meter // guarded by mu: of the hosts that this process crawls
}

// New returns a Crawler.
func New(cfg Config) *Crawler {
	limits := cfg.Limits.withDefaults()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	sources := map[string]Source{}
	for _, source := range cfg.Sources {
		for _, scheme := range source.Schemes() {
			sources[scheme.Name] = source
		}
	}
	return &Crawler{
		cat:         cfg.Catalogue,
		sources:     sources,
		schemes:     Schemes(cfg.Sources...),
		contact:     cfg.Contact,
		limits:      limits,
		gates:       cfg.Gates,
		log:         cfg.Log,
		observe:     cfg.Observe,
		slots:       semaphore.NewWeighted(int64(limits.Hosts)),
		connections: semaphore.NewWeighted(int64(limits.Connections)),
		memory:      pace.NewMemory(limits.Memory),
		flow:        pace.NewFlow(limits.Flow),
		active:      make(map[index.HostID]*meter),
	}
}

// Schemes returns the schemes of all sources, in their order.
func Schemes(sources ...Source) index.Schemes {
	var all []index.Scheme
	for _, source := range sources {
		all = append(all, source.Schemes()...)
	}
	return index.NewSchemes(all...)
}

// Options are the settings of one crawl.
type Options struct {
	// Full lists every directory, whatever its time says, tries the ways again
	// that were demoted, and starts anew instead of taking up a crawl that was cut off.
	Full bool

	// Door is the URL by which the host is reached, one of its Bases; "" is its ID.
	Door index.HostID

	// Progress is called some times a second while the crawl runs, and once more
	// at its end, never from two goroutines at once. It may be nil.
	Progress func(Progress)
}

// Progress is the state of a crawl under way.
type Progress struct {
	Host        index.HostID
	Stage       Stage
	Way         string // in use now; "" until connected
	Dir         string // the directory last listed, decoded
	Directories int64
	Files       int64
	Bytes       int64
	Errors      int64
	Waiting     int64 // directories known and not yet listed
	Elapsed     time.Duration
}

// Stage is the kind of work that a crawl is at.
type Stage string

// The stages, in their order.
const (
	Queued     Stage = "queued" // other hosts come first
	Connecting Stage = "connecting"
	Listing    Stage = "listing"
	Proving    Stage = "proving" // a bulk answer is compared with single listings
	Reading    Stage = "reading" // the texts that describe the archive
	Done       Stage = "done"
)

// Summary is the result of a crawl.
type Summary struct {
	Host        index.HostID
	Directories int64 // seen, in whatever state
	Files       int64 // entries that are not directories
	Bytes       int64 // sum of the known sizes
	Errors      int64 // directories that could not be read, and ways that failed
	LastError   string
	Cause       index.Cause // of LastError
	Words       string      // of the server itself, among those of LastError
	Way         string      // that listed most: "LIST -lR", "MLSD", ...
	Took        time.Duration
	Complete    bool  // everything that may be listed was
	Resumed     bool  // took up a crawl that was cut off
	Unchanged   int64 // directories whose time vouched for them
	Texts       int64 // texts that were fetched
	Flaws
}

// Flaws counts what is missing from a crawl.
type Flaws struct {
	Denied    int64 // directories that the server or its robots.txt keeps closed
	Stale     int64 // directories that could not be read now
	Truncated int64 // directories that were cut: by the server, by a limit, as a loop
	Unparsed  int64 // lines that were not understood
}

// Crawl crawls a host that the catalogue remembers, now, and returns when it is
// done or ctx is. It takes up a crawl that was cut off. Waiting for a free slot
// among the crawls that this Crawler runs is part of it.
//
// A crawl that came to its end, complete or not, has no error. Otherwise the
// error says why nothing could be reached (see Connect), or is that of ctx, and
// then the next Crawl goes on where this one was stopped. The listings of a host
// that cannot be reached stay as they are.
func (c *Crawler) Crawl(ctx context.Context, id index.HostID, opts Options) (Summary, error) {
	m := newMeter(id, opts.Progress)
	m.observe = c.observe.Failed
	err := c.crawl(ctx, id, opts, m)
	m.close()
	s := m.summary()
	if c.observe.Ended != nil {
		c.observe.Ended(s, err)
	}
	if err != nil {
		return s, fmt.Errorf("crawl %s: %w", id, err)
	}
	return s, nil
}

func (c *Crawler) crawl(ctx context.Context, id index.HostID, opts Options, m *meter) error {
	if !c.claim(id, m) {
		return index.ErrBusy
	}
	defer c.release(id)
	host, err := c.cat.Host(ctx, id)
	if err != nil {
		return err
	}
	got, err := c.grant(ctx)
	if err != nil {
		return err
	}
	defer got.close()
	m.stage.Store(Connecting)
	failed := false
	l, err := c.connect(ctx, host, opts, got)
	if err == nil {
		failed, err = newRun(c, l, opts, m, got).crawl(ctx)
	}
	// A host that cannot be reached, or turns us away, is asked later and later.
	ours := errors.Is(err, index.ErrBusy) || errors.Is(err, index.ErrNoHost) || errors.Is(err, errCatalogue)
	stopped := ctx.Err() != nil && !failed
	if err != nil && !stopped && !ours {
		m.failed(err.Error(), err)
		if err := c.noteFailure(ctx, id, err); err != nil {
			c.log.Warn("keep a failure", "host", id, "err", err)
		}
	}
	return err
}

// connect reaches a host.
func (c *Crawler) connect(ctx context.Context, host index.Host, opts Options, got *grants) (*link, error) {
	door := cmp.Or(opts.Door, host.ID)
	source := c.sources[door.Scheme()]
	if source == nil {
		return nil, fmt.Errorf("%w: %s", ErrScheme, door.Scheme())
	}
	if door != host.ID {
		host.Known = index.Known{} // it is of another protocol
	}
	id := host.ID
	host.ID = door
	host, err := c.introduce(ctx, host)
	if err != nil {
		return nil, err
	}
	host.ID = id
	pacer := pace.NewPacer(host.Settings.Rate, host.Settings.Bandwidth, got.budget)
	pacer.Share(got.quota)
	got.party = c.gates.Join(string(host.ID), host.Bound(), host.Settings.Bandwidth, false)
	pacer.Visit(got.party)
	l := &link{source: source, door: door, pacer: pacer, limits: c.limits, host: c.prepare(host, opts.Full)}
	return l, l.connect(ctx)
}

// prepare returns a host as this crawl is to find it.
func (c *Crawler) prepare(host index.Host, full bool) index.Host {
	if full {
		host.Known.Demoted, host.Known.TimesLie = nil, false
	}
	if host.Known.Shunned+1 >= c.limits.FullEvery { // a server may have been mended
		host.Known.Demoted, host.Known.Shunned = nil, 0
	}
	if host.Settings.Connections == 0 {
		host.Settings.Connections = c.limits.Host.Connections
	}
	return host
}

// Progress returns how the crawl of a host by this Crawler goes on. It reports false if there is none.
func (c *Crawler) Progress(id index.HostID) (Progress, bool) {
	c.mu.Lock()
	m := c.active[id]
	c.mu.Unlock()
	if m == nil {
		return Progress{}, false
	}
	return m.progress(), true
}

// claim reserves a host for this process, with the meter of its crawl; release gives it back. It reports whether the
// host was free.
func (c *Crawler) claim(id index.HostID, m *meter) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.active[id] != nil {
		return false
	}
	c.active[id] = m
	return true
}

func (c *Crawler) release(id index.HostID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.active, id)
}

// crawling returns the hosts that are crawled now.
func (c *Crawler) crawling() map[index.HostID]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[index.HostID]bool, len(c.active))
	for id := range c.active {
		out[id] = true
	}
	return out
}
