package query

import (
	"slices"
	"strings"
)

// Type matches files of these types, of Types.
type Type struct{ Of []string }

func (Type) node() {}

func (n Type) String() string { return "type:" + strings.Join(n.Of, ",") }

func (n Type) or(o Node) Node {
	if o, ok := o.(Type); ok {
		return Type{sorted(slices.Concat(n.Of, o.Of))}
	}
	return nil
}

func typeField() field {
	return field{name: "type", example: "type:video", read: func(p *parser, t token) (Node, error) {
		of, err := p.list(t, Types())
		return Type{of}, err
	}}
}

// Types returns the values of type:.
func Types() []string {
	return []string{
		"video", "audio", "image", "archive", "disk", "document", "source",
		"package", "font", "text", "executable",
	}
}
