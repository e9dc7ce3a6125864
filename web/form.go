package web

import (
	"net/http"
	"strconv"
	"strings"

	"trawl/web/export"
)

// form is the form of an answer to a search.
type form string

// The forms. Those of package export but for lines are exports of all results.
const (
	asPage  form = "html"
	asLines form = form(export.Lines)
)

// formOf returns the form that a request asks for, and false if it asks for one that there is not. format= comes first,
// then what Accept names. A program for terminals that accepts anything gets lines: what it shows is read as it is.
func formOf(r *http.Request) (form, bool) {
	if name := r.URL.Query().Get("format"); name != "" {
		_, known := export.Lookup(name)
		return form(name), known || form(name) == asPage
	}
	accept := strings.Join(r.Header.Values("Accept"), ",")
	best, weight := asPage, 0.0
	anything := strings.TrimSpace(accept) == ""
	for one := range strings.SplitSeq(accept, ",") {
		kind, q := mediaRange(one)
		if kind == "*/*" {
			anything = true
		}
		if f, ok := formsByType()[kind]; ok && q > weight {
			best, weight = f, q
		}
	}
	if weight == 0 && anything && isForTerminals(r.UserAgent()) {
		return asLines, true
	}
	return best, true
}

// formsByType returns the forms by their media types.
func formsByType() map[string]form {
	return map[string]form{
		"text/html": asPage, "application/xhtml+xml": asPage, "text/plain": asLines,
		"application/x-ndjson": form(export.NDJSON), "application/ndjson": form(export.NDJSON), "text/csv": form(export.CSV),
	}
}

// mediaRange returns the type of a part of Accept, and its weight (RFC 9110 section 12.5.1).
func mediaRange(one string) (kind string, weight float64) {
	kind, parameters, _ := strings.Cut(one, ";")
	weight = 1
	for p := range strings.SplitSeq(parameters, ";") {
		if value, ok := strings.CutPrefix(strings.ReplaceAll(p, " ", ""), "q="); ok {
			if q, err := strconv.ParseFloat(value, 64); err == nil {
				weight = q
			}
		}
	}
	return strings.ToLower(strings.TrimSpace(kind)), weight
}

// isForTerminals reports whether a User-Agent is that of a program that shows answers as they are.
func isForTerminals(agent string) bool {
	name, _, _ := strings.Cut(strings.ToLower(agent), "/")
	switch name {
	case "curl", "wget", "httpie", "xh", "fetch libfetch", "curlie":
		return true
	}
	return false
}
