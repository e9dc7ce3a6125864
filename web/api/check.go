package api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/web/gateway"
	"trawl/web/wire"
)

// checkAgain is after how many seconds a visitor who checked too often may check again.
const checkAgain = 2

// check answers GET /api/v1/check/SCHEME/HOST/PATH with a Check: it asks the places of a file whether they still have it. What
// they answer is written to the catalogue. It is no HEAD, since a check costs the hosts.
func (a *api) check(c *gin.Context) {
	ctx := c.Request.Context()
	file, err := a.Checks.File(ctx, strings.TrimPrefix(c.Request.URL.EscapedPath(), version+"/check"))
	if refusal, ok := errors.AsType[*gateway.Refusal](err); ok {
		refuseFile(c, refusal)
		return
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	if !a.Checks.May(c.Request) {
		refuse(c, problem{kind: limited, detail: "you check too often: each check asks several hosts", hint: "try again in a moment", retry: checkAgain})
		return
	}
	answers, err := a.Checks.Check(ctx, file)
	if err != nil {
		a.fail(c, err)
		return
	}
	a.send(c, never, wire.NewCheck(file.Name, file.Size, answers, a.Schemes))
}

// refuseFile answers that there is no file.
func refuseFile(c *gin.Context, r *gateway.Refusal) {
	p := problem{kind: broken, detail: r.Message}
	switch r.Status {
	case http.StatusGone:
		p.kind = gone
	case http.StatusServiceUnavailable:
		p.kind, p.retry = crowded, 1
	default:
		if r.Status < http.StatusInternalServerError {
			p.kind = absent
		}
	}
	refuse(c, p)
}
