// Package download saves a file of the catalogue on this machine: [Save] fetches it into a
// part file, which a later call resumes, and gives it its name when it is whole and its checksum,
// if one is asked for, is right. [Stream] writes a file to a stream. [SumFinder] finds the checksum
// that an archive publishes beside a file.
//
// The files: save.go is Save and stream.go is Stream; part.go is the part file and note.go what is
// kept beside it, span.go counts the bytes that are there. transfer.go fetches over one or several
// connections, share.go divides a file among them. sum.go reads checksum files, find.go finds them.
package download
