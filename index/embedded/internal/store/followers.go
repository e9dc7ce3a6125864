package store

import (
	"context"
	"math"
	"slices"
	"sync"

	bolt "go.etcd.io/bbolt"
)

// Follower is one of those who follow the store.
type Follower int

// The followers.
const (
	Postings Follower = iota
	Dictionary
	followers // how many there are
)

// NotFollowing is the number that the dictionary acknowledges while there is none: then
// nothing is logged for it.
const NotFollowing = math.MaxUint64

// Followers is how far the followers have come. They wait for [Followers.Changed], read
// [View.After], [View.DroppedAfter] and [View.MaskedAfter], and acknowledge with
// [Followers.Persisted] what they have on the disk: up to there the next transaction
// forgets the logs of dropped blocks and old masks. The postings also report with
// [Followers.Posted] what searches find. From the first [Followers.Follow] on a writer
// waits while the postings are more than maxLag behind, and fails if they are stuck.
// No method waits.
type Followers struct {
	news [followers]chan struct{} // holds a value if a follower is to look

	mu       sync.Mutex // guards what follows
	follows  bool
	posted   uint64            // the last number that the postings hold
	durable  [followers]uint64 // the last that each has on the disk, or NotFollowing
	stuck    error             // why the postings do not advance, nil if they do
	advanced chan struct{}     // closed and made anew when posted or stuck changes
}

func newFollowers() *Followers {
	f := &Followers{advanced: make(chan struct{})}
	for i := range f.news {
		f.news[i] = make(chan struct{}, 1)
	}
	return f
}

// Changed returns a channel on which a value waits after one or more transactions have
// written or dropped blocks, or changed masks.
func (f *Followers) Changed(who Follower) <-chan struct{} { return f.news[who] }

// notify makes all followers look.
func (f *Followers) notify() {
	for _, news := range f.news {
		select {
		case news <- struct{}{}:
		default:
		}
	}
}

// Follow says that there are postings, which hold all blocks up to seq for now.
func (f *Followers) Follow(seq uint64) {
	f.mu.Lock()
	f.follows = true
	f.mu.Unlock()
	f.Posted(seq)
	f.Persisted(Postings, seq)
}

// Leave says that there are no postings any more: no writer waits for them.
func (f *Followers) Leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.follows = false
	f.wake()
}

// Posted says that the postings hold all blocks up to seq.
func (f *Followers) Posted(seq uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.posted = seq
	f.wake()
}

// Position returns the last number that the postings hold.
func (f *Followers) Position() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.posted
}

// Stuck says why the postings do not advance; nil says that they do.
func (f *Followers) Stuck(why error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stuck = why
	f.wake()
}

// wake lets the writers that wait look again. mu is held.
func (f *Followers) wake() {
	close(f.advanced)
	f.advanced = make(chan struct{})
}

// Persisted says that a follower has everything up to seq on the disk.
func (f *Followers) Persisted(who Follower, seq uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.durable[who] = seq
}

// lagging returns nil if the postings are near the number that was given out last;
// otherwise a channel that is closed when they have advanced, and an error if they are
// stuck.
func (f *Followers) lagging(last uint64) (advanced <-chan struct{}, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.follows || last <= f.posted+maxLag {
		return nil, nil
	}
	return f.advanced, f.stuck
}

// logsMasks reports whether a follower wants to know what masks were.
func (f *Followers) logsMasks() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.durable[Dictionary] != NotFollowing
}

// trim forgets the dropped blocks and the old masks that the followers know.
func (f *Followers) trim(tx *bolt.Tx) error {
	f.mu.Lock()
	all, dictionary := slices.Min(f.durable[:]), f.durable[Dictionary]
	f.mu.Unlock()
	for name, durable := range map[string]uint64{"dropped": all, "masked": dictionary} {
		b := tx.Bucket([]byte(name))
		forgotten := b.Sequence()
		c := b.Cursor()
		for k, _ := c.First(); k != nil && number(k) <= durable; k, _ = c.First() {
			forgotten = max(forgotten, number(k))
			if err := c.Delete(); err != nil {
				return err
			}
		}
		if forgotten == b.Sequence() {
			continue
		}
		if err := b.SetSequence(forgotten); err != nil {
			return err
		}
	}
	return nil
}

// Retain is [Followers.Persisted] for a follower that begins anew at an earlier number: the
// logs are kept from there on. It waits for a writer that may be trimming them.
func (s *Store) Retain(ctx context.Context, who Follower, seq uint64) error {
	return s.note(context.WithoutCancel(ctx), func(*bolt.Tx) error {
		s.Followers.Persisted(who, seq)
		return nil
	})
}

// Since returns how many numbers were given out after seq.
func (s *Store) Since(seq uint64) (n uint64, err error) {
	v, err := s.View()
	if err != nil {
		return 0, err
	}
	defer v.Close()
	defer Guarded(&err)()
	return v.Sequence() - seq, nil
}
