package gopher

import (
	"net/url"
	"strings"

	"trawl/index"
)

// Schemes returns the scheme gopher (RFC 4266). A URL's path begins with the type
// of the item, which is 1 for a menu, and goes on with its selector.
func (s *Source) Schemes() []index.Scheme {
	return []index.Scheme{{
		Name: "gopher", Port: 70, Service: "gopher", Ways: []string{way},
		Selectors: true, DirsOpen: true, Root: readRoot, Plain: plainPath, URL: writeURL,
	}}
}

// address returns the address to dial.
func address(id index.HostID) string { return index.NewSchemes((*Source)(nil).Schemes()...).Addr(id) }

// readRoot returns the path that the path of a menu's URL stands for; both are clean.
//
//	/, /1, /1/pub, /pub => /, /, /pub, /pub
func readRoot(path string) string {
	if menu, found := strings.CutPrefix(path+"/", "/1/"); found {
		return "/" + strings.TrimSuffix(menu, "/")
	}
	return path
}

// plainPath returns the path that stands for the selector which is a path of files.
//
//	/pub/a, /pub/=b => /pub/a, /=%2Fpub%2F=b
func plainPath(p index.Path) index.Path {
	if !strings.Contains(string(p), "/"+literal) {
		return p
	}
	return joinLiteral("/", string(p))
}

// writeURL returns the link to p on a host (RFC 4266): menus are type 1; anything else
// is fetched as it is, type 9. The link to an item on another server has a selector
// of a type, a selector, a tab and that server.
func writeURL(host string, p index.Path, kind index.Kind) string {
	base := "gopher://" + host + "/"
	item, server, elsewhere := strings.Cut(selectorAt(p), "\t")
	switch {
	case kind == index.Link && elsewhere:
		return "gopher://" + server + "/" + (&url.URL{Path: "/" + item}).EscapedPath()[1:]
	case kind == index.Dir && p == "/":
		return base
	case kind == index.Dir:
		base += "1"
	default:
		base += "9"
	}
	return base + (&url.URL{Path: "/" + selectorAt(p)}).EscapedPath()[1:]
}
