// Package socket lets several processes work on one data directory: the one that
// holds it serves its engine on a Unix socket there, the others use it through a
// Client, which keeps the contracts of index.
//
// It speaks HTTP with gob bodies, so that names travel in any bytes. The files:
// wire.go is what travels, server.go and client.go are its two ends, crawl.go is
// the Client's Crawl, dir.go finds the socket in a directory.
package socket
