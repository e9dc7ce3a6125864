package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"
)

// The file trawl.db, format version 5: a bbolt file with the buckets
//
//	meta     "format" => its version
//	         "hosts" => a number that rises when a host record changes
//	hosts    host ID => host record (hosts.go); the bucket's sequence is the last hostNo
//	tallies  hostNo => the index.Tally, a 64-bit number a field
//	blocks   blockID => block (block_format.go); the bucket's sequence is the last number given out
//	dirs     hostNo, position of a block's first entry => blockID
//	masks    what of blocks is gone (masks.go); the bucket's sequence counts the changes
//	masked   number, blockID => the mask that the block had before one transaction changed
//	         it, until the roll knows; nothing while there is none
//	patches  hostNo, position of a patch's first entry => blockID
//	patched  hostNo => how many entries its patches hold
//	marks    hostNo, tree key => what is known of a directory beside its entries (marks.go);
//	         the bucket's sequence counts their changes
//	dropped  number => IDs of the blocks that one transaction dropped, until the postings
//	         and the roll know
//	crawls   hostNo => crawl record (crawl.go) of an unfinished crawl
//	seen     hostNo, number => hashes of the directories that the crawl has recorded
//	removed  hostNo => nothing: the host is gone, its blocks not yet
//
// and those of the texts (texts.go). Version 2 had no masks and patches, version 3 no
// masked, version 4 a key for each mask; they are read and become version 5. Numbers in keys are big endian, so that
// blocks are written in the order of their keys.
const (
	File     = "trawl.db"
	version  = 5
	dbOldest = 2

	// BatchBlocks is how many blocks the postings take in at once. Each batch becomes a
	// segment of its own, so that few merges are needed afterwards.
	BatchBlocks = 512

	// maxLag is how many blocks the postings may be behind before writers wait:
	// searches read these blocks one and all.
	maxLag = 3 * BatchBlocks
)

// The buckets.
func buckets() []string {
	return append(textBuckets(), "meta", "hosts", "tallies", "blocks", "dirs", "masks", "masked", "patches", "patched", "marks", "dropped", "crawls", "seen", "removed")
}

// Store is the bbolt file with the truth. Any number of views may read while
// one writer writes.
//
// The postings and the roll follow it: they wait for changed, take in what view.after,
// view.droppedAfter and view.maskedAfter tell, and acknowledge with persisted what is on
// the disk, upon which the store forgets the dropped blocks and the old masks up to there.
// The postings also tell with posted what searches find. A writer waits while the postings are more than maxLag behind, as
// soon as follow was called, and fails if they are stuck.
type Store struct {
	Path      string
	BlockSize int
	Log       *slog.Logger
	news      [readers]chan struct{}
	writing   chan struct{} // holds a value while there is a writer
	joining   chan struct{} // holds a value while parts are put together

	mu   sync.Mutex // guards file
	file *boltFile  // nil if it is closed

	naming sync.Mutex // guards the name of nameless files

	lag      sync.Mutex // guards what follows
	follows  bool
	applied  uint64          // the last number that the postings have
	durable  [readers]uint64 // the last that postings and roll have on the disk, or aloof
	halt     error           // why they do not get on, nil if they do
	advanced chan struct{}   // closed and made anew when applied or halt changes

	hosts    atomic.Pointer[HostTable] // of the last version that was read
	texts    textCodec
	crawling openCrawls
}

// use returns the file that is in place. It stays open until users.Done, even if
// another one takes its place.
func (s *Store) use() (*boltFile, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil, fmt.Errorf("use %s: %w", s.Path, os.ErrClosed)
	}
	s.file.users.Add(1)
	return s.file, nil
}

// put puts another file in place, or nil, and closes the old one when its users
// are done.
func (s *Store) put(file *boltFile) error {
	s.mu.Lock()
	old := s.file
	s.file = file
	s.mu.Unlock()
	if old == nil {
		return nil
	}
	old.users.Wait()
	return old.close()
}

