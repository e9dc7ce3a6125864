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
	wrongQuery     kind = "query"
	wrongParameter kind = "parameter"
	wrongCursor    kind = "cursor"
	wrongBody      kind = "body"
	wrongOrigin    kind = "origin"
	wrongToken     kind = "token"
	noRight        kind = "rights"
	turnedOff      kind = "off"
	clearText      kind = "clear-text"
	absent         kind = "absent"
	wrongMethod    kind = "method"
	busy           kind = "busy"
	overlap        kind = "overlap"
	gone           kind = "gone"
	tooLarge       kind = "size"
	wrongMedia     kind = "media"
	wrongField     kind = "field"
	limited        kind = "limit"
	broken         kind = "failure"
	crowded        kind = "crowd"
)

// sense is what a kind means.
type sense struct {
	status int
	title  string
}

// kinds returns what each kind means.
func kinds() map[kind]sense {
	return map[kind]sense{
		wrongQuery:     {http.StatusBadRequest, "The query cannot be read"},
		wrongParameter: {http.StatusBadRequest, "A parameter is wrong"},
		wrongCursor:    {http.StatusBadRequest, "The cursor belongs to another query"},
		wrongBody:      {http.StatusBadRequest, "The body cannot be read"},
		wrongOrigin:    {http.StatusForbidden, "A page of another site may not change anything"},
		wrongToken:     {http.StatusUnauthorized, "The token is missing or not known"},
		noRight:        {http.StatusForbidden, "The token lacks a right"},
		turnedOff:      {http.StatusForbidden, "No token exists"},
		clearText:      {http.StatusForbidden, "Tokens do not go in clear text"},
		absent:         {http.StatusNotFound, "Not found"},
		wrongMethod:    {http.StatusMethodNotAllowed, "The method is not allowed"},
		busy:           {http.StatusConflict, "The host is being crawled"},
		overlap:        {http.StatusConflict, "The host overlaps with another one"},
		gone:           {http.StatusGone, "No longer there"},
		tooLarge:       {http.StatusRequestEntityTooLarge, "The body is too large"},
		wrongMedia:     {http.StatusUnsupportedMediaType, "The body is no JSON"},
		wrongField:     {http.StatusUnprocessableEntity, "A member of the body is wrong"},
		limited:        {http.StatusTooManyRequests, "Too many requests"},
		broken:         {http.StatusInternalServerError, "Trawl failed"},
		crowded:        {http.StatusServiceUnavailable, "Too many at once"},
	}
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

// Error returns the detail.
func (p *problem) Error() string { return p.detail }

// refuse answers with a problem. No cache keeps it.
func refuse(c *gin.Context, p problem) {
	is := kinds()[p.kind]
	b, err := wire.Encode(wire.Problem{
		Type: "urn:trawl:" + string(p.kind), Title: is.title, Status: is.status, Detail: p.detail,
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
	c.Data(is.status, problemType, b)
}

// fail answers with a problem, or with what an error of the catalogue means to a program.
func (a *api) fail(c *gin.Context, err error) {
	wrong, known := (*query.Error)(nil), (*problem)(nil)
	switch {
	case errors.As(err, &known):
		refuse(c, *known)
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
