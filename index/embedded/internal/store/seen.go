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

// sightings are the directories that a crawl has recorded, by the hash of the
// tree key without its last bits. On the disk they are batches of hashes, 8 bytes
// each, with these last bits, of which the last of a directory counts.
//
// Where much changes, what a listing has changed is on the disk together with its hash.
// Where little does, hashes are gathered, so that a short crawl writes none: a kill costs
// it that it lists some again.
type sightings struct {
	dirs   hashes.Table // with seenUnread and seenUnkept
	unkept int          // how many have seenUnkept
	kept   time.Time    // when unkept was 0
}

// The last bits of a hash.
const (
	seenUnread = 1 // the directory could not be read whole
	seenNot    = 2 // in a batch: it was forgotten, and is not seen any more
	seenUnkept = 2 // in memory: not on the disk
	seenBits   = hashes.Marks
)

const (
	// muchChanged is what part of the listings, one in so many, must have changed
	// something for their hashes to be written with it.
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

// Add does what a hash of a batch says, which is on the disk, or is to be gathered.
func (s *sightings) Add(hash uint64, kept bool) {
	was, _ := s.dirs.Get(hash)
	if was&seenUnkept != 0 {
		s.unkept--
	}
	switch {
	case hash&seenNot != 0:
		s.dirs.Delete(hash)
	case kept:
		s.dirs.Put(hash)
	default:
		if s.unkept++; s.unkept == 1 {
			s.kept = time.Now()
		}
		s.dirs.Put(hash | seenUnkept)
	}
}

// holds reports whether a hash of a batch that tells of a sighting tells nothing new.
func (s *sightings) holds(hash uint64) bool {
	was, seen := s.dirs.Get(hash)
	return seen && was&seenUnread == hash&seenUnread
}

// has reports whether a directory was seen.
func (s *sightings) has(tree []byte) bool {
	_, seen := s.dirs.Get(seenHash(tree))
	return seen
}

// belowUnread reports whether a directory is below one that could not be read
// whole.
func (s *sightings) belowUnread(tree []byte) bool {
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

// due reports whether it is time to keep what was gathered.
func (s *sightings) due() bool {
	return s.unkept >= keepMost || s.unkept > 0 && time.Since(s.kept) >= keepEvery
}

// gathered returns the hashes that are not kept.
func (s *sightings) gathered() []uint64 {
	left := make([]uint64, 0, s.unkept)
	for hash := range s.dirs.All() {
		if hash&seenUnkept != 0 {
			left = append(left, hash&^seenUnkept)
		}
	}
	return left
}

// keep takes down that all are on the disk.
func (s *sightings) keep() {
	for hash := range s.dirs.All() {
		if hash&seenUnkept != 0 {
			s.dirs.Put(hash &^ seenUnkept)
		}
	}
	s.unkept = 0
}

// recall reads what the crawl has seen before it was cut off.
func (c *crawl) recall(tx *bolt.Tx) {
	prefix := hostKey(c.no, nil)
	cur := tx.Bucket([]byte("seen")).Cursor()
	for k, v := cur.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = cur.Next() {
		for ; len(v) >= 8; v = v[8:] {
			c.seen.Add(binary.BigEndian.Uint64(v), true)
		}
	}
}

// keepSeen keeps the hashes that go with what a recording has changed, and all if it is
// time.
func (r *recording) keepSeen() error {
	var seen []uint64
	if r.all = r.crawl.seen.due(); r.all {
		seen = r.crawl.seen.gathered()
	}
	for _, h := range r.seen {
		if r.all || r.keeps(h) {
			seen = append(seen, h)
		}
	}
	if len(seen) == 0 {
		return nil
	}
	if err := keepCrawl(r.tx, r.no, r.started); err != nil {
		return err
	}
	return r.putSeen(r.tx, seen)
}

// keeps reports whether a hash goes to the disk together with what was recorded. One
// without which Finish would forget more always does.
func (r *recording) keeps(hash uint64) bool {
	_, changed := r.changed[hash&^seenBits]
	much := len(r.changed)*muchChanged > len(r.seen)
	return changed && (much || hash&seenUnread != 0) || hash&seenNot != 0
}

// note takes down what a recording has seen, once it is durable.
func (r *recording) note() {
	r.crawl.started = r.started
	s := &r.crawl.seen
	if r.all {
		s.keep()
	}
	for _, h := range r.seen {
		if kept := r.all || r.keeps(h); kept || !s.holds(h) {
			s.Add(h, kept)
		}
	}
}

// putSeen writes hashes.
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

// keepAll keeps what was gathered.
func (c *crawl) keepAll(ctx context.Context) error {
	if c.seen.unkept == 0 {
		return nil
	}
	return c.store.update(ctx, func(tx *bolt.Tx) error {
		if err := keepCrawl(tx, c.no, c.started); err != nil {
			return err
		}
		return c.putSeen(tx, c.seen.gathered())
	})
}
