package web

import (
	"encoding/xml"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/web/wire"
)

const (
	openSearchType  = "application/opensearchdescription+xml"
	suggestionsType = "application/x-suggestions+json"
)

// description is an OpenSearch 1.1 description (https://github.com/dewitt/opensearch), by which browsers add the portal to
// their search engines.
type description struct {
	XMLName     xml.Name `xml:"http://a9.com/-/spec/opensearch/1.1/ OpenSearchDescription"`
	ShortName   string   `xml:"ShortName"`
	Description string   `xml:"Description"`
	Encoding    string   `xml:"InputEncoding"`
	Image       openImage
	URLs        []openURL
}

type openImage struct {
	XMLName xml.Name `xml:"Image"`
	Width   int      `xml:"width,attr"`
	Height  int      `xml:"height,attr"`
	Type    string   `xml:"type,attr"`
	Address string   `xml:",chardata"`
}

type openURL struct {
	XMLName  xml.Name `xml:"Url"`
	Type     string   `xml:"type,attr"`
	Rel      string   `xml:"rel,attr,omitempty"`
	Template string   `xml:"template,attr"`
}

// openSearch answers GET /opensearch.xml. All addresses in it begin with the name by which the portal was asked for; a request
// whose name can be none is refused.
func (p *portal) openSearch(c *gin.Context) {
	at := origin(c.Request)
	if at == "" {
		p.failPlain(c, http.StatusBadRequest, "the name of the portal in this request (Host) is none")
		return
	}
	icon, err := p.assets.address("icon.svg")
	if err != nil {
		p.refuse(c, err)
		return
	}
	v := p.visit(c.Request)
	text, err := xml.Marshal(description{
		ShortName: "Trawl", Description: v.Text("welcome.title"), Encoding: "UTF-8",
		Image: openImage{Width: 16, Height: 16, Type: "image/svg+xml", Address: at + icon},
		URLs: []openURL{
			{Type: "text/html", Template: at + "/?q={searchTerms}"},
			{Type: suggestionsType, Template: at + "/opensearch/suggest?q={searchTerms}"},
			{Type: openSearchType, Rel: "self", Template: at + "/opensearch.xml"},
		},
	})
	if err != nil {
		p.refuse(c, err)
		return
	}
	c.Header("Cache-Control", "no-cache")
	c.Writer.Header().Add("Vary", "Accept-Language")
	c.Data(http.StatusOK, openSearchType+"; charset=utf-8", append([]byte(xml.Header), text...))
}

// openSearchSuggest answers GET /opensearch/suggest?q= in the form of browsers: the text, and texts that go on like it.
//
//	["deb",["debian","debug"]]
func (p *portal) openSearchSuggest(c *gin.Context) {
	text := c.Query("q")
	found := []string{}
	if strings.TrimSpace(text) != "" {
		all, err := p.suggester.Suggest(c.Request.Context(), text)
		if err != nil {
			p.refuse(c, err)
			return
		}
		for _, s := range all {
			found = append(found, s.Text)
		}
	}
	b, err := wire.Encode([]any{text, found})
	if err != nil {
		p.refuse(c, err)
		return
	}
	c.Header("Cache-Control", "public, max-age=60")
	c.Data(http.StatusOK, suggestionsType+"; charset=utf-8", b)
}
