package query

import "slices"

// Node is a query or a part of one. String prints it in the language, so that
// Parse(n.String()) gives n back.
//
//sumtype:decl
type Node interface {
	String() string
	node()
}

// The nodes that are made of others. And and Or have at least two branches, none of them
// their like. Each other node has the file of its field.
type (
	// And matches what all its branches match.
	And struct{ Of []Node }

	// Or matches what one of its branches matches.
	Or struct{ Of []Node }

	// Not matches what its branch does not.
	Not struct{ Of Node }
)

func (And) node() {}
func (Or) node()  {}
func (Not) node() {}

// All returns the node that matches what all branches do: nil if there are none, and a single one
// itself.
func All(of []Node) Node { return together(of, And{of}) }

// Any returns the node that matches what one of the branches does: nil if there are none, and a single
// one itself.
func Any(of []Node) Node { return together(of, Or{of}) }

// together returns joined, or less where there are no two branches.
func together(of []Node, joined Node) Node {
	switch len(of) {
	case 0:
		return nil
	case 1:
		return of[0]
	}
	return joined
}

// narrower is a node that may be joined with another one of an And: and returns the one
// node that matches what both do, or nil.
type narrower interface{ and(Node) Node }

// wider is a node that may be joined with another one of an Or: or returns the one
// node that matches what either does, or nil.
type wider interface{ or(Node) Node }

// whole is a node that is about whole results, so that it stands only at the top, or in
// an And there.
type whole interface{ whole() }

// filter is a node that chooses by a property of a result and not by its words.
type filter interface{ filter() }

// IsFilter reports whether a part of a query chooses by a property, as the values of facets do.
func IsFilter(n Node) bool {
	_, is := n.(filter)
	return is
}

// relative is a node that depends on the time at which it is asked.
type relative interface{ relative() }

// Relative reports whether the matches of a tree depend on the time at which it is asked,
// as those of time:<30d do.
func Relative(n Node) bool {
	switch n := n.(type) {
	case And:
		return slices.ContainsFunc(n.Of, Relative)
	case Or:
		return slices.ContainsFunc(n.Of, Relative)
	case Not:
		return Relative(n.Of)
	default:
		_, ok := n.(relative)
		return ok
	}
}
