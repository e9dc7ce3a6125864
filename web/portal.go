package web

import (
	"embed"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"trawl/index"
)

//go:embed assets templates
var files embed.FS

// Catalogue is what the portal reads.
type Catalogue interface {
	index.Hosts
	index.Searcher
	index.Browser
}

// Options are what New needs. The zero values of all but Catalogue are
// defaults.
type Options struct {
	Catalogue Catalogue
	Budget    time.Duration // of a search; 0 is index.DefaultBudget
	Log       *slog.Logger  // of what failed; nil is none
}

// portal serves pages and the API over one catalogue.
type portal struct {
	catalogue Catalogue
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
	p := &portal{catalogue: opt.Catalogue, budget: opt.Budget, log: opt.Log, pages: pages}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.HandleMethodNotAllowed = true
	r.Use(guard, gin.CustomRecoveryWithWriter(io.Discard, p.recovered))
	for path, answer := range map[string]gin.HandlerFunc{
		"/":                p.search,
		"/hosts":           p.hosts,
		"/host":            p.host,
		"/api/v1/search":   p.apiSearch,
		"/api/v1/hosts":    p.apiHosts,
		"/api/v1/complete": p.apiComplete,
	} {
		r.Match([]string{http.MethodGet, http.MethodHead}, path, answer)
	}
	r.StaticFileFS("/robots.txt", "robots.txt", http.FS(assets))
	r.StaticFS("/assets", http.FS(assets))
	r.NoRoute(func(c *gin.Context) { p.fail(c, http.StatusNotFound, "There is no such page.") })
	r.NoMethod(func(c *gin.Context) { p.fail(c, http.StatusMethodNotAllowed, "The portal only reads: use GET.") })
	return r, nil
}

// guard sets what protects the reader's browser from names that servers chose.
func guard(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
}

func (p *portal) recovered(c *gin.Context, cause any) {
	p.log.Error("a page failed", "path", index.Visible(c.Request.URL.Path), "cause", cause)
	p.fail(c, http.StatusInternalServerError, "The portal made a mistake; its log says more.")
}

// refuse answers with what an engine's error means to the one who asked.
func (p *portal) refuse(c *gin.Context, err error) {
	switch {
	case errors.Is(err, index.ErrNoHost), errors.Is(err, index.ErrNotFound):
		p.fail(c, http.StatusNotFound, "The catalogue does not hold that.")
	case errors.Is(err, index.ErrCursor):
		p.fail(c, http.StatusBadRequest, "The cursor is not one of this query: leave it out to start at the first page.")
	case errors.Is(err, index.ErrMemory):
		c.Header("Retry-After", "1")
		p.fail(c, http.StatusServiceUnavailable, "Too many search at once: try again in a second.")
	case c.Request.Context().Err() != nil:
		c.Abort() // whoever asked has gone
	default:
		p.log.Error("answer", "path", index.Visible(c.Request.URL.Path), "err", index.Visible(err.Error()))
		p.fail(c, http.StatusInternalServerError, "The catalogue could not be read; the portal's log says more.")
	}
}
