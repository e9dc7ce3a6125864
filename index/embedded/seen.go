package embedded

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// sightings are the directories that a crawl has recorded, by the hash of the
// tree key without its last bits. On the disk they are batches of hashes, 8 bytes
// each, with these last bits, of which the last of a directory counts.
//
// What a listing has changed is on the disk together with its hash. The hashes of
// listings that changed nothing are gathered, so that an equal crawl writes none
// for as long as it is short: a kill costs the crawl that it lists some again.
type sightings struct {
	dirs   map[uint64]bool     // whether it could not be read whole
	unkept map[uint64]struct{} // of dirs: not on the disk
	kept   time.Time           // when unkept was empty
}

// The last bits of a hash in a batch.
const (
	seenUnread = 1 // the directory could not be read whole
	seenNot    = 2 // it was forgotten, and is not seen any more
	seenBits   = seenUnread | seenNot
)

const (
	// keepEvery is how long hashes are gathered, and keepMost how many.
	keepEvery = 30 * time.Second
	keepMost  = 1 << 18

	// seenBatch bounds the hashes under one key, so that a transaction that adds
	// some does not write many others anew.
	seenBatch = 200
)

func newSightings() sightings {
	return sightings{dirs: map[uint64]bool{}, unkept: map[uint64]struct{}{}, kept: time.Now()}
}

func seenHash(tree []byte) uint64 { return hashOf(tree) &^ seenBits }

// add does what a hash of a batch says.
func (s *sightings) add(hash uint64) {
	if s.dirs[hash&^seenBits] = hash&seenUnread != 0; hash&seenNot != 0 {
		delete(s.dirs, hash&^seenBits)
	}
}

// holds reports whether add would change nothing.
func (s *sightings) holds(hash uint64) bool {
	unread, seen := s.dirs[hash&^seenBits]
	if hash&seenNot != 0 {
		return !seen
	}
	return seen && unread == (hash&seenUnread != 0)
}

// has reports whether a directory was seen.
func (s *sightings) has(tree []byte) bool {
	_, seen := s.dirs[seenHash(tree)]
	return seen
}

// belowUnread reports whether a directory is below one that could not be read
// whole.
func (s *sightings) belowUnread(tree []byte) bool {
	for i, c := range slices.Backward(tree) {
		if c == 0 && s.dirs[seenHash(tree[:i])] {
			return true
		}
	}
	return false
}

// due reports whether it is time to keep what was gathered.
func (s *sightings) due() bool {
	return len(s.unkept) >= keepMost || len(s.unkept) > 0 && time.Since(s.kept) >= keepEvery
}

// gathered returns the hashes that are not kept.
func (s *sightings) gathered() []uint64 {
	hashes := make([]uint64, 0, len(s.unkept))
	for h := range s.unkept {
		if s.dirs[h] {
			h |= seenUnread
		}
		hashes = append(hashes, h)
	}
	return hashes
}

// recall reads what the crawl has seen before it was cut off.
func (c *crawl) recall(tx *bolt.Tx) {
	prefix := hostKey(c.no, nil)
	cur := tx.Bucket([]byte("seen")).Cursor()
	for k, v := cur.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = cur.Next() {
		for ; len(v) >= 8; v = v[8:] {
			c.seen.add(binary.BigEndian.Uint64(v))
		}
	}
}

// keepSeen keeps the hashes of directories that a recording has changed, and all
// if it is time.
func (r *recording) keepSeen() error {
	var hashes []uint64
	if r.all = r.crawl.seen.due(); r.all {
		hashes = r.crawl.seen.gathered()
	}
	for _, h := range r.seen {
		if r.all || r.keeps(h) {
			hashes = append(hashes, h)
		}
	}
	if len(hashes) == 0 {
		return nil
	}
	if err := keepCrawl(r.tx, r.no, r.started); err != nil {
		return err
	}
	return r.putSeen(r.tx, hashes)
}

// keeps reports whether a hash goes to the disk together with what was recorded.
func (r *recording) keeps(hash uint64) bool {
	_, changed := r.changed[hash&^seenBits]
	return changed || hash&seenNot != 0
}

// note takes down what a recording has seen, once it is durable.
func (r *recording) note() {
	r.crawl.started = r.started
	s := &r.crawl.seen
	if r.all {
		clear(s.unkept)
		s.kept = time.Now()
	}
	for _, h := range r.seen {
		switch {
		case r.all:
		case r.keeps(h):
			delete(s.unkept, h&^seenBits)
		case !s.holds(h):
			if len(s.unkept) == 0 {
				s.kept = time.Now()
			}
			s.unkept[h&^seenBits] = struct{}{}
		}
		s.add(h)
	}
}

// putSeen writes hashes.
func (c *crawl) putSeen(tx *bolt.Tx, hashes []uint64) error {
	b := tx.Bucket([]byte("seen"))
	b.FillPercent = 1 // the keys only rise
	for batch := range slices.Chunk(hashes, seenBatch) {
		var packed []byte
		for _, h := range batch {
			packed = binary.BigEndian.AppendUint64(packed, h)
		}
		n, err := b.NextSequence()
		if err != nil {
			return err
		}
		if err := b.Put(hostKey(c.no, number(n)), packed); err != nil {
			return err
		}
	}
	return nil
}

// keepAll keeps what was gathered.
func (c *crawl) keepAll(ctx context.Context) error {
	if len(c.seen.unkept) == 0 {
		return nil
	}
	return c.engine.store.update(ctx, func(tx *bolt.Tx) error {
		if err := keepCrawl(tx, c.no, c.started); err != nil {
			return err
		}
		return c.putSeen(tx, c.seen.gathered())
	})
}
