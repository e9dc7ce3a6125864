// Package listing reads what servers list: the bytes of LIST, MLSD and STAT
// answers and of published ls-lR files become index.Listings. It does no I/O
// beyond the io.Reader that it is given.
//
// The files: parser.go is the door; lines.go cuts the stream into lines, detect.go
// finds the dialect, scan.go goes through the lines, trouble.go knows the errors among
// them, tree.go the headers of ls -lR, paths.go lists of paths, collect.go turns
// items into listings. dialect.go is what a dialect is, and each has a file of its own;
// words.go reads words and sizes, unixdate.go, clock.go and month.go times, charset.go
// names. The package packed unpacks what is compressed.
package listing
