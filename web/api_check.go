package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/web/gateway"
	"trawl/web/wire"
)

// checkAgain is after how many seconds a visitor who checked too often may check again.
const checkAgain = 2

// apiCheck answers GET /api/v1/check/SCHEME/HOST/PATH: it asks the places of a file whether they still have it. What
// they answer is written to the catalogue. It is no HEAD, since a check costs the hosts.
func (p *portal) apiCheck(c *gin.Context) {
	rest := strings.TrimPrefix(c.Request.URL.EscapedPath(), apiPrefix+"v1/check")
	file, err := p.gateway.File(c.Request.Context(), rest)
	if refusal, ok := errors.AsType[*gateway.Refusal](err); ok {
		p.recall(c, rest, refusal)
		refuseJSON(c, refusal.Status, wire.Error{Message: refusal.Message})
		return
	}
	if !p.mayCheck(c.Request) {
		c.Header("Retry-After", strconv.Itoa(checkAgain))
		refuseJSON(c, http.StatusTooManyRequests, wire.Error{Message: "you check too often: each check asks several hosts", Hint: "try again in a moment"})
		return
	}
	answers, err := p.checker.Check(c.Request.Context(), file)
	if err != nil {
		p.refuse(c, err)
		return
	}
	p.remember(answers)
	c.Header("Cache-Control", "no-store")
	sendJSON(c, http.StatusOK, wire.NewCheck(file.Name, file.Size, answers, p.schemes))
}
