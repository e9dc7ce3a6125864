package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/crawler/fetch"
	"trawl/index"
	"trawl/web/gateway"
)

// Fetcher gets files from their hosts and asks hosts for them; *fetch.Fetcher does.
type Fetcher interface {
	gateway.Fetcher
	Checker
}

var _ Fetcher = (*fetch.Fetcher)(nil)

// openGateway opens the gateway, if there is a fetcher. It refuses by pages.
func (p *portal) openGateway(pages *gin.Engine, opt Options) {
	if opt.Fetcher == nil {
		return
	}
	if p.checker == nil {
		p.checker = opt.Fetcher
	}
	p.gateway = gateway.New(gateway.Options{
		Catalogue: p.catalogue, Fetcher: opt.Fetcher, Schemes: p.schemes, Limits: opt.Gateway, Visitors: opt.Visitors, Log: p.log,
		Refuse: func(w http.ResponseWriter, r *http.Request, refusal gateway.Refusal) {
			p.refuseFile(pages, w, r, refusal)
		},
	})
}

// withGateway returns the portal with the gateway, if there is one. The gateway stands beside Gin and not
// within: Gin would end a file that breaks off as if it were whole, and a compressed answer has no ranges.
func (p *portal) withGateway(compressed http.Handler) http.Handler {
	if p.gateway == nil {
		return compressed
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if page, is := gateway.Answers(r.URL.Path); is {
			r.Pattern = page
			p.gateway.ServeHTTP(w, r)
			return
		}
		compressed.ServeHTTP(w, r)
	})
}

// refuseFile answers that there is no file: a page for people, a line for programs.
func (p *portal) refuseFile(pages *gin.Engine, w http.ResponseWriter, r *http.Request, refusal gateway.Refusal) {
	c := gin.CreateTestContextOnly(w, pages)
	c.Request = r
	guard(c)
	p.gateway.Recall(c.Request.Context(), p.gone, rest(c), &refusal)
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		c.String(refusal.Status, "%s\n", refusal.Message)
		return
	}
	switch v := p.visit(r); {
	case refusal.Cause == index.Absent, refusal.Kind == gateway.Unknown:
		switch at, ok := p.locate(c); {
		case !ok:
		case refusal.Cause == index.Absent:
			p.noLonger(c, v, at)
		default:
			p.notThere(c, v, at)
		}
	default:
		p.fail(c, refusal.Status, v.refusal(&refusal))
	}
}

// refusal says in the reader's language why there is no file.
func (v visit) refusal(r *gateway.Refusal) string {
	switch {
	case r.Changed != nil:
		return v.Text("failure.changed", "Was", v.Count("size.bytes", r.Changed.Was), "Is", v.Count("size.bytes", r.Changed.Is))
	case r.Cause != index.NoCause:
		return v.cause(r.Cause)
	}
	switch r.Kind {
	case gateway.Directory:
		return v.Text("failure.directory")
	case gateway.Link:
		return v.Text("failure.link")
	case gateway.Crowd:
		return v.Text("failure.crowded")
	case gateway.Condition:
		return v.Text("failure.precondition")
	case gateway.Unread:
		return v.Text("failure.catalogue")
	}
	if r.Status == http.StatusMethodNotAllowed {
		return v.Text("failure.read-only")
	}
	return r.Message
}
