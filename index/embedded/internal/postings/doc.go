// Package postings finds the blocks of the store that may hold what a search asks for, by
// the trigrams and the keys of each block, which Bleve holds.
//
// [Open] returns [Postings] that follow the store in the background (postings.go,
// rebuild.go): their Bleve index (bleve.go) takes in batches of blocks as documents
// (docid.go) of the terms that an [Extractor] finds (extract.go, keys.go). An index is proved
// against the blocks when it is opened (prove.go), and opened again, or made anew, when it is
// broken (mend.go); searches read the blocks meanwhile. A search takes a
// [Snapshot] (snapshot.go) and calls [Snapshot.Blocks] with a condition, which a [Lookup]
// maps to the postings of a segment (lookup.go, docs.go), or [Snapshot.Alike] with a
// misspelt word (alike.go). check.go verifies the postings, compact.go drops those of
// blocks that are gone.
package postings
