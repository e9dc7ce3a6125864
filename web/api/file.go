package api

import (
	"errors"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/web/places"
	"trawl/web/wire"
)

// file answers GET /api/v1/file/SCHEME/HOST/PATH with a Result that has all places of the file.
func (a *api) file(c *gin.Context) {
	at, ok := a.locate(c, "/file")
	if !ok {
		return
	}
	ctx := c.Request.Context()
	found, err := a.Catalogue.Entry(ctx, at.host.ID, at.path)
	switch {
	case errors.Is(err, index.ErrNotFound), err == nil && found.Entry.Kind == index.Dir:
		a.notThere(c, at)
		return
	case err != nil:
		a.fail(c, err)
		return
	}
	result, err := places.Of(ctx, a.Catalogue, &at.host, at.path, &found, a.Budget)
	if err != nil {
		a.fail(c, err)
		return
	}
	whole := *result
	whole.Score = 1 // it is the one that was asked for
	a.send(c, revalidated, wire.NewResult(&whole, a.Schemes))
}
