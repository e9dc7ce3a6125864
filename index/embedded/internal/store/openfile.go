package store

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	bolt "go.etcd.io/bbolt"

	"trawl/index/embedded/internal/disk"
	"trawl/index/embedded/internal/pages"
)

// openFile is the file of a store. Compact puts another one in its place.
type openFile struct {
	path string

	mu      sync.Mutex // guards current and failed
	current *boltFile  // nil if it is closed
	failed  error      // of closing the files of which there are copies
	retired sync.WaitGroup

	named  bool       // the directory has the name on the disk; for the writer
	stale  bool       // the memory of current is not that of the file; for the writer
	naming sync.Mutex // guards the name that spool files have at first
}

// open opens the file, or makes it.
func (o *openFile) open() error {
	if err := o.removeLeftovers(); err != nil {
		return err
	}
	if _, err := os.Stat(o.path); errors.Is(err, os.ErrNotExist) {
		if err := o.create(); err != nil {
			return err
		}
	}
	file, err := openBolt(o.path, mapSize)
	if err != nil {
		return err
	}
	return o.put(file)
}

// saveSums writes the sums of the file to the disk. Without them the next open takes longer.
func (o *openFile) saveSums(log *slog.Logger) {
	file, err := o.use()
	if err != nil {
		return
	}
	defer file.users.Done()
	if err := file.sums.save(o.path); err != nil {
		log.Warn("the checksums of the catalogue cannot be written; the next start takes them anew", "path", o.path+sumsSuffix, "err", Explain(err))
	}
}

// use returns the file that is in place. It stays open until users.Done, even if
// another one takes its place.
func (o *openFile) use() (*boltFile, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.current == nil {
		return nil, fmt.Errorf("use %s: %w", o.path, os.ErrClosed)
	}
	o.current.users.Add(1)
	return o.current, nil
}

// stuck reports whether the file that is in place cannot be used until it is opened anew.
func (o *openFile) stuck() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.current != nil && o.current.stuck.Load()
}

// put puts another file in place, or nil, and closes the old one when its users
// are done.
func (o *openFile) put(file *boltFile) error {
	old := o.swap(file)
	if old == nil {
		return nil
	}
	old.users.Wait()
	return old.close()
}

// putCopy does what put does, with a copy of the old file. It does not wait: both can be read.
func (o *openFile) putCopy(file *boltFile) {
	old := o.swap(file)
	o.retired.Go(func() {
		old.users.Wait()
		err := old.close()
		o.mu.Lock()
		defer o.mu.Unlock()
		o.failed = errors.Join(o.failed, err)
	})
}

// swap puts another file in place and returns the old one.
func (o *openFile) swap(file *boltFile) (old *boltFile) {
	o.mu.Lock()
	defer o.mu.Unlock()
	old, o.current = o.current, file
	return old
}

// close closes the file, and those of which there are copies, when their users are done.
func (o *openFile) close() error {
	err := o.put(nil)
	o.retired.Wait()
	return errors.Join(err, o.failed)
}

// syncName puts the name of the file on the disk, if it may not be there. When the power is cut
// before, what was written to the file is lost.
func (o *openFile) syncName() error {
	if o.named {
		return nil
	}
	if err := disk.SyncDir(filepath.Dir(o.path)); err != nil {
		return fmt.Errorf("sync the directory of %s: %w", o.path, err)
	}
	o.named = true
	return nil
}

// retract takes back a transaction whose commit failed after its meta page was written: what of
// it is on the disk is not known, and bbolt's memory is not that of the file any more. It spoils
// that meta page, so that the transaction before counts again, and opens the file anew. Views of
// before stay good: retract waits for them. It also opens a file anew that is stuck. The writer
// calls it after a failure, until it succeeds.
func (o *openFile) retract() error {
	o.mu.Lock()
	f := o.current
	o.mu.Unlock()
	if f == nil {
		return nil
	}
	m, err := f.pages.Meta()
	visible := err == nil && m.Sum != f.sums.meta.Sum
	if err == nil && !visible && !o.stale && !f.stuck.Load() {
		return nil
	}
	o.stale = true
	if visible {
		err = spoil(o.path, m)
	}
	if err == nil {
		err = disk.Unlock(f.locked) // trawl.lock keeps others out
	}
	if err != nil {
		return fmt.Errorf("take back a failed transaction: %w", err)
	}
	fresh, err := openBolt(o.path, mapSize)
	if err != nil {
		return fmt.Errorf("take back a failed transaction: %w", err)
	}
	o.stale = false
	return o.put(fresh)
}

// spoil makes a meta page invalid.
func spoil(path string, m pages.Meta) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(make([]byte, pages.MetaLen), m.Offset())
	return errors.Join(err, file.Sync(), file.Close())
}

// spoolSuffix is the end of the name that a spool file has until it is removed.
const spoolSuffix = ".aside"

// spoolFile returns a file without a name beside the store's, which vanishes when it is
// closed.
func (o *openFile) spoolFile() (*os.File, error) {
	o.naming.Lock()
	defer o.naming.Unlock()
	file, err := os.Create(o.path + spoolSuffix)
	if err != nil {
		return nil, err
	}
	return file, os.Remove(file.Name())
}

// freshSuffix is the end of the name that a new file has until it is whole.
const freshSuffix = ".new"

// removeLeftovers removes the files that a kill may have left behind.
func (o *openFile) removeLeftovers() error {
	return errors.Join(disk.RemoveFile(o.leftover()), disk.RemoveFile(o.path+spoolSuffix), disk.RemoveFile(o.path+freshSuffix))
}

// create makes a file with empty buckets. Under its name it is whole: an empty file under that
// name is a damaged one.
func (o *openFile) create() error {
	fresh := o.path + freshSuffix
	mapped := int64(0)
	db, _, err := openDB(fresh, &mapped)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range buckets() {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte{version})
	})
	if err = errors.Join(err, db.Close()); err != nil {
		return errors.Join(err, disk.RemoveFile(fresh))
	}
	return disk.Rename(fresh, o.path)
}
