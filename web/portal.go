package web

import (
	"embed"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"trawl/index"
)

//go:embed assets templates
var files embed.FS

// Catalogue is all that the portal reads.
type Catalogue interface {
	index.Hosts
	index.Searcher
	index.Browser
}

// Options are what New needs. The zero values of all but Catalogue and
// Schemes are defaults.
type Options struct {
	Catalogue Catalogue
	Schemes   index.Schemes // of the hosts: their links are written so
	Budget    time.Duration // of a search; 0 is index.DefaultBudget
	Log       *slog.Logger  // of what failed; nil is none
}

// portal serves pages and the API over one catalogue.
type portal struct {
	catalogue Catalogue
	schemes   index.Schemes
	budget    time.Duration
	log       *slog.Logger
	pages     *pages
}

// New returns the portal: "/" searches, "/hosts" and "/host" browse, "/api/v1"
// answers programs.
func New(opt Options) (http.Handler, error) {
	pages, err := newPages()
	if err != nil {
		return nil, err
	}
	assets, err := fs.Sub(files, "assets")
	if err != nil {
		return nil, err
	}
	p := &portal{catalogue: opt.Catalogue, schemes: opt.Schemes, budget: opt.Budget, log: opt.Log, pages: pages}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	r.Use(guard, gin.CustomRecoveryWithWriter(io.Discard, p.recovered))
	for path, answer := range map[string]gin.HandlerFunc{"/": p.root, "/hosts": p.hosts, "/host": p.host} {
		r.Match([]string{http.MethodGet, http.MethodHead}, path, answer)
	}
	p.serveAPI(r)
	r.StaticFileFS("/robots.txt", "robots.txt", http.FS(assets))
	r.StaticFS("/assets", http.FS(assets))
	r.NoRoute(func(c *gin.Context) { p.fail(c, http.StatusNotFound, "There is no such page.") })
	r.NoMethod(func(c *gin.Context) { p.fail(c, http.StatusMethodNotAllowed, "The portal is read-only: use GET.") })
	return r, nil
}

// serveAPI sets the answers to programs.
func (p *portal) serveAPI(r *gin.Engine) {
	for path, answer := range map[string]gin.HandlerFunc{
		"/api/v1/search":   taking(p.apiSearch, "q", "n", "sort", "reverse", "cursor", "places", "facets"),
		"/api/v1/hosts":    taking(p.apiHosts),
		"/api/v1/complete": taking(p.apiComplete, "q"),
	} {
		r.Match([]string{http.MethodGet, http.MethodHead}, path, answer)
		r.OPTIONS(path, preflight)
	}
}

// root answers GET /: the search page if something is asked for, else the welcome.
func (p *portal) root(c *gin.Context) {
	asked, err := readRequest(c.Request)
	switch {
	case err != nil:
		p.fail(c, http.StatusBadRequest, "The address is wrong: "+err.Error()+".")
	case strings.TrimSpace(asked.Text) == "":
		p.welcome(c)
	default:
		p.search(c, asked)
	}
}

// guard sets the headers that protect the reader's browser from names that servers
// chose.
func guard(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	if strings.HasPrefix(c.Request.URL.Path, apiPrefix) {
		share(h)
	}
}
