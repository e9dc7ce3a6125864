package query

// Node is a query or a part of one. String prints it in the language, so that
// Parse(n.String()) gives n back.
//
//sumtype:decl
type Node interface {
	String() string
	node()
}
