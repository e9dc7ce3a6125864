package backup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// partial follows the name of a file or a directory that is not whole yet.
const partial = ".partial"

// File is a backup that is being written. It has its name when it is whole: nothing that was there is touched before.
type File struct {
	*os.File
	path string
}

// Create makes a file for a backup, which only its owner can read. Commit or Drop must follow. What a killed backup has left under
// the name is replaced.
func Create(path string) (*File, error) {
	f, err := os.OpenFile(path+partial, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = tryLock(f)
	if errors.Is(err, errLocked) {
		f.Close()
		return nil, fmt.Errorf("write %s: another trawl is writing it", path)
	}
	if err == nil {
		err = still(f)
	}
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		err = f.Chmod(0o600)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &File{f, path}, nil
}

// still returns an error if a file has lost its name since it was opened: another process has finished it.
func still(f *os.File) error {
	mine, err := f.Stat()
	if err != nil {
		return err
	}
	there, err := os.Lstat(f.Name())
	if err != nil || !os.SameFile(mine, there) {
		return fmt.Errorf("write %s: another trawl has just written it", f.Name())
	}
	return nil
}

// Commit gives the file its name, when its bytes are on the disk.
func (f *File) Commit() error {
	err := errors.Join(f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), f.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(f.path))
}

// Drop removes the file.
func (f *File) Drop() error { return errors.Join(f.Close(), os.Remove(f.Name())) }
