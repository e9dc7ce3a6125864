package web

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/web/address"
	"trawl/web/gateway"
	"trawl/web/gone"
)

// Gone remembers what hosts no longer have; *gone.Book does.
type Gone interface {
	Add(id index.HostID, paths ...index.Path)
	Has(id index.HostID, p index.Path) bool // was added
}

var _ Gone = (*gone.Book)(nil)

// isGone reports whether a host had what the catalogue does not hold now: it is gone itself, or a directory above it is.
func (p *portal) isGone(ctx context.Context, id index.HostID, at index.Path) bool {
	for ctx.Err() == nil && !p.gone.Has(id, at) {
		if at == id.Root() || !at.Within(id.Root()) {
			return false
		}
		at = at.Dir()
		if _, err := p.catalogue.List(ctx, id, at, "", 1); err == nil {
			return false // nothing above is gone
		}
	}
	return ctx.Err() == nil
}

// noLonger answers that a host had a file or a directory and no longer has it.
func (p *portal) noLonger(c *gin.Context, v visit, at spot) {
	p.notFound(c, http.StatusGone, p.nearby(c.Request.Context(), v, at, absence{
		Why: "missing.gone", What: index.Visible(string(at.path)), name: lastName(at.path),
	}))
}

// recall remembers a refusal of the gateway that says that a file is gone, and makes such a refusal of one about a file that the
// catalogue no longer holds; rest is what follows the page in the address of the file.
func (p *portal) recall(c *gin.Context, rest string, refusal *gateway.Refusal) {
	if refusal.Cause != index.Absent && refusal.Kind != gateway.Unknown {
		return
	}
	where, ok := address.Read(rest)
	if !ok {
		return
	}
	ctx := c.Request.Context()
	host, err := where.Locate(ctx, p.catalogue)
	switch {
	case err != nil:
	case refusal.Cause == index.Absent:
		p.gone.Add(host.ID, where.Path)
	case p.isGone(ctx, host.ID, where.Path):
		*refusal = gateway.Refusal{Status: http.StatusGone, Cause: index.Absent, Message: gateway.Sentence(index.Absent)}
	}
}
