package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"

	"trawl/index"
	"trawl/index/embedded/internal/cores"
)

// The file trawl.db, format version 1: a bbolt file with the buckets
//
//	meta     "format" => its version
//	         "hosts" => a number that rises when a host record changes
//	hosts    host ID => host record (hosts.go); the bucket's sequence is the last HostNo
//	tallies  HostNo => the index.Tally, a 64-bit number a field
//	blocks   block ID => block (block/format.go); the bucket's sequence is the last number given out
//	dirs     HostNo, position of a block's first entry => reference to the block (reference.go)
//	masks    which parts of blocks are gone (masks.go); the bucket's sequence counts the changes
//	masked   number, block ID => the mask that the block had before one transaction changed
//	         it, until the dictionary knows; nothing while there is none. The bucket's sequence is
//	         the last number that was forgotten
//	patches  HostNo, position of a patch's first entry => reference to its block
//	patched  HostNo => how many entries its patches hold
//	marks    HostNo, tree key => facts about a directory beside its entries (marks.go);
//	         the bucket's sequence counts their changes
//	dropped  number => IDs of the blocks that one transaction dropped, until the postings
//	         and the dictionary know; the bucket's sequence is as in masked
//	crawls   HostNo => crawl record (crawl.go) of an unfinished crawl
//	seen     HostNo, number => hashes of the directories that the crawl has recorded
//	removed  HostNo => nothing: the host is gone, its blocks not yet
//
// and those of the texts (texts.go). Numbers in keys are big endian, so that blocks are
// written in the order of their keys.
const (
	File    = "trawl.db"
	version = 1

	// BatchBlocks is how many blocks the postings take in at once. Each batch becomes a
	// segment of its own, so that few merges are needed afterwards.
	BatchBlocks = 512

	// maxLag is how many blocks the postings may be behind before writers wait:
	// searches read all of these blocks.
	maxLag = 3 * BatchBlocks
)

// buckets returns the names of all buckets.
func buckets() []string {
	return []string{
		textsBucket, newsBucket, aboutsBucket,
		"meta", "hosts", "tallies", "blocks", "dirs", "masks", "masked", "patches", "patched",
		"marks", "dropped", "crawls", "seen", "removed",
	}
}

// Store is the bbolt file that holds the catalogue. Any number of views may read while one
// writer writes.
type Store struct {
	Path      string // of the file
	BlockSize int    // how many entries a block aims at
	Log       *slog.Logger
	Followers *Followers
	Texts     *Texts

	// Set after Open, or nil:
	Cores  *cores.Pool                       // on which searches compute, to which what is written gives way
	Renew  func(ctx context.Context)         // computes the kept answers anew that many ask for, before a crawl has ended
	Forgot func(index.HostID, ...index.Path) // is given what a transaction has forgotten: files, and directories that are no longer listed

	Appeared func(index.Arrivals) // is given what a transaction has found new on a host that was crawled whole before

	file     openFile
	writing  chan struct{}             // holds a value while there is a writer
	awaited  atomic.Int32              // how many writers wait for it
	unsure   bool                      // a failed transaction was not taken back; of the writer
	lost     lost                      // of the transaction under way; of the writer
	came     came                      // likewise
	written  atomic.Int64              // bytes of database pages, since Open
	merging  chan struct{}             // holds a value while a spool is recorded
	hosts    atomic.Pointer[HostTable] // of the last version that was read
	crawling busyHosts
	changes  changes
}

// Open opens the file in a directory, or makes it. The log receives what is damaged, with
// the remedy.
func Open(dir string, blockSize int, log *slog.Logger) (*Store, error) {
	s := &Store{
		Path: filepath.Join(dir, File), BlockSize: blockSize, Log: log, Followers: newFollowers(),
		writing: make(chan struct{}, 1), merging: make(chan struct{}, 1),
	}
	s.file.path = s.Path
	var err error
	if s.Texts, err = newTexts(s); err != nil {
		return nil, err
	}
	if err := s.file.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", s.Path, Explain(err)), s.Texts.close())
	}
	if err := s.checkFormat(); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", s.Path, err), s.Close())
	}
	return s, nil
}

// checkFormat refuses a file of another version.
func (s *Store) checkFormat() (err error) {
	v, err := s.View()
	if err != nil {
		return err
	}
	defer v.Close()
	defer Guarded(&err)()
	switch format := v.tree("meta").Get([]byte("format")); {
	case len(format) == 1 && format[0] == version:
		return nil
	case len(format) == 1 && format[0] > version:
		return fmt.Errorf("it was made by a newer Trawl (its format is %d, this one knows up to %d): use that one, or restore a backup of this one into another directory", format[0], version)
	default:
		return fmt.Errorf("it has format %d and this trawl knows %d: use the trawl that wrote it, or crawl anew into another directory", format, version)
	}
}

// Close closes the file. It waits for readers and the writer.
func (s *Store) Close() error {
	s.writing <- struct{}{}
	defer func() { <-s.writing }()
	s.file.saveSums(s.Log)
	return errors.Join(s.file.close(), s.Texts.close())
}
