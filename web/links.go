package web

import (
	"html/template"
	"net/url"
	"strconv"
	"strings"

	"trawl/index"
	"trawl/search"
	"trawl/web/address"
)

// links write the addresses of pages. Addresses are a template.URL: all that is foreign in them
// is percent-encoded.
type links struct {
	schemes index.Schemes
	lang    string // that the reader asked for, and that all addresses keep; "" is none
}

// keep adds the language to an address.
func (l links) keep(to string) template.URL {
	if l.lang != "" {
		sign := "?"
		if strings.Contains(to, "?") {
			sign = "&"
		}
		to += sign + "lang=" + l.lang
	}
	return template.URL(to) //nolint:gosec // what is foreign in it is percent-encoded
}

// search returns the address of the search page for a request.
func (l links) search(r search.Request) template.URL { return l.keep("/?" + string(asking(r))) }

// page returns the address of a page about p on a host.
func (l links) page(page address.Page, id index.HostID, p index.Path) template.URL {
	return l.keep(page.Of(id, p))
}

// origin returns the link to p on its host itself, for people to copy. Its scheme is one that
// a template would refuse.
func (l links) origin(id index.HostID, p index.Path, kind index.Kind) template.URL {
	return template.URL(l.schemes.URL(id, p, kind)) //nolint:gosec // the scheme is one of the sources' and the path is percent-encoded
}

// doors returns the links to a place by all doors of its host, the best first; nil if the host has but one.
func (l links) doors(p *index.Place, kind index.Kind) []door {
	if len(p.Doors) < 2 {
		return nil
	}
	out := make([]door, len(p.Doors))
	for i, at := range l.schemes.URLs(p, kind) {
		out[i] = door{p.Doors[i].Scheme(), template.URL(at)} //nolint:gosec // as that of origin
	}
	return out
}

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
