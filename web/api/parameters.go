package api

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"trawl/search/query"
)

// taking makes answer refuse what is not one of the named parameters, with the mend. A program whose
// limit= is ignored would take the first 20 results for all of them.
func taking(answer gin.HandlerFunc, names ...string) gin.HandlerFunc {
	return func(c *gin.Context) {
		if wrong := checkParameters(c.Request, names); wrong != nil {
			refuse(c, *wrong)
			return
		}
		answer(c)
	}
}

// checkParameters returns an error about a parameter that is unknown, or that is given twice, or nil.
func checkParameters(r *http.Request, names []string) *problem {
	given, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return &problem{kind: wrongParameter, detail: "the parameters cannot be read: " + badEscape(err), hint: "percent-encode each value; an & parts parameters"}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		switch {
		case !slices.Contains(names, name):
			return &problem{kind: wrongParameter, field: name, detail: "there is no parameter " + name + "=", hint: mendParameter(name, names)}
		case len(given[name]) > 1:
			return &problem{kind: wrongParameter, field: name, detail: name + "= is given twice", hint: "give it once"}
		}
	}
	return nil
}

// badEscape returns what is wrong with parameters.
func badEscape(err error) string {
	if escape := url.EscapeError(""); errors.As(err, &escape) {
		return string(escape) + " is no percent-encoding"
	}
	return "a semicolon stands between them"
}

// mendParameter returns what to write in place of an unknown parameter. It goes by the meaning, in
// which other search APIs agree more than in the names.
func mendParameter(name string, names []string) string {
	plain := strings.ToLower(strings.NewReplacer("_", "", "-", "", "[]", "").Replace(name))
	for _, known := range meanings() {
		if slices.Contains(names, known.name) && (plain == known.name || slices.Contains(known.others, plain)) {
			return "did you mean " + known.name + "=?" + known.how
		}
	}
	if slices.Contains(names, "facets") && slices.Contains(filters(), plain) {
		return "filters are a part of the query: q=debian " + plain + ":..."
	}
	for _, known := range names {
		if len(plain) > 2 && len(known) > 2 && (strings.HasPrefix(known, plain) || strings.HasPrefix(plain, known) || query.Distance(plain, known) <= 1) {
			return "did you mean " + known + "=?"
		}
	}
	if len(names) == 0 {
		return "this takes no parameters"
	}
	return "there is " + strings.Join(names, "=, ") + "="
}

// meaning is a parameter with the names that it has elsewhere, and a word on how it differs from
// these.
type meaning struct {
	name, how string
	others    []string
}

func meanings() []meaning {
	return []meaning{
		{"n", " It is the number of results", []string{"limit", "perpage", "pagesize", "size", "count", "rows", "num", "number", "max", "maxresults", "results", "hits", "top", "take", "first", "pagelimit", "length"}},
		{"q", "", []string{"query", "search", "text", "term", "terms", "keyword", "keywords", "s", "pattern", "name", "filename", "w", "what"}},
		{"cursor", " It takes the next of the page before", []string{"page", "offset", "start", "from", "skip", "after", "next", "p", "pagetoken", "token", "nextpage", "scroll", "begin"}},
		{"sort", "", []string{"order", "orderby", "sortby", "by", "ordering", "rank"}},
		{"reverse", " 1 turns the order round", []string{"desc", "descending", "asc", "ascending", "direction", "sortorder", "sortdir", "dir"}},
		{"facets", "", []string{"facet", "aggs", "aggregations", "aggregate"}},
		{"places", " It is the number of places of each result", []string{"maxplaces", "mirrors", "urls", "locations"}},
	}
}

// filters returns the fields of the query language that people ask for as parameters.
func filters() []string {
	return []string{"ext", "type", "host", "time", "kind", "path", "case"}
}
