package api

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/search/query"
	"trawl/web/wire"
)

// problemType is the media type of RFC 9457.
const problemType = "application/problem+json"

// kind is the last part of the type of a problem, which is a promise.
type kind string

// The kinds of problems.
const (
	wrongQuery     kind = "query"     // 400
	wrongParameter kind = "parameter" // 400
	wrongCursor    kind = "cursor"    // 400
	absent         kind = "absent"    // 404
	wrongMethod    kind = "method"    // 405
	gone           kind = "gone"      // 410
	limited        kind = "limit"     // 429
	broken         kind = "failure"   // 500
	crowded        kind = "crowd"     // 503
)

// about returns the status and the title of a kind.
func (k kind) about() (status int, title string) {
	switch k {
	case wrongQuery:
		return http.StatusBadRequest, "The query cannot be read"
	case wrongParameter:
		return http.StatusBadRequest, "A parameter is wrong"
	case wrongCursor:
		return http.StatusBadRequest, "The cursor belongs to another query"
	case absent:
		return http.StatusNotFound, "Not found"
	case wrongMethod:
		return http.StatusMethodNotAllowed, "The method is not allowed"
	case gone:
		return http.StatusGone, "No longer there"
	case limited:
		return http.StatusTooManyRequests, "Too many requests"
	case crowded:
		return http.StatusServiceUnavailable, "Too many searches at once"
	}
	return http.StatusInternalServerError, "Trawl failed"
}

// problem is why a request is refused. Detail and hint may hold foreign bytes, which wire.Encode escapes.
type problem struct {
	kind     kind
	detail   string
	hint     string
	field    string
	position *int
	retry    int // after how many seconds the same may work; 0 is not said
}

// refuse answers with a problem. No cache keeps it.
func refuse(c *gin.Context, p problem) {
	status, title := p.kind.about()
	b, err := wire.Encode(wire.Problem{
		Type: "urn:trawl:" + string(p.kind), Title: title, Status: status, Detail: p.detail,
		Position: p.position, Field: p.field, Hint: p.hint,
	})
	c.Abort()
	if err != nil {
		c.Status(http.StatusInternalServerError)
		return
	}
	c.Header("Cache-Control", "no-store")
	if p.retry > 0 {
		c.Header("Retry-After", strconv.Itoa(p.retry))
	}
	c.Data(status, problemType, b)
}

// fail answers with what an error of the catalogue means to a program.
func (a *api) fail(c *gin.Context, err error) {
	wrong := (*query.Error)(nil)
	switch {
	case errors.As(err, &wrong):
		refuse(c, problem{kind: wrongQuery, detail: wrong.Msg, hint: wrong.Hint, position: &wrong.Pos})
	case errors.Is(err, index.ErrNoHost), errors.Is(err, index.ErrNotFound):
		refuse(c, problem{kind: absent, detail: "the catalogue does not hold that"})
	case errors.Is(err, index.ErrCursor):
		refuse(c, problem{kind: wrongCursor, field: "cursor", detail: "this cursor belongs to another query", hint: "ask for the first page, without cursor="})
	case errors.Is(err, index.ErrCrowded):
		refuse(c, problem{kind: crowded, detail: "more ask than this machine can answer", hint: "ask again after Retry-After seconds", retry: 1})
	case c.Request.Context().Err() != nil:
		c.Abort() // the reader has gone
	default:
		a.Log.Error("answer", "path", index.Visible(c.Request.URL.Path), "err", index.Visible(err.Error()))
		refuse(c, problem{kind: broken, detail: "the catalogue cannot be read", hint: "the log of trawl serve says why"})
	}
}

// recovered answers when a handler panicked.
func (a *api) recovered(c *gin.Context, cause any) {
	a.Log.Error("an answer failed", "path", index.Visible(c.Request.URL.Path), "cause", cause)
	refuse(c, problem{kind: broken, detail: "this request met a fault of Trawl", hint: "the log of trawl serve says more"})
}
