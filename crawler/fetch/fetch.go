package fetch

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"trawl/crawler"
	"trawl/crawler/pace"
	"trawl/index"
)

// Catalogue is the part of a catalogue that fetching needs; every engine has it.
type Catalogue interface {
	index.Hosts
	index.Recorder
	index.Browser
}

// Config holds the parts of a Fetcher.
type Config struct {
	Catalogue Catalogue
	Sources   []crawler.Source
	Limits    Limits
	Gates     *pace.Gates  // shared with the crawls of the process; nil is none
	Log       *slog.Logger // nil logs nothing
}

// Limits bound what fetching costs the hosts and this machine. A zero field has the default
// that stands beside it.
type Limits struct {
	Connections int           // to all hosts together; 64
	PerHost     int           // transfers from one host at once; 2. The host's own limit counts too, and crawls share it
	Bandwidth   int           // bytes a second in all; 0 is unlimited
	Idle        time.Duration // a connection is kept after a transfer; 30 s
	Silence     time.Duration // of a place before the next one is tried; 15 s
	Turn        time.Duration // for which a fetch waits behind others before the next place is tried; 30 s
	Floor       int           // bytes a second below which a transfer makes room for one that waits, and goes on later; 64 KiB
	Hold        time.Duration // for which a transfer need not do so; 10 s
}

func (l Limits) withDefaults() Limits {
	l.Connections = cmp.Or(l.Connections, 64)
	l.PerHost = cmp.Or(l.PerHost, 2)
	l.Idle = cmp.Or(l.Idle, 30*time.Second)
	l.Silence = cmp.Or(l.Silence, 15*time.Second)
	l.Turn = cmp.Or(l.Turn, 30*time.Second)
	l.Floor = cmp.Or(l.Floor, 64<<10)
	l.Hold = cmp.Or(l.Hold, 10*time.Second)
	return l
}

// Fetcher fetches files. Its methods may be called from several goroutines.
type Fetcher struct {
	cat    Catalogue
	limits Limits
	gates  *pace.Gates
	log    *slog.Logger
	hosts  *hosts
	bytes  *rate.Limiter // of all transfers
}

// New returns a Fetcher. The caller closes it.
func New(cfg Config) *Fetcher {
	f := &Fetcher{
		cat: cfg.Catalogue, limits: cfg.Limits.withDefaults(), gates: cfg.Gates,
		log:   cmp.Or(cfg.Log, slog.New(slog.DiscardHandler)),
		bytes: rate.NewLimiter(rate.Inf, 1),
	}
	if n := f.limits.Bandwidth; n > 0 {
		f.bytes = rate.NewLimiter(rate.Limit(n), max(n, 64<<10))
	}
	f.hosts = &hosts{
		fetcher: f, sources: map[string]crawler.Source{}, seats: map[index.HostID]*seat{},
		all: semaphore.NewWeighted(int64(f.limits.Connections)), underWay: map[any]func(){},
	}
	for _, source := range cfg.Sources {
		for _, scheme := range source.Schemes() {
			f.hosts.sources[scheme.Name] = source
		}
	}
	return f
}

// Close ends all transfers and connections, and returns when no goroutine of them runs.
func (f *Fetcher) Close() error {
	f.hosts.close()
	return nil
}

// pace waits while transfers are faster than the limit of all.
func (f *Fetcher) pace(ctx context.Context, n int) error {
	if f.bytes.Limit() == rate.Inf {
		return nil
	}
	for n > 0 {
		part := min(n, f.bytes.Burst())
		if err := f.bytes.WaitN(ctx, part); err != nil {
			return err
		}
		n -= part
	}
	return nil
}
