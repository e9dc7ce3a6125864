// Package export streams the results of a query to their last, as NDJSON, CSV or lines. An [Exporter] bounds how many are
// under way at once.
//
// The files: export.go begins an [Export] and asks for page after page, send.go writes it to a client, and each format has
// a file of its own.
package export

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"trawl/index"
	"trawl/search"
)

// ErrBusy says that so many exports are under way that another one does not begin.
var ErrBusy = errors.New("as many exports are under way as this machine can make, try again in a moment")

// The bounds of exports.
const (
	AtOnce = 4 // exports under way
	OfOne  = 2 // of them, of one visitor

	firstPage = 1 << 10          // results that are asked for first, so that the answer begins soon
	nextPage  = index.MaxLimit   // and then: each page costs a search
	budget    = 30 * time.Second // of each search; one that takes longer is cut
	patience  = time.Minute      // for which an engine that is crowded is asked again
	again     = time.Second      // after which it is
)

// Exporter makes exports. Its methods may be called from several goroutines.
type Exporter struct {
	searcher index.Searcher
	schemes  index.Schemes

	first, next int // results of a page

	mu    sync.Mutex // guards what follows
	all   int        // exports under way
	whose map[netip.Prefix]int
}

// New returns an Exporter.
func New(searcher index.Searcher, schemes index.Schemes) *Exporter {
	return &Exporter{searcher: searcher, schemes: schemes, first: firstPage, next: nextPage, whose: map[netip.Prefix]int{}}
}

// Export is the answer to a query, page by page. No page holds anything of the engine while it is sent.
type Export struct {
	of     *Exporter
	who    netip.Prefix
	answer search.Answer // the page that is sent next
	query  index.Query
	sent   int
	cut    bool // a search was cut, so that results may be missing
}

// enter makes place for an export of a visitor, if there is any.
func (e *Exporter) enter(who netip.Prefix) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.all >= AtOnce || e.whose[who] >= OfOne {
		return false
	}
	e.all++
	e.whose[who]++
	return true
}

// leave ends what enter began.
func (e *Exporter) leave(who netip.Prefix) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all--
	if e.whose[who]--; e.whose[who] == 0 {
		delete(e.whose, who)
	}
}

// Begin begins an export of a visitor with its first page. The order is that of names unless another one is asked for: then nothing
// comes twice and nothing is missed that is there all the time, whatever crawls do meanwhile. The caller ends it by Close.
// The errors are ErrBusy and those of search.Ask.
func (e *Exporter) Begin(ctx context.Context, who netip.Prefix, asked search.Request, now time.Time) (*Export, error) {
	if !e.enter(who) {
		return nil, ErrBusy
	}
	asked.Limit, asked.Budget, asked.Facets = e.first, budget, false
	if asked.Places == 0 {
		asked.Places = index.MaxLimit
	}
	if asked.Sort == "" {
		asked.Sort = index.ByName
	}
	answer, err := search.Ask(ctx, e.searcher, asked, now)
	if err != nil {
		e.leave(who)
		return nil, err
	}
	x := &Export{of: e, who: who, answer: answer, query: answer.Query, cut: !answer.Exact}
	x.query.Limit = e.next
	return x, nil
}

// Close makes room for another export.
func (x *Export) Close() { x.of.leave(x.who) }

// Note says how the query was read, "" if literally.
func (x *Export) Note() string { return x.answer.Note }

// next asks for the page after the one that was sent. It reports false after the last.
func (x *Export) next(ctx context.Context) (bool, error) {
	if x.query.Cursor = x.answer.Next; x.query.Cursor == "" {
		return false, nil
	}
	x.answer.Results = nil // the room of a page is needed once
	deadline := time.Now().Add(patience)
	for {
		page, err := x.of.searcher.Search(ctx, x.query)
		if err == nil {
			x.answer.Answer = page
			x.cut = x.cut || !page.Exact
			return true, nil
		}
		if !errors.Is(err, index.ErrCrowded) || time.Now().After(deadline) {
			return false, err
		}
		select {
		case <-time.After(again):
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}
