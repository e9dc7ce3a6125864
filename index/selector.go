package index

import (
	"net/url"
	"strings"
)

// literal starts a name in the path of a Gopher host that stands for a selector
// as a whole.
const literal = "="

// Selector returns the selector that a path of a Gopher host stands for
// (RFC 1436 section 2). Most servers' selectors are paths; a name that starts
// with "=" is another selector, its slashes and percent signs escaped, and what
// follows goes on from there:
//
//	/              => ""
//	/pub/a         => "/pub/a"
//	/=1%2Fpub/a    => "1/pub/a"
func (p Path) Selector() string {
	selector := ""
	for name := range strings.SplitSeq(strings.Trim(string(p), "/"), "/") {
		switch rest, found := strings.CutPrefix(name, literal); {
		case found:
			selector = strings.NewReplacer("%2F", "/", "%25", "%").Replace(rest)
		case name != "":
			selector = strings.TrimSuffix(selector, "/") + "/" + name
		}
	}
	return selector
}

// JoinSelector returns the path of an item in the menu p of a Gopher host:
// p.JoinSelector(s).Selector() is s.
//
//	/pub, "/pub/a"  => /pub/a
//	/pub, "/src/a"  => /pub/=%2Fsrc%2Fa
func (p Path) JoinSelector(selector string) Path {
	name, below := strings.CutPrefix(selector, strings.TrimSuffix(p.Selector(), "/")+"/")
	if below && name != "" && name != "." && name != ".." && !strings.Contains(name, "/") && !strings.HasPrefix(name, literal) {
		return p.Join(name)
	}
	return p.JoinLiteral(selector)
}

// JoinLiteral is JoinSelector by a name that stands for the selector as a whole.
func (p Path) JoinLiteral(selector string) Path {
	return p.Join(literal + strings.NewReplacer("/", "%2F", "%", "%25").Replace(selector))
}

// Literal reports whether p ends in a name that stands for a selector as a whole.
func (p Path) Literal() bool { return strings.HasPrefix(p.Base(), literal) }

// gopherURL returns the link to p on a Gopher host (RFC 4266): menus are type 1,
// what else there is is fetched as it is, type 9. A link whose selector is a type,
// a selector, a tab and a server leads there.
func gopherURL(name string, p Path, kind Kind) string {
	link := "gopher://" + name + "/"
	item, server, elsewhere := strings.Cut(p.Selector(), "\t")
	switch {
	case kind == Link && elsewhere:
		return "gopher://" + server + "/" + (&url.URL{Path: "/" + item}).EscapedPath()[1:]
	case kind == Dir && p == "/":
		return link
	case kind == Dir:
		link += "1"
	default:
		link += "9"
	}
	return link + (&url.URL{Path: "/" + p.Selector()}).EscapedPath()[1:]
}
