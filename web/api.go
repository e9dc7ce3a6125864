package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"trawl/crawler/fetch"
	"trawl/web/api"
	"trawl/web/gateway"
)

// withAPI returns the pages with the API, which has paths of its own.
func (p *portal) withAPI(pages http.Handler, given Options) http.Handler {
	opt := api.Options{Catalogue: p.catalogue, Schemes: p.schemes, Budget: p.budget, Log: p.log, Suggester: p.suggester, Gone: p.gone, Searched: p.searched, Requests: given.Requests, Owner: given.Owner, Tokens: given.Tokens, Exporter: p.exporter}
	if p.news != nil {
		opt.News = p.news
	}
	if p.gateway != nil {
		opt.Checks = checks{p}
	}
	programs := api.New(opt)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, api.Prefix) {
			programs.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// checks are those of the file page, for programs.
type checks struct{ portal *portal }

var _ api.Checks = checks{}

// File keeps api.Checks.
func (c checks) File(ctx context.Context, rest string) (fetch.File, error) {
	file, err := c.portal.gateway.File(ctx, rest)
	if refusal, ok := errors.AsType[*gateway.Refusal](err); ok {
		c.portal.gateway.Recall(ctx, c.portal.gone, rest, refusal)
	}
	return file, err
}

// May keeps api.Checks.
func (c checks) May(r *http.Request) bool { return c.portal.mayCheck(r) }

// Check keeps api.Checks.
func (c checks) Check(ctx context.Context, file fetch.File) ([]fetch.Checked, error) {
	answers, err := c.portal.checker.Check(ctx, file)
	c.portal.remember(answers)
	return answers, err
}
