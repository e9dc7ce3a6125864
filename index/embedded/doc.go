// Package embedded is the default engine of Trawl: bbolt and Bleve in one directory on one disk.
//
// [Open] opens a catalogue and returns an [Engine], which keeps the contracts of package index.
//
// The truth is one bbolt file. It holds the entries of each host in tree order, cut into blocks
// that never change; each block has a number that is never used again. Three indexes follow the
// truth by these numbers and can be made anew from it at any time: the postings (which blocks
// hold a trigram), the dictionary of names that repeat, and the index of texts. A search reads the
// blocks that an index does not know yet one by one, so it finds whatever Put has returned from.
//
// The parts are packages below internal. Each imports only those before it:
//
//	disk        files that survive a power cut
//	pages       reads bbolt files without believing them
//	codec       numbers and byte strings of all formats
//	block       one block: what it holds, what it looks like on disk
//	store       the truth: hosts, crawls, blocks, masks, patches, texts; reading and recording
//	segment     the segments that Bleve keeps for us, written our way
//	follow      opens the indexes that Bleve writes; how indexes wait for the store and the disk
//	postings    follow the store; which blocks may hold what a query asks for
//	texts       finds READMEs and indexes by their words
//	dictionary  follows the store; names that repeat, each once
//	cores       which search computes when
//	cache       answers that are kept
//	scan        runs a search: counts, chooses, collects
//
// In this package engine.go opens and closes them, contracts.go and search.go hand calls on to
// them, question.go is the key of a kept answer, lock.go keeps other processes out, and copy.go copies the truth.
package embedded
