// Package listing reads what servers list: it turns the bytes of LIST, MLSD and STAT
// answers and of published ls-lR files into index.Listings. [New] returns the [Parser]
// of a host; [Parser.List] reads one directory, [Parser.Tree] a whole tree. Both detect
// the dialect and the charset; [Decoder] makes the names readable. The package does no
// I/O beyond the io.Reader that it is given.
//
// How the files divide the work: lines.go cuts the stream into lines, detect.go finds the
// dialect, scan.go goes through the lines, trouble.go knows the errors among them, tree.go
// the headers of ls -lR, paths.go lists of paths, collect.go makes listings of the
// entries. dialect.go says what a dialect is and names them all; each has a file of its
// own. words.go reads words and sizes, unixdate.go, clock.go and month.go times,
// charset.go names. The package packed unpacks lists that are compressed.
package listing
