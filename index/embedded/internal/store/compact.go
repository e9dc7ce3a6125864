package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"

	"trawl/index/embedded/internal/disk"
)

// compactSize is how many bytes one transaction copies.
const compactSize = 32 << 20

// Compact writes the file anew without the space that is free, and puts it in
// place of the old one. Writers wait; readers continue. A kill leaves the
// old file or the new one, and at most a leftover that the next Open removes.
func (s *Store) Compact(ctx context.Context) (err error) {
	if err := s.turn(ctx); err != nil {
		return err
	}
	defer func() { <-s.writing }()
	lean, err := s.file.copy()
	if err == nil {
		err = s.file.replace(lean)
	}
	if err != nil {
		return fmt.Errorf("compact %s: %w", s.Path, errors.Join(Explain(err), disk.RemoveFile(s.file.leftover())))
	}
	return nil
}

// leftover returns the name that a copy has until it is in place.
func (o *openFile) leftover() string { return o.path + ".compact" }

// copy returns a copy that is on the disk, under the leftover's name.
func (o *openFile) copy() (lean *boltFile, err error) {
	from, err := o.use()
	if err != nil {
		return nil, err
	}
	defer from.users.Done()
	defer Guarded(&err)()
	err = from.sums.proveAll() // a copy of a damaged page would have a good checksum
	if err == nil {
		err = disk.RemoveFile(o.leftover())
	}
	if err != nil {
		return nil, err
	}
	mapped := int64(mapSize)
	to, _, err := openDB(o.leftover(), &mapped)
	if err != nil {
		return nil, err
	}
	to.NoSync, to.NoGrowSync, to.AllocSize = true, true, pageSize
	err = bolt.Compact(to, from.db, compactSize)
	if err = errors.Join(err, to.Sync(), to.Close()); err != nil {
		return nil, err
	}
	return openBolt(o.leftover(), mapSize)
}

// replace puts a copy in place. Views of the old file stay good; later ones read the new
// one.
func (o *openFile) replace(lean *boltFile) error {
	if err := os.Rename(o.leftover(), o.path); err != nil {
		return errors.Join(err, lean.close())
	}
	return errors.Join(o.put(lean), disk.SyncDir(filepath.Dir(o.path)))
}
