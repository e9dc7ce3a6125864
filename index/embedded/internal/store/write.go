package store

import (
	"cmp"
	"context"
	"errors"

	bolt "go.etcd.io/bbolt"
)

// errNothing ends a transaction that has written nothing.
var errNothing = errors.New("nothing to write")

// update runs do in a write transaction, alone, and makes it durable. It waits while the
// postings are too far behind. An error of do undoes the transaction. One that changes
// nothing writes nothing. All answers must know what it changes from now on.
func (s *Store) update(ctx context.Context, do func(tx *bolt.Tx) error) error {
	err := s.record(ctx, do)
	s.settle(s.changed())
	return err
}

// record does what update does, for what answers may not know for a while: the batches of a crawl under way.
func (s *Store) record(ctx context.Context, do func(tx *bolt.Tx) error) error {
	if err := s.turn(ctx); err != nil {
		return err
	}
	return s.write(do)
}

// note does what record does, for transactions that add no blocks. It waits only for
// another writer.
func (s *Store) note(ctx context.Context, do func(tx *bolt.Tx) error) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	return s.write(do)
}

// begin waits until there is no other writer.
func (s *Store) begin(ctx context.Context) error {
	s.awaited.Add(1)
	defer s.awaited.Add(-1)
	select {
	case s.writing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write does what update says. The caller has put a value into writing; write takes it out.
func (s *Store) write(do func(tx *bolt.Tx) error) error {
	defer func() { <-s.writing }()
	if err := s.mend(); err != nil {
		return Explain(err)
	}
	s.lost, s.came = lost{}, came{}
	written, err := s.commit(do)
	if err != nil && !errors.Is(err, errNothing) {
		if failed := s.file.retract(); failed != nil {
			s.unsure = true
			s.Log.Error("a transaction has failed and could not be taken back; nothing is written until it is", "path", s.Path, "err", failed)
		}
		return Explain(err)
	}
	if written {
		s.Followers.notify()
	}
	s.reportLost()
	s.reportCame()
	return nil
}

// mend finishes what failed before: it takes back a transaction, opens a file anew that is stuck,
// and puts the name of the file on the disk. The writer calls it before anything else.
func (s *Store) mend() error {
	if s.unsure || s.file.stuck() {
		if err := s.file.retract(); err != nil {
			return err
		}
		s.unsure = false
	}
	return s.file.syncName()
}

// commit runs do in a transaction, and reports whether blocks were written or dropped. The
// error is errNothing if do has written nothing.
func (s *Store) commit(do func(tx *bolt.Tx) error) (written bool, err error) {
	file, err := s.file.use()
	if err != nil {
		return false, err
	}
	defer file.users.Done()
	defer Guarded(&err)()
	before, after := uint64(0), uint64(0)
	allocated := file.allocated()
	defer func() { s.written.Add(file.allocated() - allocated) }()
	err = file.update(func(tx *bolt.Tx) error {
		before = tx.Bucket([]byte("blocks")).Sequence()
		if err := do(tx); err != nil {
			return err
		}
		after = tx.Bucket([]byte("blocks")).Sequence()
		if err := s.Followers.trim(tx); err != nil || !dirty(tx) {
			return cmp.Or(err, errNothing)
		}
		return nil
	})
	return after != before, err
}

// dirty reports whether a transaction has put or deleted anything: bbolt makes
// nodes of the database pages that it does so in.
func dirty(tx *bolt.Tx) bool {
	stats := tx.Stats()
	return stats.GetNodeCount() > 0
}

// turn waits until there is no other writer and the postings are near. Others may write
// while it waits for the postings.
func (s *Store) turn(ctx context.Context) error {
	for {
		if err := s.begin(ctx); err != nil {
			return err
		}
		last, err := s.Since(0)
		if err != nil {
			<-s.writing
			return err
		}
		advanced, err := s.Followers.lagging(last)
		if advanced == nil {
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
