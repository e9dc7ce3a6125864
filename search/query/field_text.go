package query

import (
	"strings"
	"unicode"
)

// Text matches texts that hold all of Words. It stands where Places does.
type Text struct{ Words string }

func (Text) node()  {}
func (Text) whole() {}

func (n Text) String() string { return "text:" + word(n.Words) }

func (n Text) and(o Node) Node {
	if o, ok := o.(Text); ok {
		return Text{n.Words + " " + o.Words}
	}
	return nil
}

func textField() field {
	return field{name: "text", example: `text:"linux kernel"`, whole: true, read: (*parser).words}
}

// words reads the words that a text has to hold.
func (p *parser) words(t token) (Node, error) {
	switch {
	case t.glob:
		return nil, p.fail(t.at, "text: looks for whole words and knows no patterns", "write them out: text:"+quote("linux kernel"))
	case !strings.ContainsFunc(t.text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }):
		return nil, p.fail(t.at, "there is no word in this", `such as text:"linux kernel"`)
	}
	return Text{strings.Join(strings.Fields(t.text), " ")}, nil
}
