package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"trawl/index/hashes"
)

// seenSet is the set of the directories that a crawl has recorded, by the hash of the
// tree key without its last bits. On the disk it is batches of hashes of 8 bytes, whose last
// bits are flags; the last hash of a directory counts.
//
// Where much changes, the hash of a listing is written together with its changes.
// Where little changes, hashes are gathered, so that a short crawl writes none: after a kill it
// lists some directories again.
type seenSet struct {
	dirs      hashes.Table // with seenUnread and seenUnwritten
	pending   int          // how many have seenUnwritten
	writtenAt time.Time    // when pending was 0
}

// The last bits of a hash.
const (
	seenUnread    = 1 // the directory could not be read completely
	seenNot       = 2 // in a batch: it was forgotten, and is not seen any more
	seenUnwritten = 2 // in memory: not on the disk
	seenBits      = hashes.Marks
)

const (
	// muchChanged: if one in so many listings has changed something, the hashes are
	// written with the changes.
	muchChanged = 4

	// keepEvery is how long hashes are gathered, and keepMost how many.
	keepEvery = 30 * time.Second
	keepMost  = 1 << 18

	// seenBatch bounds the hashes under one key, so that a transaction that adds
	// some does not write many others anew.
	seenBatch = 200
)

// seenHash returns the FNV-1a hash of a tree key without its last bits. Collisions in 64
// bits among the directories of one host do not matter.
func seenHash(tree []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range tree {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h &^ seenBits
}

// add applies a hash of a batch; written says that it is on the disk.
func (s *seenSet) add(hash uint64, written bool) {
	was, _ := s.dirs.Get(hash)
	if was&seenUnwritten != 0 {
		s.pending--
	}
	switch {
	case hash&seenNot != 0:
		s.dirs.Delete(hash)
	case written:
		s.dirs.Put(hash)
	default:
		if s.pending++; s.pending == 1 {
			s.writtenAt = time.Now()
		}
		s.dirs.Put(hash | seenUnwritten)
	}
}

// knows reports whether a hash of a batch adds nothing new.
func (s *seenSet) knows(hash uint64) bool {
	was, seen := s.dirs.Get(hash)
	return seen && was&seenUnread == hash&seenUnread
}

// has reports whether a directory was seen.
func (s *seenSet) has(tree []byte) bool {
	_, seen := s.dirs.Get(seenHash(tree))
	return seen
}

// belowUnread reports whether a directory is below one that could not be read completely.
func (s *seenSet) belowUnread(tree []byte) bool {
	for i, c := range slices.Backward(tree) {
		if c != 0 {
			continue
		}
		if hash, _ := s.dirs.Get(seenHash(tree[:i])); hash&seenUnread != 0 {
			return true
		}
	}
	return false
}

// due reports whether it is time to write the pending hashes.
func (s *seenSet) due() bool {
	return s.pending >= keepMost || s.pending > 0 && time.Since(s.writtenAt) >= keepEvery
}

// unwritten returns the pending hashes.
func (s *seenSet) unwritten() []uint64 {
	left := make([]uint64, 0, s.pending)
	for hash := range s.dirs.All() {
		if hash&seenUnwritten != 0 {
			left = append(left, hash&^seenUnwritten)
		}
	}
	return left
}

// markWritten notes that all hashes are on the disk.
func (s *seenSet) markWritten() {
	for hash := range s.dirs.All() {
		if hash&seenUnwritten != 0 {
			s.dirs.Put(hash &^ seenUnwritten)
		}
	}
	s.pending = 0
}

// recall reads which directories the crawl has seen before it was cut off.
func (c *crawl) recall(tx *bolt.Tx) {
	prefix := hostKey(c.no, nil)
	cur := tx.Bucket([]byte("seen")).Cursor()
	for k, v := cur.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = cur.Next() {
		for ; len(v) >= 8; v = v[8:] {
			c.seen.add(binary.BigEndian.Uint64(v), true)
		}
	}
}

// writeSeen writes the hashes that go with the changes of a recording, and all pending ones if
// it is time.
func (r *recording) writeSeen() error {
	var seen []uint64
	if r.all = r.crawl.seen.due(); r.all {
		seen = r.crawl.seen.unwritten()
	}
	for _, h := range r.seen {
		if r.all || r.isWritten(h) {
			seen = append(seen, h)
		}
	}
	if len(seen) == 0 {
		return nil
	}
	if err := putCrawl(r.tx, r.crawl.no, r.started); err != nil {
		return err
	}
	return r.crawl.putSeen(r.tx, seen)
}

// isWritten reports whether a hash is written together with the recording. One without which
// Finish would forget too much always is.
func (r *recording) isWritten(hash uint64) bool {
	_, changed := r.changed[hash&^seenBits]
	much := len(r.changed)*muchChanged > len(r.seen)
	return changed && (much || hash&seenUnread != 0) || hash&seenNot != 0
}

// note adds the directories of a recording to the crawl, once it is durable.
func (r *recording) note() {
	r.crawl.started = r.started
	s := &r.crawl.seen
	if r.all {
		s.markWritten()
	}
	for _, h := range r.seen {
		if written := r.all || r.isWritten(h); written || !s.knows(h) {
			s.add(h, written)
		}
	}
}

// putSeen writes hashes in batches.
func (c *crawl) putSeen(tx *bolt.Tx, seen []uint64) error {
	b := tx.Bucket([]byte("seen"))
	b.FillPercent = 1 // the keys only rise
	for batch := range slices.Chunk(seen, seenBatch) {
		var packed []byte
		for _, h := range batch {
			packed = binary.BigEndian.AppendUint64(packed, h)
		}
		n, err := b.NextSequence()
		if err != nil {
			return err
		}
		if err := b.Put(hostKey(c.no, Number(n)), packed); err != nil {
			return err
		}
	}
	return nil
}

// flushSeen writes the pending hashes.
func (c *crawl) flushSeen(ctx context.Context) error {
	if c.seen.pending == 0 {
		return nil
	}
	return c.store.record(ctx, func(tx *bolt.Tx) error {
		if err := putCrawl(tx, c.no, c.started); err != nil {
			return err
		}
		return c.putSeen(tx, c.seen.unwritten())
	})
}