// Open opens the file in a directory, or makes it.
func Open(dir string, blockSize int, log *slog.Logger) (*Store, error) {
	s := &Store{
		Path: filepath.Join(dir, File), BlockSize: blockSize, Log: log,
		writing: make(chan struct{}, 1), joining: make(chan struct{}, 1), advanced: make(chan struct{}),
	}
	for i := range s.news {
		s.news[i] = make(chan struct{}, 1)
	}
	for _, left := range []string{s.leftover(), s.Path + asideSuffix} {
		if err := removeFile(left); err != nil {
			return nil, err
		}
	}
	var err error
	if s.texts, err = newTextCodec(); err != nil {
		return nil, err
	}
	file, err := openFile(s.Path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", s.Path, err), s.texts.close())
	}
	if err := prepare(file); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", s.Path, err), file.close(), s.texts.close())
	}
	s.file = file
	return s, nil
}

// asideSuffix is what a nameless file has behind the store's name at first.
const asideSuffix = ".aside"

// nameless makes a file beside the store that goes when it is closed.
func (s *Store) nameless() (*os.File, error) {
	s.naming.Lock()
	defer s.naming.Unlock()
	file, err := os.Create(s.Path + asideSuffix)
	if err != nil {
		return nil, err
	}
	return file, os.Remove(file.Name())
}

// prepare makes the buckets of a new file and refuses one of another version.
func prepare(f *boltFile) (err error) {
	defer RecoverDamage(&err)
	err = f.update(func(tx *bolt.Tx) error {
		var format []byte
		if meta := tx.Bucket([]byte("meta")); meta != nil {
			format = meta.Get([]byte("format"))
			if len(format) != 1 || format[0] < dbOldest || format[0] > version {
				return fmt.Errorf("it has format %d and this trawl knows %d: use the trawl that wrote it, or crawl anew into another directory", format, version)
			}
		}
		if len(format) == 1 && format[0] == version {
			return errNothing
		}
		for _, name := range buckets() {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		if len(format) == 1 {
			if err := packMasks(tx); err != nil {
				return err
			}
		}
		return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte{version})
	})
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}

// Close waits for readers and the writer.
func (s *Store) Close() error {
	s.writing <- struct{}{}
	defer func() { <-s.writing }()
	return errors.Join(s.put(nil), s.texts.close())
}

// errNothing ends a transaction that has written nothing.
var errNothing = errors.New("nothing to write")

// update runs do in a write transaction, alone, and makes it durable. It waits while the
// postings are too far behind. It is for what has buckets of its own, too (the texts). An
// error of do undoes it. One that changes nothing writes nothing.
func (s *Store) update(ctx context.Context, do func(tx *bolt.Tx) error) error {
	if err := s.turn(ctx); err != nil {
		return err
	}
	return s.write(do)
}

