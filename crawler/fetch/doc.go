// Package fetch gets files from the hosts that have them, by the sources that crawl
// these hosts: a [Fetcher] keeps connections, opens a file at the best of its places, goes on at
// the next place where one fails, and asks places whether they still have it. The gateway of
// the portal and `trawl get` are made of it.
//
// The files: file.go has the words, fetch.go the Fetcher; hosts.go keeps the hosts that are
// reached and visit.go is the use of one of them; place.go opens a file at one place, open.go at
// the first of several that gives it, body.go goes on at the next one; room.go has slow readers make room; check.go asks
// places, correct.go records their answers in the catalogue; failure.go has the errors.
package fetch
