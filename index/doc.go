// Package index holds the words of Trawl and the contracts that every engine keeps:
// a [Host] has a [Listing] of each directory, with an [Entry] a line; a [Catalogue]
// records crawls, lets listings be browsed and answers a [Query] with an [Answer].
// It knows no protocol: a [Scheme] says how the URLs of one are read and written.
// Nothing here does I/O.
//
// The files: entry.go, host.go and listing.go have the words, scheme.go the URLs of
// hosts; catalogue.go has the contracts of recording and browsing, search.go that of
// searching, text.go that of the texts which describe archives; visible.go makes
// strings of servers safe to print.
package index
