package api

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"trawl/crawler/fetch"
	"trawl/index"
	"trawl/search"
	"trawl/web/answered"
	"trawl/web/export"
	"trawl/web/gateway"
	"trawl/web/suggest"
	"trawl/web/token"
)

// Prefix begins the paths that package api answers.
const Prefix = "/api/"

// version begins those of this version of the API.
const version = Prefix + "v1"

// Catalogue is all that the API reads.
type Catalogue interface {
	index.Hosts
	index.Searcher
	index.Browser
}

// Options are what New needs. The zero values of all but Catalogue and Schemes are defaults.
type Options struct {
	Catalogue Catalogue
	Schemes   index.Schemes      // of the hosts: their links are written so
	Budget    time.Duration      // of a search; 0 is index.DefaultBudget
	Log       *slog.Logger       // of what failed; nil is none
	Suggester *suggest.Suggester // shared with the portal; nil makes one
	Checks    Checks             // of the places of a file; nil if they cannot be asked
	Searched  search.Observer    // of its searches; nil is none
	Gone      gateway.Gone       // what hosts no longer have; nil is unknown
	News      News               // what was found new; nil is no news
	Exporter  *export.Exporter   // of all results of a query; nil is none
	Requests  int                // of a visitor in a minute; 0 is Requests, negative is no limit
	Owner     Owner              // does what the owner asks for; nil is nobody
	Tokens    Tokens             // that the owner gave; Owner needs them
}

// Checks ask the places of a file whether they still have it.
type Checks interface {
	// File returns the file that an address is about; rest is what follows the page in it, percent-encoded. The error
	// is a *gateway.Refusal.
	File(ctx context.Context, rest string) (fetch.File, error)

	// May reports whether the visitor of a request may have a file checked now, which counts as a check.
	May(r *http.Request) bool

	// Check asks the places of a file, and remembers which of them no longer have it.
	Check(ctx context.Context, file fetch.File) ([]fetch.Checked, error)
}

// api answers programs.
type api struct {
	Options
	requests *limiter
	wrong    *limiter // of tokens
	origins  *http.CrossOriginProtection
}

// New returns the handler of all paths that begin with Prefix.
func New(opt Options) http.Handler {
	if opt.Requests == 0 {
		opt.Requests = Requests
	}
	a := &api{Options: opt, requests: newLimiter(max(opt.Requests, 1), time.Minute), wrong: newLimiter(wrongTokens, wrongWindow), origins: http.NewCrossOriginProtection()}
	if a.Log == nil {
		a.Log = slog.New(slog.DiscardHandler)
	}
	if a.Suggester == nil {
		a.Suggester = suggest.New(opt.Catalogue)
	}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	r.RedirectTrailingSlash = false
	r.Use(guard, gin.CustomRecoveryWithWriter(io.Discard, a.recovered), a.limit)
	a.route(r)
	a.routeOwner(r)
	r.NoRoute(func(c *gin.Context) {
		refuse(c, problem{kind: absent, detail: "the API has no such path", hint: "doc/api.md lists the paths"})
	})
	r.NoMethod(func(c *gin.Context) {
		refuse(c, problem{kind: wrongMethod, detail: "this path does not take " + c.Request.Method, hint: "it takes " + c.Writer.Header().Get("Allow")})
	})
	return r
}

// route sets the answers. All but a check take HEAD, too.
func (a *api) route(r gin.IRouter) {
	paths := map[string]gin.HandlerFunc{
		"/search":        taking(a.search, "q", "n", "sort", "reverse", "cursor", "places", "facets"),
		"/suggest":       taking(a.suggest, "q"),
		"/hosts":         taking(a.hosts),
		"/hosts/*where":  taking(a.host),
		"/browse/*where": taking(a.browse, "n", "sort", "reverse", "filter", "cursor"),
		"/file/*where":   taking(a.file),
		"/openapi.json":  taking(a.openapi),
	}
	if a.News != nil {
		paths["/news"] = taking(a.news, "since", "host", "q", "n", "cursor")
	}
	if a.Exporter != nil {
		paths["/export"] = taking(a.export, "q", "format", "sort", "reverse", "places")
	}
	for path, answer := range paths {
		r.HEAD(version+path, answer)
	}
	if a.Checks != nil {
		paths["/check/*where"] = taking(a.check)
	}
	for path, answer := range paths {
		r.GET(version+path, answer)
		r.OPTIONS(version+path, preflight)
	}
}

// routeOwner sets the answers to the owner.
func (a *api) routeOwner(r gin.IRouter) {
	if a.Owner == nil || a.Tokens == nil {
		return
	}
	r.POST(version+"/hosts", a.owning(token.Change, a.addHost))
	r.PATCH(version+"/hosts/*where", a.owning(token.Change, a.changeHost))
	r.DELETE(version+"/hosts/*where", a.owning(token.Remove, a.removeHost))
	r.POST(version+"/hosts/*where", a.owning(token.Crawl, a.crawlHost))
}

// guard names the handler, and sets the headers that hold for all answers. None of them is a page.
func guard(c *gin.Context) {
	answered.Name(c.Request, c.FullPath())
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	share(h)
}
