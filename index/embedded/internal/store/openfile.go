package store

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"trawl/index/embedded/internal/disk"
)

// openFile is the file of a store. Compact puts another one in its place.
type openFile struct {
	path string

	mu      sync.Mutex // guards current
	current *boltFile  // nil if it is closed

	naming sync.Mutex // guards the name that spool files have at first
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

// put puts another file in place, or nil, and closes the old one when its users
// are done.
func (o *openFile) put(file *boltFile) error {
	o.mu.Lock()
	old := o.current
	o.current = file
	o.mu.Unlock()
	if old == nil {
		return nil
	}
	old.users.Wait()
	return old.close()
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

// removeLeftovers removes the files that a kill may have left behind.
func (o *openFile) removeLeftovers() error {
	return errors.Join(disk.RemoveFile(o.leftover()), disk.RemoveFile(o.path+spoolSuffix))
}
