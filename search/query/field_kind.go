package query

import (
	"cmp"
	"slices"
	"strings"
)

// Kind matches entries of these kinds: "file", "dir", "link".
type Kind struct{ Of []string }

func (Kind) node()   {}
func (Kind) filter() {}

func (n Kind) String() string { return "kind:" + strings.Join(n.Of, ",") }

func (n Kind) or(o Node) Node {
	if o, ok := o.(Kind); ok {
		return Kind{sorted(slices.Concat(n.Of, o.Of))}
	}
	return nil
}

func kindField() field { return field{name: "kind", example: "kind:dir", read: (*parser).kinds} }

// kinds reads kinds, by the words that people have for them too.
func (p *parser) kinds(t token) (Node, error) {
	var of []string
	for v := range listed(t.text) {
		if value, kind := typeAlias(v); kind {
			v = value
		}
		of = append(of, v)
	}
	if value, kind := typeAlias(strings.ToLower(t.text)); value != "" && !kind || slices.Contains(Types(), strings.ToLower(t.text)) {
		p.note("kind:" + strings.ToLower(t.text) + " was read as type:" + cmp.Or(value, strings.ToLower(t.text)))
		return Type{[]string{cmp.Or(value, strings.ToLower(t.text))}}, nil
	}
	t.text = strings.Join(of, ",")
	kinds, err := p.list(t, []string{"file", "dir", "link"})
	return Kind{kinds}, err
}
