// Package segment makes the segments of a Bleve index in Bleve's place: from terms that are
// ready, without a frequency for each posting.
//
// A [Document] holds the [Terms] of a block (document.go). A [Writer] writes documents as
// one segment in zap's format (write.go) and inverts their terms first (invert.go). The
// [Plugin] gives that to Bleve (plugin.go): it makes new segments, and merges old ones into
// one (merge.go). Bleve does not verify what it reads: each reader of a segment defers [Recover]
// (recover.go).
package segment
