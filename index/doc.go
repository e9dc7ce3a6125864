// Package index holds the words of Trawl and the contracts that every engine
// keeps: what a host, an entry, a listing and an answer are, and how they are
// recorded, browsed and searched.
//
// The files: entry.go, host.go and listing.go are the words, selector.go what a
// path is to Gopher; catalogue.go has the contracts of recording and browsing,
// search.go that of searching, text.go that of the texts which describe
// archives; visible.go makes fit for people what servers say. Nothing here does
// I/O.
package index
