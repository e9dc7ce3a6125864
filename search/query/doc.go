// Package query is the query language: text to tree and back. It does no I/O
// and knows nothing of engines; doc/query.md tells it to people.
//
// The files: node.go is the tree, lex.go and parse.go read a text into it,
// simplify.go has the rules that make a tree smaller.
package query
