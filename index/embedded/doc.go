// Package embedded is the default engine of trawl: bbolt and Bleve in one
// directory on one disk.
//
// bbolt holds the truth, as blocks: immutable runs of a host's entries in tree
// order, each under a number that is never used again. Bleve holds postings over
// blocks and follows by those numbers: a search covers the blocks that are not
// posted yet by reading them, so that what Put has returned from is found.
//
// The files. engine.go opens and closes what follows, lock.go keeps others out.
//
// The store: file.go is the bbolt file, store.go its buckets and transactions, view.go a
// moment of it; damage.go tells of a damaged file and a full disk. position.go is the
// order of entries, block.go a block in memory, block_format.go and block_decode.go what
// it is on disk (block_reader.go reads its numbers), run.go cuts entries into blocks.
// hosts.go, crawl.go (recording.go, finish.go, seen.go, marks.go) and browse.go keep index.Hosts,
// index.Recorder and index.Browser. merge.go changes blocks, layers.go tells what masks
// and patches beside them do, masks.go and patches.go keep these, parts.go puts large
// directories together. check.go proves all that, compact.go shrinks the file.
//
// The postings: postings.go follows the store, postings_index.go feeds one Bleve index
// with documents (postings_doc.go) of the terms of postings_terms.go, postings_trouble.go
// bears with disks that cannot be written, postings_check.go proves them. segment.go makes
// the segments of that index in Bleve's place: segment_terms.go counts the documents of
// each term, segment_write.go writes a segment, segment_merge.go one of several.
//
// A search: question.go and answers.go keep what was asked, cores.go says when and on how
// many cores it computes. candidates.go looks up which blocks may match, search.go and
// search_verify.go make an answer of them: search_crew.go shares them out, search_scan.go
// decodes of a block what it takes, with search_sieve.go and search_find.go to pass over
// most (names.go folds), search_look.go shows the rest to judges and collectors.
// complete.go completes words and finds near names. texts.go keeps the texts that
// describe archives, texts_find.go finds them, texts_forget.go forgets and texts_check.go
// proves them.
//
// The roll: where names repeat, roll.go keeps each of them once with the blocks that hold
// it. roll_worth.go says where that is; roll_gather.go takes in what the store writes and
// roll_merge.go puts volumes together, both as rolled names in order (roll_name.go) for
// roll_write.go; roll_volume.go draws a volume and roll_state.go the file that names
// them; roll_search.go searches and roll_check.go proves them.
package embedded
