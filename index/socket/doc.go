// Package socket lets several processes work on one data directory. The process that
// holds the directory serves its engine on a Unix socket there: [Listen] and [NewServer].
// The others use it through a [Client] from [Dial], which keeps the contracts of index.
//
// It speaks HTTP with gob bodies, so that names travel in any bytes. The files: wire.go
// has the messages, server.go and client.go are the two ends, crawl.go is the Client's
// Crawl, copy.go both ends of a copy, dir.go finds the socket in a directory.
package socket
