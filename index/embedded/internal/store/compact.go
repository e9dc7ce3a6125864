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
	file, err := s.file.use()
	if err != nil {
		return err
	}
	defer RecoverDamage(&err)
	lean, err := s.file.copy(file.db)
	file.users.Done()
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
func (o *openFile) copy(db *bolt.DB) (*boltFile, error) {
	if err := disk.RemoveFile(o.leftover()); err != nil {
		return nil, err
	}
	lean, err := openBolt(o.leftover())
	if err != nil {
		return nil, err
	}
	to := lean.db
	to.NoSync, to.NoGrowSync, to.AllocSize = true, true, pageSize
	err = bolt.Compact(to, db, compactSize)
	to.NoSync, to.NoGrowSync, to.AllocSize = false, false, growSize
	if err == nil {
		err = errors.Join(to.Sync(), lean.renew())
	}
	if err != nil {
		return nil, errors.Join(err, lean.close())
	}
	return lean, nil
}

// replace puts a copy in place. Views of the old file stay good; later ones read the new
// one.
func (o *openFile) replace(lean *boltFile) error {
	if err := os.Rename(o.leftover(), o.path); err != nil {
		return errors.Join(err, lean.close())
	}
	return errors.Join(o.put(lean), disk.SyncDir(filepath.Dir(o.path)))
}
