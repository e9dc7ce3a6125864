package gateway

import (
	"context"
	"net/http"

	"trawl/index"
	"trawl/web/address"
)

// Gone remembers what hosts no longer have; *gone.Book does.
type Gone interface {
	Add(id index.HostID, paths ...index.Path)
	Has(id index.HostID, p index.Path) bool // was added
}

// Recall remembers a refusal that says that a file is gone, and makes such a refusal of one about a file that the
// catalogue no longer holds; rest is what follows the page in the address of the file.
func (g *Gateway) Recall(ctx context.Context, book Gone, rest string, refusal *Refusal) {
	if refusal.Cause != index.Absent && refusal.Kind != Unknown {
		return
	}
	where, ok := address.Read(rest)
	if !ok {
		return
	}
	host, err := where.Locate(ctx, g.opt.Catalogue)
	switch {
	case err != nil:
	case refusal.Cause == index.Absent:
		book.Add(host.ID, where.Path)
	case IsGone(ctx, g.opt.Catalogue, book, host.ID, where.Path):
		*refusal = Refusal{Status: http.StatusGone, Cause: index.Absent, Message: Sentence(index.Absent)}
	}
}

// IsGone reports whether a host had what the catalogue does not hold now: it is gone itself, or a directory above it is.
func IsGone(ctx context.Context, catalogue index.Browser, book Gone, id index.HostID, at index.Path) bool {
	for ctx.Err() == nil && !book.Has(id, at) {
		if at == id.Root() || !at.Within(id.Root()) {
			return false
		}
		at = at.Dir()
		if _, err := catalogue.List(ctx, id, at, "", 1); err == nil {
			return false // nothing above is gone
		}
	}
	return ctx.Err() == nil
}
