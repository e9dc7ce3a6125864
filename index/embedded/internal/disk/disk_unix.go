//go:build unix

package disk

import (
	"errors"
	"os"
	"syscall"
)

// ErrLocked is in the error of Lock while another process holds the lock.
const ErrLocked = syscall.EWOULDBLOCK

// Lock locks a file until it is closed or unlocked, or says at once that it is locked.
func Lock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// Unlock gives a lock up, that of bbolt too.
func Unlock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }

// Map maps a file for reading. The map has room for more than the file holds, which is read when the file has grown; without
// so much address space it is as long as the file. The caller ends it by Unmap.
func Map(f *os.File, room int64) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(max(room, info.Size())), syscall.PROT_READ, syscall.MAP_SHARED)
	if errors.Is(err, syscall.ENOMEM) && room > info.Size() {
		data, err = syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	}
	return data, os.NewSyscallError("mmap", err)
}

// Unmap ends a map, and with it all of its slices.
func Unmap(data []byte) error { return syscall.Munmap(data) }

// SyncDir puts the names in a directory on the disk: those that were created, renamed or removed.
// Some network file systems cannot do so and say EINVAL; they keep names by their own means.
func SyncDir(dir string) error {
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
