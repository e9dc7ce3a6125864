package crawler

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"trawl/crawler/pace"
	"trawl/index"
)

// errLimit ends a crawl that has taken all that Limits allow it.
var errLimit = errors.New("limit reached")

// errCatalogue marks an error of the catalogue: the host is not to blame.
var errCatalogue = errors.New("catalogue failed")

// output hands the listings of a crawl to the catalogue, counts them, and keeps the crawl
// within its limits. Its methods may be called from several goroutines.
type output struct {
	cat    Catalogue
	id     index.HostID
	limits Limits
	flow   *pace.Flow
	meter  *meter
	budget *pace.Budget
	texts  *candidates

	crawl   index.Crawl // from begin on
	resumed bool        // crawl takes up one that was cut off
	sink    *sink
	stop    context.CancelCauseFunc // ends the walk: for a limit, a lost host, a failed catalogue

	mu      sync.Mutex // guards partial
	partial bool       // the crawl cannot be complete
}

func newOutput(c *Crawler, id index.HostID, budget *pace.Budget, m *meter) *output {
	return &output{
		cat: c.cat, id: id, limits: c.limits, flow: c.flow, meter: m, budget: budget,
		texts: &candidates{most: c.limits.Texts, bytes: c.limits.TextBytes},
	}
}

// begin begins the crawl in the catalogue, or takes it up. Its Close is the caller's.
func (o *output) begin(ctx context.Context, resume bool) error {
	crawl, err := o.cat.Begin(ctx, o.id, !resume)
	if err == nil {
		o.crawl, o.resumed = crawl, resume
	}
	return err
}

// anew begins the crawl again, so that the listings that it has recorded do not count as
// seen.
func (o *output) anew(ctx context.Context) error {
	if err := o.crawl.Close(); err != nil {
		return err
	}
	return o.begin(ctx, false)
}

// open takes listings from now on; stop ends the walk.
func (o *output) open(ctx context.Context, stop context.CancelCauseFunc) {
	o.stop = stop
	o.sink = newSink(ctx, o.crawl, o.limits, o.flow, func(err error) { stop(fmt.Errorf("%w: %w", errCatalogue, err)) })
}

// markPartial says that the crawl cannot be complete.
func (o *output) markPartial() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.partial = true
}

func (o *output) isPartial() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.partial
}

// cut records that a directory is known and for a reason not listed.
func (o *output) cut(dir index.Path, way, why string) error {
	o.meter.truncated.Add(1)
	return o.put(index.Listing{Dir: dir, Way: way, State: index.Truncated, Why: why})
}

// unread records that a directory could not be read: its known entries stay.
func (o *output) unread(dir index.Path, why error) error {
	o.meter.stale.Add(1)
	o.meter.failed(fmt.Sprintf("%s: %v", dir, why), why)
	o.markPartial()
	return o.put(index.Listing{Dir: dir, State: index.Stale, Why: why.Error()})
}

// record puts a part of a listing. One that was cut leaves the crawl incomplete.
func (o *output) record(l index.Listing) error {
	if l.State == index.Truncated {
		o.meter.truncated.Add(1)
		o.markPartial()
	}
	return o.put(l)
}

// put hands a listing to the catalogue and counts it.
func (o *output) put(l index.Listing) error {
	l.Why = oneLine(l.Why)
	l.Ident, l.Idents = "", nil // which are not for the catalogue
	if l.Taken.IsZero() {
		l.Taken = time.Now()
	}
	o.meter.count(&l)
	if o.meter.directories.Load() > o.limits.Host.Directories || o.meter.entries.Load() > o.limits.Host.Entries {
		return o.overrun(fmt.Sprintf("the host holds more than the limit of %d directories or %d entries",
			o.limits.Host.Directories, o.limits.Host.Entries))
	}
	if !l.More && l.State != index.Stale && !o.budget.Spend(listCosts) {
		return o.outOfMemory()
	}
	o.texts.offer(&l)
	return o.sink.put(l)
}

// breakOff ends a directory of which only some parts were put.
func (o *output) breakOff(dir index.Path, way string) error {
	return o.sink.put(index.Listing{
		Dir: dir, Taken: time.Now(), Way: way, State: index.Truncated, Why: "the listing broke off",
	})
}

// again counts a listing that was recorded before the crawl was cut off.
func (o *output) again(l *index.Listing) error {
	if !o.budget.Spend(listCosts) {
		return o.outOfMemory()
	}
	o.meter.count(l)
	o.texts.offer(l)
	return nil
}

// overrun ends the crawl: it has taken all that it may.
func (o *output) overrun(why string) error {
	o.meter.failed(why, errLimit)
	o.markPartial()
	o.stop(errLimit)
	return errLimit
}

// outOfMemory ends the crawl: it needs too much memory.
func (o *output) outOfMemory() error {
	return o.overrun(fmt.Sprintf("after %d directories the host takes more memory than the limit",
		o.meter.directories.Load()))
}

// oneLine makes the words of a server fit for a log and a line of a table.
func oneLine(s string) string {
	const most = 200
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return index.Visible(s)
}
