package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// assets are the files of pages. The address of each holds a hash of its bytes, so that browsers may
// keep it for good.
//
//	style.css => /assets/style.0123456789abcdef.css
type assets struct {
	addresses map[string]string // by name
	bodies    map[string][]byte // by what follows /assets/
}

// newAssets reads all files.
func newAssets() (*assets, error) {
	a := &assets{map[string]string{}, map[string][]byte{}}
	found, err := fs.ReadDir(files, "assets")
	if err != nil {
		return nil, fmt.Errorf("read the assets: %w", err)
	}
	for _, f := range found {
		body, err := fs.ReadFile(files, path.Join("assets", f.Name()))
		if err != nil {
			return nil, fmt.Errorf("read the assets: %w", err)
		}
		sum := sha256.Sum256(body)
		ext := path.Ext(f.Name())
		hashed := strings.TrimSuffix(f.Name(), ext) + "." + hex.EncodeToString(sum[:8]) + ext
		a.addresses[f.Name()], a.bodies[hashed] = "/assets/"+hashed, body
	}
	return a, nil
}

// address returns the address of a file; that of an unknown file is an error of a template.
func (a *assets) address(name string) (string, error) {
	at, ok := a.addresses[name]
	if !ok {
		return "", fmt.Errorf("there is no asset %s", name)
	}
	return at, nil
}

// asset answers GET /assets/NAME.
func (p *portal) asset(c *gin.Context) {
	name := c.Param("name")
	body, ok := p.assets.bodies[name]
	if !ok {
		p.fail(c, http.StatusNotFound, "failure.no-page")
		return
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Header("Content-Type", mime.TypeByExtension(path.Ext(name)))
	http.ServeContent(c.Writer, c.Request, name, time.Time{}, bytes.NewReader(body))
}

// favicon answers GET /favicon.ico, which browsers and robots ask for unasked: it is where the icon is.
func (p *portal) favicon(c *gin.Context) {
	c.Redirect(http.StatusFound, p.assets.addresses["icon.svg"])
}
