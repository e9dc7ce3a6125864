package web

import (
	"errors"
	"html/template"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/index"
	"trawl/web/address"
	"trawl/web/gateway"
)

// preview is the beginning of a text, or an image. Offer alone means that a visitor may ask for it.
type preview struct {
	Offer  template.URL
	Text   string
	Cut    bool // the text goes on
	Image  template.URL
	Failed string
}

// mostImage is the size in bytes of the largest image that is shown.
const mostImage = 10 << 20

// preview returns the preview of a file, or the offer of one; nil if there is none.
func (p *portal) preview(c *gin.Context, v visit, at spot, r *index.Result) *preview {
	if !p.gets() || r.Kind != index.File {
		return nil
	}
	image, text := isImage(r.Name) && r.Size <= mostImage && r.Size > 0, isText(r.Name) && r.Size > 0
	switch {
	case !image && !text:
		return nil
	case c.Query("preview") == "", c.Request.Method != http.MethodGet: // a preview costs the host
		return &preview{Offer: v.keep(address.File.Of(at.host.ID, at.path) + "?preview=1")}
	case image:
		return &preview{Image: getting(at.host.ID, at.path)}
	}
	return p.previewText(c, v, at)
}

// isImage reports whether browsers show a file of this name as an image.
func isImage(name string) bool {
	return slices.Contains([]string{".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".bmp"}, strings.ToLower(path.Ext(name)))
}

// isText reports whether a file of this name is a text that people read.
func isText(name string) bool {
	name = strings.ToLower(name)
	switch ext := path.Ext(name); ext {
	case ".txt", ".md", ".nfo", ".diz", ".lsm", ".asc", ".log", ".ini", ".cfg", ".conf", ".csv", ".c", ".h", ".go", ".py", ".pl", ".sh", ".rst",
		".tex", ".json", ".xml", ".html", ".htm", ".sha256", ".sha1", ".md5", ".sfv", ".1st", ".me", ".message", ".patch", ".diff":
		return true
	case "":
		for _, begin := range []string{"readme", "index", "00", "license", "licence", "copying", "changelog", "changes", "news", "install", "authors", "md5sums", "sha1sums", "sha256sums", "sha512sums", "makefile", "todo", "faq", "header"} {
			if strings.HasPrefix(name, begin) {
				return true
			}
		}
	}
	return false
}

// previewText reads the beginning of a text from its host.
func (p *portal) previewText(c *gin.Context, v visit, at spot) *preview {
	rest := strings.TrimPrefix(address.File.Of(at.host.ID, at.path), "/"+string(address.File))
	text, cut, err := p.gateway.Text(c.Request, rest)
	refusal, refused := errors.AsType[*gateway.Refusal](err)
	switch {
	case refused && refusal.Cause != index.NoCause:
		return &preview{Failed: v.cause(refusal.Cause)}
	case errors.Is(err, gateway.ErrBinary):
		return &preview{Failed: v.Text("file.preview-binary")}
	case err != nil:
		return &preview{Failed: v.Text("file.preview-failed")}
	}
	return &preview{Text: text, Cut: cut}
}
