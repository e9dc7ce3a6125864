package store

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"syscall"

	bolt "go.etcd.io/bbolt"
)

const (
	// pageSize is that of bbolt: with blocks of 1.7 KiB, pages of 4 KiB would be a
	// quarter empty, and larger ones make small updates dearer.
	pageSize = 16 << 10

	// growSize is by how much the file grows.
	growSize = 4 << 20

	// mapSize is the address space that bbolt maps at once. To map a larger file anew it
	// waits for all readers. mapSpare is more than a transaction can add.
	mapSize  = 64 << 30
	mapSpare = 4 << 30
)

// boltFile is an open bbolt file and who uses it.
//
// Who begins or ends a transaction in bbolt waits for a lock that is held while the meta
// page is written, which may take seconds while the disk is busy. So views do neither:
// they share a snapshot that the writer has taken, and those that are out of use the
// writer ends. Only where the file may have to be mapped anew, for which bbolt waits for
// all snapshots, each view has one of its own.
type boltFile struct {
	db     *bolt.DB
	mapped int64 // bytes of the file that can be mapped without waiting
	users  sync.WaitGroup

	mu   sync.Mutex // guards the following, and is never held for long
	last *sharedTx  // the present; nil if views have their own
	over []*bolt.Tx // what nobody uses any more
}

// sharedTx is a snapshot: a reading transaction. All that bbolt changes in one are its counters, which
// are atomic: several goroutines may read.
type sharedTx struct {
	tx    *bolt.Tx
	users int // guarded by openDB.mu
}

// openFile opens a bbolt file and makes sure that all of it is there.
func openFile(path string) (f *boltFile, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer RecoverDamage(&err)
	options := &bolt.Options{
		PageSize: pageSize, InitialMmapSize: mapSize, FreelistType: bolt.FreelistMapType,
	}
	db, err := bolt.Open(path, 0o600, options)
	if errors.Is(err, syscall.ENOMEM) { // address space is limited
		options.InitialMmapSize = 0
		db, err = bolt.Open(path, 0o600, options)
	}
	if err != nil {
		return nil, Explain(err)
	}
	db.AllocSize = growSize
	err = db.View(func(tx *bolt.Tx) error {
		info, err := os.Stat(path)
		if err == nil && info.Size() < tx.Size() {
			err = fmt.Errorf("%w: it was cut off at %d of %d bytes", ErrDamaged, info.Size(), tx.Size())
		}
		return err
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &boltFile{db: db, mapped: int64(options.InitialMmapSize)}, nil
}

// close ends all snapshots, which nobody may use any more, and closes the file.
func (f *boltFile) close() error {
	if f.last != nil {
		f.over = append(f.over, f.last.tx)
	}
	f.reap()
	return f.db.Close()
}

// update runs do in a transaction that writes, of which there is one at a time, and makes
// it durable. What it has written is seen by who takes a snapshot afterwards.
func (f *boltFile) update(do func(*bolt.Tx) error) error {
	f.reap()
	err := f.db.Update(do)
	if failed := f.renew(); err == nil {
		err = failed
	}
	return err
}

// renew makes the present what is shared. Who writes does that.
func (f *boltFile) renew() error {
	tx, err := f.db.Begin(false)
	if err != nil {
		return err
	}
	now := &sharedTx{tx: tx, users: 1}
	f.mu.Lock()
	old := f.last
	if f.last = now; tx.Size()+mapSpare > f.mapped {
		f.last = nil
	}
	f.mu.Unlock()
	if f.last == nil {
		f.leave(now)
	}
	if old != nil {
		f.leave(old)
	}
	f.reap()
	return nil
}

// reap ends what is over.
func (f *boltFile) reap() {
	f.mu.Lock()
	over := f.over
	f.over = nil
	f.mu.Unlock()
	for _, tx := range over {
		_ = tx.Rollback() // of a reading transaction: cannot fail
	}
}

// take returns a snapshot of the present; leave must follow.
func (f *boltFile) take() (*sharedTx, error) {
	f.mu.Lock()
	s := f.last
	if s != nil {
		s.users++
	}
	f.mu.Unlock()
	if s != nil {
		return s, nil
	}
	tx, err := f.db.Begin(false)
	return &sharedTx{tx: tx, users: 1}, err
}

// leave gives a snapshot back.
func (f *boltFile) leave(s *sharedTx) {
	f.mu.Lock()
	s.users--
	end := s.users == 0
	if end && f.last != nil {
		f.over, end = append(f.over, s.tx), false
	}
	f.mu.Unlock()
	if end {
		_ = s.tx.Rollback() // of a reading transaction: cannot fail
	}
}
