package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/web/token"
	"trawl/web/visitor"
)

// Owner does what the owner of Trawl asks for over the API, as the commands add, remove and crawl do.
type Owner interface {
	// Add remembers the host of a URL, which may hold a login and may be any door of a known one, and changes its settings. It reports whether
	// it was known.
	Add(ctx context.Context, url string, set Settings) (host index.Host, known bool, err error)

	// Change changes settings of a host.
	Change(ctx context.Context, id index.HostID, set Settings) (index.Host, error)

	// Remove forgets a host.
	Remove(ctx context.Context, id index.HostID) error

	// Crawl begins a crawl of a host, unless one is under way. It is index.ErrCrowded if too many were asked for.
	Crawl(ctx context.Context, id index.HostID) error
}

// ErrOverlap is wrapped by the error of Owner.Add for a host that is a part of another one.
var ErrOverlap = errors.New("files would be found twice")

// Settings are settings of a host by the names that they have in JSON, as text. Nil is the default.
type Settings map[string]*string

// SettingError is a setting that cannot be.
type SettingError struct{ Name, Why, Hint string }

// Error returns why.
func (e *SettingError) Error() string { return e.Why }

// Tokens knows the tokens of the owner; *token.Book does.
type Tokens interface {
	Find(shown string, now time.Time) (token.Token, error)
}

var _ Tokens = (*token.Book)(nil)

// The limits of requests with a wrong token.
const (
	wrongTokens = 10 // at once, and in
	wrongWindow = time.Minute
)

// owning lets answer do what a right allows if the request shows a token that has it.
func (a *api) owning(right token.Right, answer func(*gin.Context, token.Token)) gin.HandlerFunc {
	return func(c *gin.Context) {
		if shown, err := a.authorize(c, right); err != nil {
			a.fail(c, err)
		} else {
			answer(c, shown)
		}
	}
}

// authorize returns the token that a request shows, if it has a right. No page of another site reads the answer, and no cache keeps it.
func (a *api) authorize(c *gin.Context, right token.Right) (token.Token, error) {
	h, r := c.Writer.Header(), c.Request
	h.Del("Access-Control-Allow-Origin")
	h.Del("Access-Control-Expose-Headers")
	h.Set("Vary", "Authorization")
	if err := a.origins.Check(r); err != nil {
		return token.Token{}, &problem{kind: wrongOrigin, detail: "a page of another site sends this request"}
	}
	from := visitor.Of(r)
	if wait := a.wrong.wait(from.Household()); wait > 0 {
		return token.Token{}, &problem{kind: limited, detail: "too many wrong tokens came from your address", retry: wait}
	}
	found, err := a.Tokens.Find(shown(r), time.Now())
	if !from.Secure && (!from.Addr.IsLoopback() || from.Hearsay) {
		if err == nil {
			a.Log.Warn("a token came in clear text: remove it and add another one", "token", found.Name, "from", from.Addr)
		}
		return token.Token{}, &problem{kind: clearText, detail: "this request came in clear text, so that others may read a token in it", hint: "ask by https, through a proxy that --trust-proxy names, or from the machine of Trawl itself"}
	}
	return found, a.judge(c, found, err, right)
}

// judge returns why a token does not allow something, or nil.
func (a *api) judge(c *gin.Context, found token.Token, err error, right token.Right) error {
	challenge := func(more string) { c.Header("WWW-Authenticate", `Bearer realm="trawl"`+more) } // RFC 6750 section 3
	from := visitor.Of(c.Request)
	switch {
	case errors.Is(err, token.ErrNone):
		return &problem{kind: turnedOff, detail: "hosts are changed over the API with tokens alone, and there are none", hint: "trawl token add NAME makes one"}
	case shown(c.Request) == "":
		challenge("")
		return &problem{kind: wrongToken, detail: "a token is missing", hint: "send the header Authorization: Bearer trawl_..."}
	case errors.Is(err, token.ErrUnknown), errors.Is(err, token.ErrExpired):
		a.wrong.of(from.Household()).Allow()
		challenge(`, error="invalid_token"`)
		detail := "this token is not known"
		if errors.Is(err, token.ErrExpired) {
			detail = "this token has expired"
		}
		a.Log.Warn("a wrong token", "from", from.Addr, "why", detail)
		return &problem{kind: wrongToken, detail: detail, hint: "trawl token list shows those that are"}
	case err != nil:
		return err
	case !found.May(right):
		challenge(`, error="insufficient_scope", scope=` + strconv.Quote(string(right)))
		return &problem{kind: noRight, detail: "this token lacks the right " + string(right), hint: "trawl token add NAME --rights makes another one"}
	}
	return nil
}

// shown returns the token of a request, "" if it has none. It stands in the header alone: addresses are kept in logs.
func shown(r *http.Request) string {
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(rest)
}

// asks reports whether a request shows a token at all.
func asks(r *http.Request) bool { return r.Header.Get("Authorization") != "" }

// failChange answers that a change was not made.
func (a *api) failChange(c *gin.Context, err error) {
	wrong := (*SettingError)(nil)
	switch {
	case errors.As(err, &wrong):
		refuse(c, problem{kind: wrongField, field: wrong.Name, detail: wrong.Why, hint: wrong.Hint})
	case errors.Is(err, ErrOverlap):
		refuse(c, problem{kind: overlap, detail: err.Error()})
	case errors.Is(err, index.ErrBusy):
		refuse(c, problem{kind: busy, detail: "the host is being crawled", hint: "pause it, and try again when the crawl has ended"})
	default:
		a.fail(c, err)
	}
}
