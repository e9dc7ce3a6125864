package web

import (
	_ "embed" // robots.txt
	"net/http"

	"github.com/gin-gonic/gin"
)

//go:embed robots.txt
var robotsText string

// robots answers GET /robots.txt. It says the same as page.Index.
func (p *portal) robots(c *gin.Context) {
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, "text/plain; charset=utf-8", []byte(robotsText))
}
