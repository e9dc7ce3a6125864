package embedded

import (
	"context"

	bolt "go.etcd.io/bbolt"
)

// store is the bbolt file with the truth. Any number of views may read while
// one writer writes.
//
// The postings follow it: they wait for changed, post what view.after and
// view.droppedAfter tell, and acknowledge with posted, upon which the store
// forgets the dropped blocks up to there. A writer waits while the postings are
// more than maxLag behind, as soon as follow was called.
type store struct{}

// update runs do in a write transaction, alone, and makes it durable. It is for
// what has buckets of its own (the texts).
func (s *store) update(ctx context.Context, do func(tx *bolt.Tx) error) error { return errBlock }

// changed returns a channel on which a value waits after one or more
// transactions have written or dropped blocks. There is one, for one reader.
func (s *store) changed() <-chan struct{} { return nil }

// follow tells that postings are kept, up to seq for now.
func (s *store) follow(seq uint64) {}

// posted tells that the postings hold all blocks up to seq. It never waits.
func (s *store) posted(seq uint64) {}
