// Package index holds the words of Trawl and the contracts that every engine
// keeps: what a host, an entry, a listing and an answer are, and how they are
// recorded, browsed and searched.
//
// The files: entry.go, host.go and listing.go are the words; catalogue.go has
// the contracts of recording and browsing, search.go that of searching, text.go
// that of the texts which describe archives. Nothing here does I/O.
package index
