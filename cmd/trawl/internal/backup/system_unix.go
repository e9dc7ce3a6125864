//go:build unix

package backup

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// errLocked is the error of tryLock while another process holds the lock.
const errLocked = syscall.EWOULDBLOCK

// tryLock locks a file until it is closed.
func tryLock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// syncDir puts the names in a directory on the disk, where the file system can.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}

// freeBytes returns how many bytes can be written on the disk of a directory.
func freeBytes(dir string) (int64, error) {
	var at unix.Statfs_t
	err := unix.Statfs(dir, &at)
	return int64(at.Bavail) * int64(at.Bsize), err //nolint:unconvert // the types differ by system
}

// mounted reports whether a directory is on another disk than the one above it.
func mounted(dir string) bool {
	var here, above unix.Stat_t
	return unix.Stat(dir, &here) == nil && unix.Stat(filepath.Dir(dir), &above) == nil && here.Dev != above.Dev
}
