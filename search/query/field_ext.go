package query

import (
	"slices"
	"strings"
)

// Ext matches names that end in a dot and one of Of, lower case.
type Ext struct{ Of []string }

func (Ext) node()   {}
func (Ext) filter() {}

func (n Ext) String() string { return "ext:" + word(strings.Join(n.Of, ",")) }

func (n Ext) or(o Node) Node {
	if o, ok := o.(Ext); ok {
		return Ext{sorted(slices.Concat(n.Of, o.Of))}
	}
	return nil
}

func extField() field { return field{name: "ext", example: "ext:iso,img", read: (*parser).ext} }

// ext reads extensions with commas, semicolons or slashes between.
func (p *parser) ext(t token) (Node, error) {
	var of []string
	for v := range listed(strings.ReplaceAll(t.text, "/", ",")) {
		if v == "" && len(of) > 0 {
			continue // a list may end in a comma
		}
		v = strings.TrimLeft(strings.TrimPrefix(v, "*"), ".")
		if v == "" {
			return nil, p.fail(t.at, "an extension is missing", "such as ext:iso or ext:tar.gz,zip")
		}
		if t.glob && strings.ContainsAny(v, "*?") {
			return nil, p.mended(p.failSure(t.at, "an extension has no wildcards", "did you mean *."+v+"?"), t.pos, t.end, "*."+v)
		}
		of = append(of, v)
	}
	return Ext{sorted(of)}, nil
}
