package query

import (
	"slices"
	"strings"
)

// Type matches files of these types, of Types.
type Type struct{ Of []string }

func (Type) node()   {}
func (Type) filter() {}

func (n Type) String() string { return "type:" + strings.Join(n.Of, ",") }

func (n Type) or(o Node) Node {
	if o, ok := o.(Type); ok {
		return Type{sorted(slices.Concat(n.Of, o.Of))}
	}
	return nil
}

func typeField() field { return field{name: "type", example: "type:video", read: (*parser).types} }

// mostExt is how long a word is at most that may be meant as an extension.
const mostExt = 4

// types reads types, by the words that people have for them too. A kind may be among the words if
// it is the only one.
func (p *parser) types(t token) (Node, error) {
	var of []string
	for v := range listed(t.text) {
		value, kind := typeAlias(v)
		switch {
		case slices.Contains(Types(), v) || value == "":
			of = append(of, v)
			continue
		case kind && strings.EqualFold(v, t.text):
			p.note("type:" + v + " was read as kind:" + value)
			return Kind{[]string{value}}, nil
		case kind:
			return nil, p.failSure(t.at, "a list of types cannot hold a kind", "did you mean kind:"+value+"?")
		}
		p.note("type:" + v + " was read as type:" + value)
		of = append(of, value)
	}
	t.text = strings.Join(of, ",")
	types, err := p.list(t, Types())
	if err != nil && !strings.ContainsAny(t.text, ",/") && len(t.text) <= mostExt && Nearest(t.text, Types()) == "" {
		ext := Ext{[]string{t.text}}.String()
		return nil, p.mended(p.failSure(t.at, "there is no type "+quote(t.text), "did you mean "+ext+"?"), t.pos, t.end, ext)
	}
	return Type{types}, err
}

// Types returns the values of type:.
func Types() []string {
	return []string{
		"video", "audio", "image", "archive", "disk", "document", "source",
		"package", "font", "text", "executable",
	}
}
