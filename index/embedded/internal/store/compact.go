package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// compactSize is how many bytes one transaction copies.
const compactSize = 32 << 20

// leftover is the name that a file has while it is being compacted into.
func (s *Store) leftover() string { return s.Path + ".compact" }

// Compact writes the file anew without the space that is free, and puts it in
// place of the old one. Writers wait; readers go on reading. A kill leaves the
// old file or the new one, and at most a leftover that the next open removes.
func (s *Store) Compact(ctx context.Context) (err error) {
	if err := s.turn(ctx); err != nil {
		return err
	}
	defer func() { <-s.writing }()
	file, err := s.use()
	if err != nil {
		return err
	}
	defer RecoverDamage(&err)
	lean, err := s.copyFile(file.db)
	file.users.Done()
	if err == nil {
		err = s.replace(lean)
	}
	if err != nil {
		return fmt.Errorf("compact %s: %w", s.Path, errors.Join(Explain(err), removeFile(s.leftover())))
	}
	return nil
}

// copyFile returns a copy that is on the disk, under the leftover's name.
func (s *Store) copyFile(db *bolt.DB) (*boltFile, error) {
	if err := removeFile(s.leftover()); err != nil {
		return nil, err
	}
	lean, err := openFile(s.leftover())
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

// replace puts a copy in place. Who reads the old file may go on; who comes then
// reads the new one.
func (s *Store) replace(lean *boltFile) error {
	if err := os.Rename(s.leftover(), s.Path); err != nil {
		return errors.Join(err, lean.close())
	}
	return errors.Join(s.put(lean), SyncDir(filepath.Dir(s.Path)))
}

// removeFile removes a file that need not be there.
func removeFile(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// SyncDir makes a rename in a directory durable.
func SyncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
