package web

import (
	"embed"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/index/match"
	"trawl/search"
	"trawl/web/answered"
	"trawl/web/api"
	"trawl/web/cached"
	"trawl/web/export"
	"trawl/web/gateway"
	"trawl/web/gone"
	"trawl/web/request"
	"trawl/web/suggest"
)

//go:embed assets templates
var files embed.FS

// Catalogue is all that the portal reads.
type Catalogue interface {
	index.Hosts
	index.Searcher
	index.Browser
	index.Texts
}

// Options are what New needs. The zero values of all but Catalogue and
// Schemes are defaults.
type Options struct {
	Catalogue Catalogue
	Schemes   index.Schemes // of the hosts: their links are written so
	Budget    time.Duration // of a search; 0 is index.DefaultBudget
	Log       *slog.Logger  // of what failed; nil is none
	Checker   Checker       // of the places of a file; nil if they cannot be asked
	Crawls    Crawls        // of this process, whose progress is shown; nil is none
	Gone      Gone          // what hosts no longer have; nil remembers what this portal finds out, until it ends
	News      News          // what was found new on hosts; nil is no news and no feeds

	Fetcher  Fetcher           // of the files of the gateway; nil is no gateway
	Gateway  gateway.Limits    // of what its visitors cost
	Visitors *gateway.Visitors // shared with other gateways; nil is none

	Requests int        // to the API, of a visitor in a minute; 0 is api.Requests, negative is no limit
	Owner    api.Owner  // does what the owner asks for over the API; nil is nobody
	Tokens   api.Tokens // that the owner gave; Owner needs them

	Searched search.Observer // of the searches of pages and of the API; nil is none

	// Until is closed when the portal ends. Streams of events end then, which would hold it up. Nil is never.
	Until <-chan struct{}
}

// portal serves pages and the API over one catalogue.
type portal struct {
	catalogue Catalogue
	schemes   index.Schemes
	budget    time.Duration
	log       *slog.Logger
	pages     *pages
	kept      *keptPages // of results
	compress  compressor
	assets    *assets
	types     match.FileTypes
	crawls    Crawls
	streams   chan struct{} // a place for each stream of events
	checker   Checker       // nil if places cannot be asked
	gone      Gone
	news      News // nil if there is none
	suggester *suggest.Suggester
	known     *cached.Value[examples]
	exporter  *export.Exporter
	feeding   chan struct{}    // a place for each feed that is made
	gateway   *gateway.Gateway // nil if there is none
	searched  search.Observer
	until     <-chan struct{} // closed when streams of events are to end
}

// New returns the portal: "/" searches, "/hosts" and "/host" browse, "/api/v1"
// answers programs.
func New(opt Options) (http.Handler, error) {
	assets, err := newAssets()
	if err != nil {
		return nil, err
	}
	pages, err := newPages(opt.Schemes, assets)
	if err != nil {
		return nil, err
	}
	compress, err := newCompressor()
	if err != nil {
		return nil, err
	}
	p := &portal{compress: compress, kept: newKeptPages(keptRoom), catalogue: opt.Catalogue, schemes: opt.Schemes, budget: opt.Budget, log: opt.Log, pages: pages, assets: assets, types: match.NewFileTypes(), checker: opt.Checker, gone: opt.Gone, news: opt.News, crawls: opt.Crawls, until: opt.Until, streams: make(chan struct{}, mostStreams)}
	p.exporter, p.feeding = export.New(opt.Catalogue, opt.Schemes), make(chan struct{}, feedsAtOnce)
	p.suggester, p.known = suggest.New(opt.Catalogue), cached.For[examples](5*time.Minute)
	p.searched = opt.Searched
	if p.gone == nil {
		p.gone = &gone.Book{}
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	r.Use(guard, gin.CustomRecoveryWithWriter(io.Discard, p.recovered))
	for path, answer := range map[string]gin.HandlerFunc{
		"/": p.root, "/hosts": p.hosts, "/host/*rest": p.host, "/host": p.oldHost, "/browse/*rest": p.browse, "/file/*rest": p.file,
		"/help": p.help, "/complete": p.complete, "/favicon.ico": p.favicon, "/search": p.searchMoved, "/assets/:name": p.asset, "/robots.txt": p.robots,
		"/feed.atom": p.feedOf("atom"), "/feed.json": p.feedOf("json"), "/opensearch.xml": p.openSearch, "/opensearch/suggest": p.openSearchSuggest,
	} {
		r.Match([]string{http.MethodGet, http.MethodHead}, path, answer)
	}
	r.NoRoute(func(c *gin.Context) { p.fail(c, http.StatusNotFound, "failure.no-page") })
	r.NoMethod(func(c *gin.Context) { p.fail(c, http.StatusMethodNotAllowed, "failure.read-only") })
	p.openGateway(r, opt)
	return p.withGateway(p.compress(withoutPrefix(p.withAPI(r, opt)))), nil
}

// withoutPrefix drops a header by which anybody could change where Gin redirects to, for all who share a cache.
func withoutPrefix(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("X-Forwarded-Prefix")
		next.ServeHTTP(w, r)
	})
}

// gets reports whether the portal gives the bytes of files.
func (p *portal) gets() bool { return p.gateway != nil }

// searchMoved answers GET /search, as which people know it from elsewhere.
func (p *portal) searchMoved(c *gin.Context) {
	to := "/"
	if c.Request.URL.RawQuery != "" {
		to += "?" + c.Request.URL.RawQuery
	}
	c.Redirect(http.StatusMovedPermanently, to)
}

// root answers GET /: the search page if something is asked for, else the welcome.
func (p *portal) root(c *gin.Context) {
	if p.inOtherForm(c) {
		return
	}
	asked, err := request.Read(c.Request)
	switch {
	case err != nil:
		p.fail(c, http.StatusBadRequest, "failure.address", "Why", p.visit(c.Request).Phrase(err.Error()))
	case strings.TrimSpace(asked.Text) == "":
		p.welcome(c)
	default:
		p.search(c, asked)
	}
}

// guard names the handler, and sets the headers that protect the reader's browser from names that servers
// chose.
func guard(c *gin.Context) {
	answered.Name(c.Request, c.FullPath())
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
}
