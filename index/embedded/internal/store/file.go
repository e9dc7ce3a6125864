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
	// pageSize is the size of a database page: with blocks of 1.7 KiB, pages of 4 KiB would be a
	// quarter empty, and larger ones make small updates dearer.
	pageSize = 16 << 10

	// growSize is by how much the file grows.
	growSize = 4 << 20

	// mapSize is the address space that bbolt maps at once. To map a larger file anew it
	// waits for all readers. mapSpare is more than a transaction can add.
	mapSize  = 64 << 30
	mapSpare = 4 << 30
)

// boltFile is an open bbolt file, with its users.
//
// Beginning or ending a transaction in bbolt waits for a lock that is held while the meta
// page of the database is written. That may take seconds while the disk is busy. So views do
// neither: the writer makes a snapshot that they share, and ends those that are out of use. Only
// where the file may have to be mapped anew, for which bbolt waits for all snapshots, each
// view has one of its own.
type boltFile struct {
	db     *bolt.DB
	mapped int64 // bytes of the file that can be mapped without waiting
	users  sync.WaitGroup

	mu     sync.Mutex // guards the following, and is never held for long
	latest *sharedTx  // of the present; nil if each view has its own
	unused []*bolt.Tx // are to be ended
}

// sharedTx is a snapshot: a reading transaction. bbolt changes only its counters, which
// are atomic: several goroutines may read.
type sharedTx struct {
	tx    *bolt.Tx
	users int // guarded by boltFile.mu
}

// openBolt opens a bbolt file and makes sure that all of it is there.
func openBolt(path string) (f *boltFile, err error) {
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

// close ends all snapshots, which must be out of use, and closes the file.
func (f *boltFile) close() error {
	if f.latest != nil {
		f.unused = append(f.unused, f.latest.tx)
	}
	f.reap()
	return f.db.Close()
}

// update runs do in a transaction that writes, of which there is one at a time, and makes
// it durable. Later snapshots hold what it has written.
func (f *boltFile) update(do func(*bolt.Tx) error) error {
	f.reap()
	err := f.db.Update(do)
	if failed := f.renew(); err == nil {
		err = failed
	}
	return err
}

// renew makes a snapshot of the present the shared one. Only the writer calls it.
func (f *boltFile) renew() error {
	tx, err := f.db.Begin(false)
	if err != nil {
		return err
	}
	now := &sharedTx{tx: tx, users: 1}
	f.mu.Lock()
	old := f.latest
	if f.latest = now; tx.Size()+mapSpare > f.mapped {
		f.latest = nil
	}
	f.mu.Unlock()
	if f.latest == nil {
		f.release(now)
	}
	if old != nil {
		f.release(old)
	}
	f.reap()
	return nil
}

// reap ends the snapshots that are out of use.
func (f *boltFile) reap() {
	f.mu.Lock()
	unused := f.unused
	f.unused = nil
	f.mu.Unlock()
	for _, tx := range unused {
		_ = tx.Rollback() // of a reading transaction: cannot fail
	}
}

// acquire returns a snapshot of the present; release must follow.
func (f *boltFile) acquire() (*sharedTx, error) {
	f.mu.Lock()
	s := f.latest
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

// release returns a snapshot.
func (f *boltFile) release(s *sharedTx) {
	f.mu.Lock()
	s.users--
	end := s.users == 0
	if end && f.latest != nil {
		f.unused, end = append(f.unused, s.tx), false
	}
	f.mu.Unlock()
	if end {
		_ = s.tx.Rollback() // of a reading transaction: cannot fail
	}
}
