// Package listing reads what servers list: it turns the bytes of LIST, MLSD and STAT
// answers and of published ls-lR files into index.Listings. [New] returns the [Parser]
// of a host; [Parser.List] reads one directory, [Parser.Tree] a whole tree. Both detect
// the dialect and the charset; [Decoder] makes the names readable. The package does no
// I/O beyond the io.Reader that it is given.
//
// How the files divide the work: lines.go cuts the stream into lines, detect.go finds the
// dialect, scan.go goes through the lines, trouble.go knows the errors among them, noise.go the
// heads, sums and remarks, tree.go the headers of ls -lR, paths.go lists of paths, collect.go
// makes listings of the entries. dialect.go says what a dialect is and names them all; each has
// a file of its own, unix has unixlines.go for its rarer lines and unixlearn.go for what it learns.
// words.go reads words and sizes. dates.go reads dates of all dialects, by clock.go, month.go and
// calendar.go; unixdate.go finds those of unix, loosedates.go the rarer ones among them.
// charset.go reads names. The package packed unpacks lists that are compressed.
package listing
