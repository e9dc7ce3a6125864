package web

import (
	"html/template"
	"net/url"
	"strconv"
	"strings"

	"trawl/index"
	"trawl/search"
)

// The parameters of an address are a template.URL: templates put them behind a
// "?" as they are.

// asking returns the parameters of the search page for a request.
func asking(r search.Request) template.URL {
	var b strings.Builder
	add := func(name, value string) {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(name)
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(value))
	}
	if r.Cursor != "" {
		add("cursor", r.Cursor)
	}
	if r.Limit != index.DefaultLimit {
		add("n", strconv.Itoa(r.Limit))
	}
	if r.Places != 0 {
		add("places", strconv.Itoa(r.Places))
	}
	add("q", r.Text)
	if r.Reverse {
		add("reverse", "1")
	}
	if r.Sort != index.ByRelevance {
		add("sort", string(r.Sort))
	}
	return template.URL(b.String()) //nolint:gosec // its values are encoded
}

// everywhere returns the parameters of the search page for a result with all its
// places.
func everywhere(r *index.Result) template.URL {
	return asking(search.Request{Text: search.ForResult(r), Sort: index.ByRelevance, Limit: index.DefaultLimit, Places: mostAtOnce})
}

// browse returns the parameters of the page of a directory.
func browse(id index.HostID, dir index.Path) template.URL {
	return template.URL("dir=" + url.QueryEscape(string(dir)) + "&url=" + url.QueryEscape(string(id))) //nolint:gosec // its values are encoded
}

// open returns the link to a file on its host. Its scheme is one that a template
// would refuse.
func open(schemes index.Schemes, id index.HostID, p index.Path, kind index.Kind) template.URL {
	return template.URL(schemes.URL(id, p, kind)) //nolint:gosec // the scheme is one of the sources' and the path is percent-encoded
}
