// Package segment makes the segments of a Bleve index in Bleve's place: from terms that are
// ready, without a frequency for each posting.
//
// A [Document] holds the [Terms] of a block (document.go). A [Writer] writes documents as
// one segment in zap's format (write.go) and inverts their terms first (invert.go). The
// [Plugin] gives that to Bleve (plugin.go): it makes new segments, and merges old ones into
// one (merge.go). The [TextPlugin] leaves the segments of texts to zap (text.go).
//
// Bleve believes what it reads. [Verify] compares a file with its checksum (verify.go). Whoever
// reads segments does so within [Guard] (recover.go); what Bleve reads in goroutines of its own
// is guarded in the segments that the plugins give it (guarded.go). Package follow lists these
// goroutines.
package segment
