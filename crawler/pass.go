package crawler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"trawl/index"
)

// errLimit ends a pass that has taken all that Limits allow it.
var errLimit = errors.New("limit reached")

// errAnew ends a pass that is to begin anew: it recorded what is not believed.
var errAnew = errors.New("to begin anew")

// pass is one crawl of one host while it runs.
type pass struct {
	c       *Crawler
	id      index.HostID
	root    index.Path
	opts    Options
	failed  bool // it has come to its end, with an error
	started time.Time
	before  index.Host // the host as it was when the crawl began, or was begun if it is resumed
	resumed bool
	seed    maphash.Seed

	link    *link
	crawl   index.Crawl
	sink    *sink
	meter   *meter
	quota   *quota // of connections
	slot    *slot  // among the crawls that work
	hearing hearing
	texts   *shelf
	memory  *share                  // what this crawl keeps of what the host tells
	stop    context.CancelCauseFunc // ends the walk: for a limit, a lost host, a failed catalogue

	times   times
	idents  idents
	tangle  tangle
	mute    atomic.Int64 // how often the server was asked what it knows directories by and did not answer
	began   time.Time    // when this pass began, which the crawl may have done long before
	asked   atomic.Int64 // how long the answers took, in nanoseconds
	bulk    *tree        // the bulk answer that was believed, or nil
	refused []string     // the bulk ways that were not

	mu      sync.Mutex // guards the following
	rules   rules
	ruled   bool        // robots.txt was read, or need not be
	robots  string      // its name where it was seen
	known   index.Known // what this pass found out itself
	partial bool        // the crawl cannot be complete
}

// errCatalogue marks an error of the catalogue: the host is not to blame.
var errCatalogue = errors.New("catalogue failed")

// pass makes the crawl and keeps what it found out. When ctx ends it, it can be
// taken up again.
func (p *pass) pass(ctx context.Context) (err error) {
	disconnect := sync.OnceValue(p.link.close)
	defer disconnect()
	defer p.memory.close()
	p.resumed = p.before.Health.Crawling && !p.opts.Full
	if p.crawl, err = p.c.cat.Begin(ctx, p.id, !p.resumed); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.crawl.Close()) }()
	if p.resumed && !p.before.Health.Started.IsZero() {
		p.started = p.before.Health.Started
	}
	p.meter.resumed = p.resumed
	if err := p.noteStart(ctx); err != nil {
		return fmt.Errorf("%w: %w", errCatalogue, err)
	}
	p.times.trusted = p.trusts()
	complete, err := p.listAll(ctx)
	if err != nil {
		return err
	}
	p.meter.stage.Store(Reading)
	if err := p.crawl.Finish(ctx, complete); err != nil {
		return fmt.Errorf("%w: %w", errCatalogue, err)
	}
	p.meter.complete = complete
	if err := p.readTexts(ctx); err != nil {
		p.c.log.Debug("texts were not all read", "host", p.id, "err", err)
	}
	return p.noteEnd(ctx, p.learned(disconnect()))
}

// listAll lists the host into the catalogue. An error leaves a crawl that can be
// taken up, unless there is nothing to take up.
func (p *pass) listAll(ctx context.Context) (complete bool, err error) {
	walk, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	p.stop = stop
	for again := true; again; {
		p.sink = newSink(ctx, p.crawl, p.c.limits, p.c.flow, func(err error) { stop(fmt.Errorf("%w: %w", errCatalogue, err)) })
		complete, err = p.run(walk)
		if err := p.sink.close(); err != nil {
			return false, fmt.Errorf("%w: %w", errCatalogue, err)
		}
		if again = errors.Is(err, errAnew); again {
			if err := p.anew(ctx); err != nil {
				return false, fmt.Errorf("%w: %w", errCatalogue, err)
			}
		}
	}
	if err == nil && p.meter.directories.Load() == 0 {
		err = fmt.Errorf("nothing could be listed: %s", p.meter.lastError.Load())
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, errCatalogue) {
		ending := p.crawl.Finish(ctx, false)
		p.failed = ending == nil
		err = errors.Join(err, ending)
	}
	return complete, err
}

// anew begins the crawl again, so that what it has recorded does not count as seen.
func (p *pass) anew(ctx context.Context) error {
	if err := p.crawl.Close(); err != nil {
		return err
	}
	crawl, err := p.c.cat.Begin(ctx, p.id, true)
	if err == nil {
		p.crawl, p.resumed = crawl, false
	}
	return err
}

// learned joins what the server and this pass found out.
func (p *pass) learned(known index.Known) index.Known {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.known.Demoted { // the server has its own
		if !slices.Contains(known.Demoted, d) {
			known.Demoted = append(known.Demoted, d)
		}
	}
	known.TimesLie = p.known.TimesLie
	known.Lanes = cmp.Or(p.known.Lanes, known.Lanes)
	known.Way = p.meter.way.Load().(string)
	known.Changed = p.before.Known.Changed
	if p.meter.compared.Load() > 0 {
		known.Changed = p.meter.changedShare()
	}
	known.Shunned = 0
	if len(known.Demoted) > 0 {
		known.Shunned = p.before.Known.Shunned + 1
	}
	known.Skipped = 0
	if p.meter.unchanged.Load() > 0 {
		known.Skipped = p.before.Known.Skipped + 1
	}
	return known
}

