package api

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gin-gonic/gin"

	"trawl/crawler/fetch"
	"trawl/index"
	"trawl/web/export"
	"trawl/web/news"
	"trawl/web/token"
)

// TestDescription holds the description to being one of OpenAPI 3.1, whose examples are what it says.
func TestDescription(t *testing.T) {
	doc := load(t)
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	if !doc.IsOpenAPI31OrLater() {
		t.Errorf("it is one of OpenAPI %s", doc.OpenAPI)
	}
}

func load(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(description)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestDescribed holds the description to all routes of the API, with the parameters that they take, and to no others.
func TestDescribed(t *testing.T) {
	doc, described := load(t), map[string]bool{}
	for path, item := range doc.Paths.Map() {
		path = regexp.MustCompile(`/\{scheme\}/\{host\}(/.*)?$`).ReplaceAllString(path, "/*where")
		for method := range item.Operations() {
			described[method+" "+version+path] = true
		}
	}
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	a := &api{Options: whole()}
	a.route(r)
	a.routeOwner(r)
	routed := map[string]bool{}
	for _, route := range r.Routes() {
		if route.Method == http.MethodHead || route.Method == http.MethodOptions {
			continue
		}
		name := route.Method + " " + route.Path
		routed[name] = true
		if !described[name] {
			t.Errorf("openapi.json lacks %s", name)
		}
	}
	for name := range described {
		if !routed[name] {
			t.Errorf("openapi.json has %s, which is no route", name)
		}
	}
}

// TestKinds holds the description to all kinds of problems.
func TestKinds(t *testing.T) {
	types := load(t).Components.Schemas["Problem"].Value.Properties["type"].Value.Enum
	for _, typ := range types {
		if _, known := kinds()[kind(strings.TrimPrefix(typ.(string), "urn:trawl:"))]; !known {
			t.Errorf("openapi.json has the problem %s, which is none", typ)
		}
	}
	if len(types) != len(kinds()) {
		t.Errorf("openapi.json has %d kinds of problems; there are %d", len(types), len(kinds()))
	}
}

// whole returns options with which all paths are answered.
func whole() Options {
	return Options{Checks: someChecks{}, News: someNews{}, Exporter: export.New(nil, index.Schemes{}), Owner: nobody{}, Tokens: token.At("")}
}

type someChecks struct{}

func (someChecks) File(context.Context, string) (f fetch.File, err error)                 { return }
func (someChecks) May(*http.Request) bool                                                 { return true }
func (someChecks) Check(context.Context, fetch.File) (checked []fetch.Checked, err error) { return }

type someNews struct{}

func (someNews) Read(context.Context, news.Filter) (items []news.Item, more bool, err error) { return }

// nobody is an owner of whom nothing is asked.
type nobody struct{ Owner }
