// Package query is the query language: text to tree and back. It does no I/O
// and knows nothing of engines; doc/query.md tells it to people.
//
// The files: node.go is the tree, lex.go and parse.go read a text into it, and
// field.go the values of fields (sizes.go and times.go the longer ones);
// simplify.go makes a tree smaller; print.go writes it back; error.go tells what
// is wrong and how to mend it.
package query
