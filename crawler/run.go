package crawler

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"trawl/crawler/pace"
)

// errAnew ends a crawl that is to begin anew: it recorded listings that are not believed.
var errAnew = errors.New("to begin anew")

// run is one crawl of one host while it runs. It holds the parts that the crawl consists
// of, and they hold what they need of each other.
type run struct {
	limits  Limits
	full    bool // see Options
	meter   *meter
	budget  *pace.Budget // of what this crawl keeps of what the host says
	slot    *pace.Slot   // among the crawls that work
	conns   *connections
	live    *pace.Liveness
	link    *link
	host    *notes
	ways    *ways
	robots  *permission
	history *history
	times   *times
	loops   *detectors
	out     *output
}

// newRun returns the crawl of a host that was reached.
func newRun(c *Crawler, l *link, opts Options, m *meter, got *grants) *run {
	server, _ := l.now()
	host := newNotes(c, l.host, server.Known().Demoted, m)
	live := pace.NewLiveness(got.slot, l.pacer, c.limits.Stall)
	out := newOutput(c, l.host.ID, got.budget, m)
	ways := &ways{link: l, host: host, out: out}
	found := newDetectors(l, live, got.budget, host)
	past := &history{cat: c.cat, host: host, seed: found.seed, meter: m}
	return &run{
		limits: c.limits, full: opts.Full, meter: m, budget: got.budget, slot: got.slot,
		conns: newConnections(got.quota, l.pacer, &l.host, c.limits),
		live:  live, link: l, host: host, ways: ways, out: out, loops: found,
		robots: newPermission(l, live, ways, host), history: past, times: &times{history: past},
	}
}

// crawl makes the crawl and keeps the facts that it found out. When ctx ends it, it can be
// taken up again. Failed reports whether it came to its end, with an error.
func (r *run) crawl(ctx context.Context) (failed bool, err error) {
	disconnect := sync.OnceValue(r.link.close)
	defer disconnect()
	resume := r.host.before.Health.Crawling && !r.full
	if err := r.out.begin(ctx, resume); err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, r.out.crawl.Close()) }()
	if began := r.host.before.Health.Started; resume && !began.IsZero() {
		r.host.started = began
	}
	r.meter.resumed = resume
	if err := r.host.keepStart(ctx, r.full); err != nil {
		return false, fmt.Errorf("%w: %w", errCatalogue, err)
	}
	if r.trusts() {
		r.times.trustFromNow()
	}
	complete, failed, err := r.listAll(ctx)
	if err != nil {
		return failed, err
	}
	r.meter.stage.Store(Reading)
	if err := r.out.crawl.Finish(ctx, complete); err != nil {
		return false, fmt.Errorf("%w: %w", errCatalogue, err)
	}
	r.meter.complete = complete
	unstored := r.readTexts(ctx)
	if unstored != nil && !errors.Is(unstored, errCatalogue) {
		r.host.log.Debug("texts were not all read", "err", unstored)
		unstored = nil
	}
	if err := r.host.keepEnd(ctx, r.host.learned(disconnect())); err != nil {
		return false, fmt.Errorf("%w: %w", errCatalogue, err)
	}
	return false, unstored
}

// trusts reports whether directory times may save listings in this crawl.
func (r *run) trusts() bool {
	before := &r.host.before
	return !r.full && !before.Known.TimesLie && !before.Health.Complete.IsZero() &&
		before.Known.Skipped+1 < r.limits.FullEvery
}

// listAll lists the host into the catalogue. An error leaves a crawl that can be
// taken up, unless failed reports that there is nothing to take up.
func (r *run) listAll(ctx context.Context) (complete, failed bool, err error) {
	walk, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	for again := true; again; {
		r.out.open(ctx, stop)
		complete, err = r.listOnce(walk)
		if err := r.out.sink.close(); err != nil {
			return false, false, fmt.Errorf("%w: %w", errCatalogue, err)
		}
		if again = errors.Is(err, errAnew); again {
			if err := r.out.anew(ctx); err != nil {
				return false, false, fmt.Errorf("%w: %w", errCatalogue, err)
			}
		}
	}
	if err == nil && r.meter.directories.Load() == 0 {
		err = fmt.Errorf("nothing could be listed: %w", r.meter.mistake())
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, errCatalogue) {
		ending := r.out.crawl.Finish(ctx, false)
		failed = ending == nil
		err = errors.Join(err, ending)
	}
	return complete, failed, err
}

// listOnce lists everything and reports whether that is all there is.
func (r *run) listOnce(ctx context.Context) (complete bool, err error) {
	if r.host.root != "/" {
		if err := r.robots.read(ctx); err != nil {
			return false, err
		}
		if err := r.checkRoot(ctx); err != nil {
			return false, err
		}
	}
	rest, bulk, err := r.trees(ctx)
	if err == nil {
		err = r.walk(ctx, rest, bulk)
		bulk.blame(ctx, len(rest))
	}
	cause := context.Cause(ctx)
	switch {
	case errors.Is(err, errLimit), errors.Is(cause, errLimit), errors.Is(cause, errLost):
		return false, nil
	case cause != nil:
		return false, cause
	}
	return err == nil && !r.out.isPartial(), err
}
