// Package gateway gives the files of the catalogue over HTTP: GET /get/SCHEME/HOST/PATH streams a
// file from the best of its places, and GET /metalink/SCHEME/HOST/PATH names all of them to download managers
// (RFC 5854). [New] returns both as one http.Handler.
//
// Only what the catalogue holds is given: an address names a host of the catalogue and an entry that a crawl saw
// there, and no parameter changes that. Content from archives is never active on the portal's origin.
//
// The files: gateway.go puts the parts together. get.go answers /get, or elsewhere.go by a link, metalink.go /metalink,
// for which sums.go finds checksums. entry.go finds the file that an address is about, and its other places. ranges.go,
// conditions.go, media.go and disposition.go read and write headers. open.go gives files to doors that do not speak HTTP.
// visitors.go limits what visitors cost, stream.go sends bytes to one, refusal.go says why a file could not be had, and
// text.go reads the beginning of a text.
package gateway
