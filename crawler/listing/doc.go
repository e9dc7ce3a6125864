// Package listing reads what servers list: the bytes of LIST, MLSD and STAT
// answers and of published ls-lR files become index.Listings. It does no I/O
// beyond the io.Reader that it is given.
//
// The files: parser.go is the door; lines.go cuts the stream into lines, detect.go
// finds the dialect, collect.go turns items into listings, tree.go and paths.go
// read listings of whole trees. dialect.go is what a dialect is, and each dialect has a
// file of its own. clock.go and month.go read times, charset.go names.
package listing
