package api

import (
	_ "embed"

	"github.com/gin-gonic/gin"
)

// description is the description of the API in OpenAPI 3.1.
//
//go:embed openapi.json
var description []byte

// openapi answers GET /api/v1/openapi.json with the description of the API.
func (*api) openapi(c *gin.Context) { sendBytes(c, briefly, description) }
