package api

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/web/wire"
)

// jsonType is the type of all answers but problems.
const jsonType = "application/json; charset=utf-8"

// The values of Cache-Control. Caches keep an answer, but ask each time whether it is the same, unless it may be used for a
// while.
const (
	revalidated = "no-cache"
	briefly     = "public, max-age=60"
	never       = "no-store"
)

// send answers with v as JSON, or that the reader has it already.
func (a *api) send(c *gin.Context, caching string, v any) {
	b, err := wire.Encode(v)
	if err != nil {
		a.fail(c, err)
		return
	}
	sendBytes(c, caching, b)
}

// sendBytes answers with JSON. Its tag is made of its bytes alone: a catalogue that was rebuilt, restored or started anew and that
// gives the same answer has the same tag. It is weak, since compression changes the bytes on the wire (RFC 9110 section 8.8.1).
func sendBytes(c *gin.Context, caching string, b []byte) {
	c.Header("Cache-Control", caching)
	if caching != never {
		sum := sha256.Sum256(b)
		tag := `W/"` + hex.EncodeToString(sum[:12]) + `"`
		c.Header("ETag", tag)
		if has(c.Request, tag) {
			c.Status(http.StatusNotModified)
			return
		}
	}
	c.Data(http.StatusOK, jsonType, b)
}

// has reports whether a request says that its reader has what a tag stands for (If-None-Match, RFC 9110 section 13.1.2). Tags are
// compared weakly.
func has(r *http.Request, tag string) bool {
	given := strings.Split(strings.Join(r.Header.Values("If-None-Match"), ","), ",")
	return slices.ContainsFunc(given, func(one string) bool {
		one = strings.TrimSpace(one)
		return one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(tag, "W/")
	})
}
