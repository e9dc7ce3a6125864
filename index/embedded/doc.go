// Package embedded is the default engine of trawl: bbolt and Bleve in one
// directory on one disk.
//
// bbolt holds the truth, as blocks: immutable runs of a host's entries in tree
// order, each under a number that is never used again. Bleve holds postings over
// blocks and follows by those numbers: a search covers the blocks that are not
// posted yet by reading them, so that what Put has returned from is found.
//
// The files: engine.go opens and closes; file.go is the bbolt file, store.go its
// transactions and view.go a moment of it; block.go is the form of a block in
// memory and block_format.go that on disk (block_decode.go, block_reader.go); hosts.go, crawl.go and browse.go keep
// index.Hosts, index.Recorder and index.Browser; merge.go changes blocks and
// layers.go what is beside them, parts.go puts large directories together;
// check.go proves and compact.go shrinks the file.
//
// postings.go follows the store, postings_index.go feeds one Bleve index,
// postings_terms.go says what a block is found by, postings_check.go proves it
// and postings_trouble.go bears with disks that cannot be written; segment*.go
// write and merge the segments of that index. candidates.go looks up which
// blocks may match, search.go and search_verify.go make answers of them
// (search_scan.go decodes of a block what it takes, search_look.go shows it to
// judges and collectors), cores.go says when and on how many cores
// (search_crew.go), question.go and answers.go keep them; complete.go completes
// words and finds near names. texts.go keeps the texts that describe archives,
// texts_find.go finds them and texts_check.go proves them.
//
// roll.go keeps the roll: where names repeat, each of them once with the blocks that
// hold it. roll_worth.go says where that is; roll_gather.go takes in what the store
// writes and roll_merge.go puts volumes together, both as rolled names in order
// (roll_name.go) for roll_write.go; roll_volume.go draws a volume and roll_state.go the
// file that names them; roll_search.go searches and roll_check.go proves them.
package embedded
