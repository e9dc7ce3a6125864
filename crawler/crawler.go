package crawler

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"trawl/index"
)

// Catalogue is what crawls need of one; every engine has it.
type Catalogue interface {
	index.Hosts
	index.Recorder
	index.Browser
	index.Texts
}

// Config is what a Crawler is made of.
type Config struct {
	Catalogue Catalogue
	Sources   []Source // each has schemes of its own
	Contact   string   // the anonymous password: an address where the owner can be reached
	Limits    Limits
	Log       *slog.Logger // nil logs nothing
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
	log     *slog.Logger
	slots   *semaphore.Weighted // of those that work at once
	lines   *semaphore.Weighted // connections of all hosts together
	memory  purse
	flow    *flow

	mu     sync.Mutex
	active map[index.HostID]bool // guarded by mu: being crawled by this process
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
		cat:     cfg.Catalogue,
		sources: sources,
		schemes: Schemes(cfg.Sources...),
		contact: cfg.Contact,
		limits:  limits,
		log:     cfg.Log,
		slots:   semaphore.NewWeighted(int64(limits.Hosts)),
		lines:   semaphore.NewWeighted(int64(limits.Connections)),
		memory:  purse{total: limits.Memory},
		flow:    newFlow(limits.Flow),
		active:  make(map[index.HostID]bool),
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

// Options are those of one crawl.
type Options struct {
	// Full lists every directory, whatever its time says, tries the ways again
	// that were demoted, and starts anew instead of taking up what was cut off.
	Full bool

	// Progress is called some times a second while the crawl runs, and once more
	// at its end, never from two goroutines at once. It may be nil.
	Progress func(Progress)
}

// Progress is how far a crawl has come.
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

// Stage is what a crawl is doing.
type Stage string

// The stages, in their order.
const (
	Queued     Stage = "queued" // other hosts come first
	Connecting Stage = "connecting"
	Listing    Stage = "listing"
	Proving    Stage = "proving" // a bulk answer is held against single listings
	Reading    Stage = "reading" // the texts that describe the archive
	Done       Stage = "done"
)

// Summary is what a crawl did.
type Summary struct {
	Host        index.HostID
	Directories int64 // seen, however
	Files       int64 // entries that are not directories
	Bytes       int64 // sum of the known sizes
	Errors      int64 // directories that could not be read, and ways that failed
	LastError   string
	Way         string // that listed most: "LIST -lR", "MLSD", ...
	Took        time.Duration
	Complete    bool  // everything that may be listed was
	Resumed     bool  // took up a crawl that was cut off
	Denied      int64 // directories that the server or its robots.txt keeps closed
	Stale       int64 // directories that could not be read now
	Truncated   int64 // directories that were cut: by the server, by a limit, as a loop
	Unparsed    int64 // lines that were not understood
	Unchanged   int64 // directories whose time vouched for them
	Texts       int64 // texts that were fetched
}

// Crawl crawls a host that the catalogue remembers, now, and returns when it is
// done or ctx is. It takes up a crawl that was cut off. Waiting for a free slot
// among the crawls that this Crawler runs is part of it.
//
// A crawl that came to its end, complete or not, has no error. Otherwise the
// error says why nothing could be reached (see Connect), or is that of ctx, and
// then the next Crawl goes on where this one was stopped. What the catalogue
// knew of a host that cannot be reached stays as it is.
func (c *Crawler) Crawl(ctx context.Context, id index.HostID, opts Options) (Summary, error) {
	m := newMeter(id, opts.Progress)
	err := c.crawl(ctx, id, opts, m)
	m.close()
	s := m.summary()
	if err != nil {
		return s, fmt.Errorf("crawl %s: %w", id, err)
	}
	return s, nil
}

func (c *Crawler) crawl(ctx context.Context, id index.HostID, opts Options, m *meter) error {
	if !c.claim(id) {
		return index.ErrBusy
	}
	defer c.release(id)
	host, err := c.cat.Host(ctx, id)
	if err != nil {
		return err
	}
	lines := &quota{of: c.lines}
	if err := lines.first(ctx); err != nil {
		return err
	}
	defer lines.close()
	slot := newSlot(c.slots)
	if err := slot.take(ctx); err != nil {
		return err
	}
	defer slot.leave()
	m.stage.Store(Connecting)
	p, err := c.connect(ctx, host, opts, m)
	if err == nil {
		p.quota, p.slot = lines, slot
		err = p.pass(ctx)
	}
	// A host that cannot be reached, or turns us away, is asked later and later.
	ours := errors.Is(err, index.ErrBusy) || errors.Is(err, index.ErrNoHost) || errors.Is(err, errCatalogue)
	stopped := ctx.Err() != nil && (p == nil || !p.failed)
	if err != nil && !stopped && !ours {
		m.failed(err.Error())
		if err := c.noteFailure(ctx, id, err); err != nil {
			c.log.Warn("keep a failure", "host", id, "err", err)
		}
	}
	return err
}

// connect reaches a host for a pass.
func (c *Crawler) connect(ctx context.Context, host index.Host, opts Options, m *meter) (*pass, error) {
	source := c.sources[host.ID.Scheme()]
	if source == nil {
		return nil, fmt.Errorf("%w: %s", ErrScheme, host.ID.Scheme())
	}
	host, err := c.introduce(ctx, host)
	if err != nil {
		return nil, err
	}
	if opts.Full {
		host.Known.Demoted, host.Known.TimesLie = nil, false
	}
	if host.Known.Shunned+1 >= c.limits.FullEvery { // a server may have been mended
		host.Known.Demoted, host.Known.Shunned = nil, 0
	}
	if host.Settings.Connections == 0 {
		host.Settings.Connections = c.limits.PerHost
	}
	guest := NewGuest(host.Settings.Rate, host.Settings.Bandwidth)
	guest.memory = &share{of: &c.memory}
	l := &link{
		source: source,
		guest:  guest,
		limits: c.limits,
		host:   host,
	}
	if err := l.connect(ctx); err != nil {
		guest.memory.close()
		return nil, err
	}
	seed, now := maphash.MakeSeed(), time.Now()
	return &pass{
		c: c, id: host.ID, root: host.ID.Root(), opts: opts, started: now, began: now, hearing: hearing{since: now},
		before: host, link: l, meter: m, memory: guest.memory, seed: seed, idents: idents{seed: seed, memory: guest.memory},
		tangle: tangle{memory: guest.memory},
		texts:  &shelf{most: c.limits.Texts, bytes: c.limits.TextBytes},
		known:  index.Known{Demoted: l.server.Known().Demoted, TimesLie: host.Known.TimesLie, Lanes: host.Known.Lanes},
	}, nil
}

// claim takes a host for this process; release gives it back.
func (c *Crawler) claim(id index.HostID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.active[id] {
		return false
	}
	c.active[id] = true
	return true
}

func (c *Crawler) release(id index.HostID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.active, id)
}