// trusts reports whether directory times may save listings in this crawl.
func (p *pass) trusts() bool {
	return !p.opts.Full && !p.before.Known.TimesLie && !p.before.Health.Complete.IsZero() &&
		p.before.Known.Skipped+1 < p.c.limits.FullEvery
}

// run lists everything and reports whether that is all there is.
func (p *pass) run(ctx context.Context) (complete bool, err error) {
	if p.root != "/" {
		if err := p.readRules(ctx); err != nil {
			return false, err
		}
		if err := p.checkRoot(ctx); err != nil {
			return false, err
		}
	}
	rest, err := p.trees(ctx)
	if err == nil {
		err = p.walk(ctx, rest)
		p.blame(ctx, len(rest))
	}
	cause := context.Cause(ctx)
	switch {
	case errors.Is(err, errLimit), errors.Is(cause, errLimit), errors.Is(cause, errLost):
		return false, nil
	case cause != nil:
		return false, cause
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return err == nil && !p.partial, err
}

// checkRoot fails with ErrFile if the root is a file. Servers list a file as a
// directory that holds it, or nothing, or a line that is not understood; but only
// a file can be read. An empty one is not distinguished from a directory. Where
// directories can be read as files, the listing is left to show what the root is.
func (p *pass) checkRoot(ctx context.Context) error {
	if p.c.schemes.Lookup(p.id.Scheme()).DirsOpen {
		return nil
	}
	server, _ := p.link.now()
	watched, _, release := p.watch(ctx)
	defer release()
	f, err := server.Open(watched, p.root, 0)
	if err != nil {
		return context.Cause(ctx)
	}
	defer f.Close()
	if n, _ := io.ReadFull(f, make([]byte, 1)); n > 0 {
		return fmt.Errorf("%w; name the directory that holds it: %s", ErrFile, p.c.schemes.URL(p.id, p.root.Dir(), index.Dir))
	}
	return context.Cause(ctx)
}

// waysOf splits the ways of the server: those that list trees and the names of
// those that list directories.
func (p *pass) waysOf() (trees []Way, lists []string) {
	server, _ := p.link.now()
	for _, w := range server.Ways() {
		switch {
		case p.isDemoted(w.Name), slices.Contains(p.refused, w.Name):
		case w.Tree != nil:
			trees = append(trees, w)
		default:
			lists = append(lists, w.Name)
		}
	}
	return trees, lists
}

// authority returns the way that others are held against: MLSD tells most, else
// the plainest, which comes last.
func authority(lists []string) string {
	if len(lists) == 0 {
		return ""
	}
	if slices.Contains(lists, "MLSD") {
		return "MLSD"
	}
	return lists[len(lists)-1]
}

// isDemoted reports whether a way failed, now or in an earlier crawl.
func (p *pass) isDemoted(way string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known.IsDemoted(way)
}

// demote gives up a way of this host, now and in later crawls.
func (p *pass) demote(ctx context.Context, way, reason string) {
	reason = oneLine(reason)
	p.mu.Lock()
	if p.known.IsDemoted(way) {
		p.mu.Unlock()
		return
	}
	p.known.Demoted = append(p.known.Demoted, way+": "+reason)
	demoted := slices.Clone(p.known.Demoted)
	p.mu.Unlock()
	p.c.log.Info("way given up", "host", p.id, "way", way, "reason", reason)
	p.meter.failed(fmt.Sprintf("%s: %s", way, reason))
	p.note(ctx, func(h *index.Host) { h.Known.Demoted = demoted })
}

// note keeps what was found out at once, so that a crawl that is killed need
// not find it out again.
func (p *pass) note(ctx context.Context, change func(*index.Host)) {
	err := p.c.cat.Update(ctx, p.id, func(h *index.Host) error {
		change(h)
		return nil
	})
	if err != nil {
		p.c.log.Warn("keep what was found out", "host", p.id, "err", err)
	}
}

// spoil says that the crawl cannot be complete.
func (p *pass) spoil() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.partial = true
}

// cut records that a directory is known and for a reason not listed.
func (p *pass) cut(dir index.Path, way, why string) error {
	p.meter.truncated.Add(1)
	return p.put(index.Listing{Dir: dir, Way: way, State: index.Truncated, Why: why})
}

// put hands a listing to the catalogue and counts it.
func (p *pass) put(l index.Listing) error {
	l.Why = oneLine(l.Why)
	l.Ident, l.Idents = "", nil // which are not for the catalogue
	if l.Taken.IsZero() {
		l.Taken = time.Now()
	}
	p.meter.count(&l)
	if p.meter.directories.Load() > p.c.limits.Directories || p.meter.entries.Load() > p.c.limits.Entries {
		return p.overrun(fmt.Sprintf("the host holds more than the limit of %d directories or %d entries",
			p.c.limits.Directories, p.c.limits.Entries))
	}
	if !l.More && l.State != index.Stale && !p.memory.spend(listCosts) {
		return p.crowded()
	}
	p.texts.offer(&l)
	return p.sink.put(l)
}

// overrun ends the crawl: it has taken all that it may.
func (p *pass) overrun(why string) error {
	p.meter.failed(why)
	p.spoil()
	p.stop(errLimit)
	return errLimit
}

// crowded is overrun for too much memory.
func (p *pass) crowded() error {
	return p.overrun(fmt.Sprintf("after %d directories the host takes more memory than the limit",
		p.meter.directories.Load()))
}

// oneLine makes what a server said fit for a log and a line of a table.
func oneLine(s string) string {
	const most = 200
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return index.Visible(s)
}