// note is update for what adds no blocks. It waits for nobody but another writer.
func (s *Store) note(ctx context.Context, do func(tx *bolt.Tx) error) error {
	select {
	case s.writing <- struct{}{}:
		return s.write(do)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write does what update says, for who has writing, and gives it back.
func (s *Store) write(do func(tx *bolt.Tx) error) (err error) {
	defer func() { <-s.writing }()
	file, err := s.use()
	if err != nil {
		return err
	}
	defer file.users.Done()
	defer RecoverDamage(&err)
	before, after := uint64(0), uint64(0)
	err = file.update(func(tx *bolt.Tx) error {
		before = tx.Bucket([]byte("blocks")).Sequence()
		if err := do(tx); err != nil {
			return err
		}
		after = tx.Bucket([]byte("blocks")).Sequence()
		if err := s.trim(tx); err != nil || !dirty(tx) {
			return cmp.Or(err, errNothing)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errNothing) {
		return Explain(err)
	}
	if after == before {
		return nil
	}
	for _, news := range s.news {
		select {
		case news <- struct{}{}:
		default:
		}
	}
	return nil
}

// dirty reports whether a transaction has put or deleted anything: bbolt makes
// nodes of the pages that it does so in.
func dirty(tx *bolt.Tx) bool {
	stats := tx.Stats()
	return stats.GetNodeCount() > 0
}

// turn waits until there is no other writer and the postings are near. Others may write
// while it waits for the postings.
func (s *Store) turn(ctx context.Context) error {
	for {
		select {
		case s.writing <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		advanced, err := s.near()
		if advanced == nil && err == nil {
			return nil
		}
		<-s.writing
		if err != nil {
			return err
		}
		select {
		case <-advanced:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// near returns nil if the postings are near, or what is closed when they have got on; an
// error tells that they do not.
func (s *Store) near() (advanced <-chan struct{}, err error) {
	v, err := s.View()
	if err != nil {
		return nil, err
	}
	last := v.Sequence()
	v.Close()
	s.lag.Lock()
	defer s.lag.Unlock()
	if !s.follows || last <= s.applied+maxLag {
		return nil, nil
	}
	return s.advanced, s.halt
}

// trim forgets the dropped blocks and the old masks that postings and roll know.
func (s *Store) trim(tx *bolt.Tx) error {
	s.lag.Lock()
	durable, known := slices.Min(s.durable[:]), s.durable[Dictionary]
	s.lag.Unlock()
	for name, durable := range map[string]uint64{"dropped": durable, "masked": known} {
		c := tx.Bucket([]byte(name)).Cursor()
		for k, _ := c.First(); k != nil && binary.BigEndian.Uint64(k) <= durable; k, _ = c.First() {
			if err := c.Delete(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Those who follow the store.
const (
	Postings = iota
	Dictionary
	readers
)

// Changed returns a channel on which a value waits after one or more
// transactions have written or dropped blocks, or changed masks. There is one for each
// reader.
func (s *Store) Changed(reader int) <-chan struct{} { return s.news[reader] }

// Follow tells that postings are kept, up to seq for now.
func (s *Store) Follow(seq uint64) {
	s.lag.Lock()
	s.follows = true
	s.lag.Unlock()
	s.Posted(seq)
	s.Persisted(Postings, seq)
}

// Posted tells that the postings hold all blocks up to seq. It never waits.
func (s *Store) Posted(seq uint64) {
	s.lag.Lock()
	defer s.lag.Unlock()
	s.applied = seq
	s.wake()
}

// Stuck tells why the postings do not get on; nil is that they do. It never
// waits.
func (s *Store) Stuck(why error) {
	s.lag.Lock()
	defer s.lag.Unlock()
	s.halt = why
	s.wake()
}

// wake lets the writers that wait look again. lag is held.
func (s *Store) wake() {
	close(s.advanced)
	s.advanced = make(chan struct{})
}

// NotFollowing is the number that a roll tells while it is none: of what changes it wants to
// know nothing.
const NotFollowing = math.MaxUint64

// logsMasks reports whether anybody wants to know what masks were.
func (s *Store) logsMasks() bool {
	s.lag.Lock()
	defer s.lag.Unlock()
	return s.durable[Dictionary] != NotFollowing
}

// Persisted tells that what a reader has up to seq is on the disk. It never waits.
func (s *Store) Persisted(reader int, seq uint64) {
	s.lag.Lock()
	defer s.lag.Unlock()
	s.durable[reader] = seq
}

// Since returns how many numbers were given out after seq.
func (s *Store) Since(seq uint64) (uint64, error) {
	v, err := s.View()
	if err != nil {
		return 0, err
	}
	defer v.Close()
	return v.Sequence() - seq, nil
}

// Retain is persisted for a reader that begins anew at a number before: the logs are
// kept from there on. It waits for a writer that may be trimming them.
func (s *Store) Retain(ctx context.Context, reader int, seq uint64) error {
	return s.note(context.WithoutCancel(ctx), func(*bolt.Tx) error {
		s.Persisted(reader, seq)
		return nil
	})
}
