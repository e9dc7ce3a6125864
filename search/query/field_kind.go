package query

import (
	"slices"
	"strings"
)

// Kind matches entries of these kinds: "file", "dir", "link".
type Kind struct{ Of []string }

func (Kind) node() {}

func (n Kind) String() string { return "kind:" + strings.Join(n.Of, ",") }

func (n Kind) or(o Node) Node {
	if o, ok := o.(Kind); ok {
		return Kind{sorted(slices.Concat(n.Of, o.Of))}
	}
	return nil
}

func kindField() field {
	return field{name: "kind", example: "kind:dir", read: func(p *parser, t token) (Node, error) {
		t.text = strings.NewReplacer("directory", "dir", "folder", "dir", "symlink", "link").Replace(strings.ToLower(t.text))
		of, err := p.list(t, []string{"file", "dir", "link"})
		return Kind{of}, err
	}}
}
