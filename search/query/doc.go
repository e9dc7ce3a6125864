// Package query reads the query language into a tree and prints it back. It does no I/O
// and knows nothing of engines; doc/query.md explains the language to people.
//
// [Parse] reads a text into a [Node]; each Node prints itself. [Simplify] makes a tree
// smaller. The errors are of type [Error], with the position and the mend.
//
// The files: node.go is the tree, lex.go and parse.go read a text into it. Each field is
// one file, field_*.go: its node, how its values are read and printed, and what it is
// joined with. field.go lists them and reads the name of a field, interval.go reads
// ranges. simplify.go makes a tree smaller, print.go writes it back, error.go shows what
// is wrong.
package query
