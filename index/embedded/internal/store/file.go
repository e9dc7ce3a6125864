package store

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"

	"trawl/index/embedded/internal/pages"
)

const (
	// pageSize is the size of a database page: with blocks of 1.7 KiB, pages of 4 KiB would be a
	// quarter empty, and larger ones make small updates dearer.
	pageSize = 16 << 10

	// The file grows by a growPart of its size, and by leastGrowth and mostGrowth at least and
	// at most: each growth costs an fsync, and its rest is free.
	growPart    = 32
	leastGrowth = 256 << 10
	mostGrowth  = 4 << 20

	// mapSize is the address space that bbolt maps at once. To map a larger file anew it
	// waits for all readers. mapSpare is more than a transaction can add.
	mapSize  = 64 << 30
	mapSpare = 4 << 30
)

// boltFile is an open bbolt file, with its users. bbolt writes it, and keeps the pages of open
// transactions; package pages reads it.
//
// Beginning or ending a transaction in bbolt waits for a lock that is held while the meta
// page of the database is written. That may take seconds while the disk is busy. So views do
// neither: the writer makes a snapshot that they share, and ends those that are out of use. Only
// where the file may have to be mapped anew, for which bbolt waits for all snapshots, each
// view has one of its own.
type boltFile struct {
	db     *bolt.DB
	locked *os.File // the file of db, which holds a lock on it
	pages  *pages.File
	sums   *sums
	mapped int64 // bytes of the file that can be mapped without waiting
	users  sync.WaitGroup
	stuck  atomic.Bool // a panic has left bbolt, which may hold its locks for ever: db is not to be used

	mu      sync.Mutex // guards the following, and is never held for long
	present pages.Meta // the transaction that views read
	latest  *sharedTx  // of the present; nil if each view has its own
	unused  []*bolt.Tx // are to be ended
}

// sharedTx is a snapshot: a reading transaction. bbolt changes only its counters, which
// are atomic: several goroutines may read.
type sharedTx struct {
	proven

	tx    *bolt.Tx
	users int // guarded by boltFile.mu
}

// openBolt opens a bbolt file that is there, and maps room bytes at once. Before bbolt touches
// it its pages are proved, or will be by their sums when they are read.
func openBolt(path string, room int) (f *boltFile, err error) {
	defer Guarded(&err)()
	f = &boltFile{mapped: int64(room)}
	if f.pages, err = pages.Map(path, int64(room)); err != nil {
		return nil, Explain(err)
	}
	if f.sums, err = openSums(path, f.pages); err != nil {
		return nil, errors.Join(Explain(err), f.pages.Close())
	}
	if f.db, f.locked, err = openDB(path, &f.mapped); err == nil {
		err = f.renew()
	}
	if err != nil {
		return nil, errors.Join(Explain(err), f.close())
	}
	return f, nil
}

// openDB opens a file for bbolt. Where address space is limited it sets mapped to 0.
func openDB(path string, mapped *int64) (db *bolt.DB, locked *os.File, err error) {
	options := &bolt.Options{
		PageSize: pageSize, InitialMmapSize: int(*mapped), FreelistType: bolt.FreelistMapType,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			locked, err = os.OpenFile(name, flag, mode)
			return locked, err
		},
	}
	db, err = bolt.Open(path, 0o600, options)
	if errors.Is(err, syscall.ENOMEM) {
		*mapped, options.InitialMmapSize = 0, 0
		db, err = bolt.Open(path, 0o600, options)
	}
	if err != nil {
		return nil, nil, err
	}
	db.AllocSize = leastGrowth
	return db, locked, nil
}

// close ends all snapshots, which must be out of use, and closes the file.
func (f *boltFile) close() (err error) {
	switch {
	case f.stuck.Load():
		err = f.locked.Close() // bbolt's map of it stays until the process ends
	case f.db != nil:
		if f.latest != nil {
			f.unused = append(f.unused, f.latest.tx)
		}
		f.reap()
		err = f.db.Close()
	}
	return errors.Join(err, f.pages.Close())
}

// inside runs do, which begins or ends a transaction of bbolt, and notes whether a panic leaves it.
func (f *boltFile) inside(do func() error) error {
	returned := false
	defer func() {
		if !returned {
			f.stuck.Store(true)
		}
	}()
	err := do()
	returned = true
	return err
}

// snapshot begins a transaction that reads.
func (f *boltFile) snapshot() (tx *bolt.Tx, err error) {
	if f.stuck.Load() {
		return nil, errUnsure
	}
	err = f.inside(func() error {
		tx, err = f.db.Begin(false)
		return err
	})
	return tx, err
}

// end ends a transaction that reads, which cannot fail.
func (f *boltFile) end(tx *bolt.Tx) {
	if !f.stuck.Load() {
		_ = f.inside(tx.Rollback)
	}
}

// update runs do in a transaction that writes, of which there is one at a time, and makes
// it durable. Later snapshots hold what it has written.
func (f *boltFile) update(do func(*bolt.Tx) error) error {
	f.reap()
	err := f.inside(func() error {
		return f.db.Update(func(tx *bolt.Tx) error {
			f.db.AllocSize = growth(tx.Size())
			if err := do(tx); err != nil {
				return err
			}
			return f.sums.proveAll()
		})
	})
	if err == nil {
		err = f.sums.follow()
	}
	if err != nil {
		return err
	}
	return f.renew()
}

// growth returns by how many bytes more than it needs a file of this size grows.
func growth(size int64) int { return int(min(max(size/growPart, leastGrowth), mostGrowth)) }

// allocated returns how many bytes of pages the transactions have written so far.
func (f *boltFile) allocated() int64 {
	stats := f.db.Stats()
	return stats.TxStats.GetPageAlloc()
}

// renew makes a snapshot of the present the shared one. Only the writer calls it.
func (f *boltFile) renew() error {
	tx, err := f.snapshot()
	if err != nil {
		return err
	}
	meta := f.sums.meta
	now := &sharedTx{proven: proven{f.pages, &meta}, tx: tx, users: 1}
	f.mu.Lock()
	old := f.latest
	f.present = meta
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
		f.end(tx)
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
	return f.begin()
}

// beginPatience is how long begin waits for the sums of a transaction that was just committed.
const beginPatience = 5 * time.Second

// begin returns a snapshot of its own. It waits until the sums of the present are known.
func (f *boltFile) begin() (*sharedTx, error) {
	for end := time.Now().Add(beginPatience); ; time.Sleep(time.Millisecond) {
		tx, err := f.snapshot()
		if err != nil {
			return nil, err
		}
		f.mu.Lock()
		meta := f.present
		f.mu.Unlock()
		if meta.Tx == uint64(tx.ID()) {
			return &sharedTx{proven: proven{f.pages, &meta}, tx: tx, users: 1}, nil
		}
		f.end(tx)
		if time.Now().After(end) {
			return nil, fmt.Errorf("the last transaction failed and could not be taken back: %w", errUnsure)
		}
	}
}

// errUnsure says that nobody knows what of a transaction is on the disk.
var errUnsure = errors.New("the disk has failed; look after it and start trawl again")

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
		f.end(s.tx)
	}
}
