package api

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/web/request"
	"trawl/web/wire"
)

// browse answers GET /api/v1/browse/SCHEME/HOST/PATH?n=&sort=&reverse=&filter=&cursor= with a Directory.
func (a *api) browse(c *gin.Context) {
	look, err := readLook(c.Request.URL.Query())
	if err != nil {
		a.fail(c, err)
		return
	}
	at, ok := a.locate(c, "/browse")
	if !ok {
		return
	}
	page, err := a.Catalogue.Page(c.Request.Context(), at.host.ID, at.path, look)
	switch {
	case errors.Is(err, index.ErrNotFound):
		a.notThere(c, at)
		return
	case err != nil:
		a.fail(c, err)
		return
	}
	next := ""
	if seen := look.Offset + len(page.Entries); len(page.Entries) > 0 && seen < page.Count {
		next = strconv.Itoa(seen)
	}
	a.send(c, revalidated, wire.NewDirectory(&at.host, at.path, &page, next, a.Schemes))
}

// readLook reads how a directory is looked at.
func readLook(q url.Values) (index.View, error) {
	look := index.View{Sort: cmp.Or(index.Sort(q.Get("sort")), index.ByName), Filter: q.Get("filter"), Limit: request.Most}
	wrong := func(field, format string, args ...any) error {
		return &problem{kind: wrongParameter, field: field, detail: field + fmt.Sprintf(format, args...)}
	}
	if !slices.Contains([]index.Sort{index.ByName, index.BySize, index.ByTime}, look.Sort) {
		return look, wrong("sort", " must be name, size or time, not %q", look.Sort)
	}
	switch s := q.Get("reverse"); s {
	case "", "0", "false":
	case "1", "true":
		look.Reverse = true
	default:
		return look, wrong("reverse", " must be 0 or 1, not %q", s)
	}
	var err error
	if s := q.Get("n"); s != "" {
		if look.Limit, err = strconv.Atoi(s); err != nil || look.Limit < 1 || look.Limit > request.Most {
			return look, wrong("n", " must be a whole number from 1 to %d, not %q", request.Most, s)
		}
	}
	if s := q.Get("cursor"); s != "" {
		if look.Offset, err = strconv.Atoi(s); err != nil || look.Offset < 0 {
			return look, &problem{kind: wrongCursor, field: "cursor", detail: "cursor takes the next of the page before", hint: "ask for the first page, without cursor="}
		}
	}
	return look, nil
}
