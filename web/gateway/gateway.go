package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"trawl/crawler/fetch"
	"trawl/index"
	"trawl/web/address"
)

// Catalogue is what the gateway reads of a catalogue.
type Catalogue interface {
	index.Hosts
	index.Searcher
	index.Browser
}

// Fetcher gets files from their hosts; *fetch.Fetcher does.
type Fetcher interface {
	Open(ctx context.Context, file fetch.File, offset int64) (fetch.Body, error)
	Stat(ctx context.Context, file fetch.File) (fetch.Info, index.Place, error)
}

var _ Fetcher = (*fetch.Fetcher)(nil)

// Options are what New needs. The zero values of all but Catalogue, Fetcher and Schemes are defaults.
type Options struct {
	Catalogue Catalogue
	Fetcher   Fetcher
	Schemes   index.Schemes // of the hosts: links to them are written so
	Limits    Limits
	Visitors  *Visitors    // those of other gateways, too, by the limits that it was made with; nil: of this one alone
	Log       *slog.Logger // of what failed; nil is none

	// Refuse answers a request for which there is no file. Nil answers in plain text.
	Refuse func(http.ResponseWriter, *http.Request, Refusal)
}

// Gateway serves files. It may be used by several goroutines.
type Gateway struct {
	opt      Options
	visitors *Visitors
	sums     *sums
}

// New returns the gateway. It answers paths that begin with /get/ and /metalink/.
func New(opt Options) *Gateway {
	opt.Limits = opt.Limits.withDefaults()
	if opt.Visitors == nil {
		opt.Visitors = NewVisitors(opt.Limits)
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Refuse == nil {
		opt.Refuse = refusePlainly
	}
	return &Gateway{opt, opt.Visitors, newSums(opt.Fetcher, opt.Catalogue)}
}

// Answers reports whether a path is one of the gateway, and with what such paths begin: "/get/".
func Answers(path string) (page string, is bool) {
	for _, p := range []address.Page{address.Get, address.Metalink} {
		if page = "/" + string(p) + "/"; strings.HasPrefix(path, page) {
			return page, true
		}
	}
	return "", false
}

// ServeHTTP answers a request. It panics with http.ErrAbortHandler where an answer that has begun cannot be ended.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	page, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	var answer func(http.ResponseWriter, *http.Request, *entry) error
	switch address.Page(page) {
	case address.Get:
		answer = g.get
	case address.Metalink:
		answer = g.metalink
	default:
		g.refuse(w, r, errUnknown)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		g.refuse(w, r, &Refusal{Status: http.StatusMethodNotAllowed, Message: "Files are only read: use GET."})
		return
	}
	found, err := g.find(r.Context(), rest)
	if err == nil {
		err = answer(w, r, found)
	}
	if err != nil {
		g.refuse(w, r, err)
	}
}

// MayCheck reports whether the visitor of a request may have the places of a file checked now, which counts as a check.
// Checks cost the hosts.
func (g *Gateway) MayCheck(r *http.Request) bool { return g.visitors.mayCheck(r) }

// Follow reports whether the visitor of a request may hold another stream of events open: a few would take the places of
// all. The caller calls leave when it has ended.
func (g *Gateway) Follow(r *http.Request) (leave func(), ok bool) { return g.visitors.follow(r) }

// File returns the file that an address is about, with the places that have the same one; rest is what follows the page in it,
// percent-encoded. The error is a *Refusal.
func (g *Gateway) File(ctx context.Context, rest string) (fetch.File, error) {
	e, err := g.find(ctx, rest)
	if err != nil {
		return fetch.File{}, refused(err)
	}
	return g.file(ctx, e), nil
}
