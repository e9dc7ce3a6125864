package gopher

import (
	"strings"

	"trawl/index"
)

// literal starts a name in a path that stands for a selector as a whole.
const literal = "="

// selectorAt returns the selector that a path stands for (RFC 1436 section 2). The
// selectors of most servers are paths. A name that starts with "=" is another
// selector, with its slashes and percent signs escaped; the names after it continue
// that selector:
//
//	/              => ""
//	/pub/a         => "/pub/a"
//	/=1%2Fpub/a    => "1/pub/a"
func selectorAt(p index.Path) string {
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

// join returns the path of the item of a selector in the menu p:
// selectorAt(join(p, s)) is s.
//
//	/pub, "/pub/a"  => /pub/a
//	/pub, "/src/a"  => /pub/=%2Fsrc%2Fa
func join(p index.Path, item string) index.Path {
	name, below := strings.CutPrefix(item, strings.TrimSuffix(selectorAt(p), "/")+"/")
	if below && name != "" && name != "." && name != ".." && !strings.Contains(name, "/") && !strings.HasPrefix(name, literal) {
		return p.Join(name)
	}
	return joinLiteral(p, item)
}

// joinLiteral is join by a name that stands for the selector as a whole.
func joinLiteral(p index.Path, item string) index.Path {
	return p.Join(literal + strings.NewReplacer("/", "%2F", "%", "%25").Replace(item))
}

// isLiteral reports whether p ends in a name that stands for a selector as a whole.
func isLiteral(p index.Path) bool { return strings.HasPrefix(p.Base(), literal) }
